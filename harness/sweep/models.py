"""Models of a sweep: inspected, given inputs, and kept with both in the sweep's folder."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from harness.device.base import Bundle, LocalFile
from harness.errors import ModelError, UsageError
from harness.files import safe_name, sha256_of
from harness.lab.schema import ModelSection
from harness.model.answers import drawing_ops, keeps_state, output_span, sorting_ops
from harness.model.info import ModelInfo, Node, Tensor
from harness.model.inputs import InputSet, NeedsInput, make_inputs
from harness.model.inspect import inspect_model
from harness.sweep.plan import PlannedModel
from harness.sweep.record import ManifestGraph, ManifestModel, OperatorsDoc

INPUTS = "inputs"

_MAX_NODES = 20_000
"""Beyond this a graph is not noted in the manifest: cutting it up would take minutes."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class ModelWords:
    """What a call says about models' inputs, by input name."""

    signature: str | None = None
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)

    @classmethod
    def parse(
        cls,
        signature: str | None,
        shapes: Sequence[str],
        ranges: Sequence[str],
        files: Sequence[str],
    ) -> ModelWords:
        """Read NAME=1x224x224x3, NAME=LOW,HIGH and NAME=FILE options.

        Raises:
            UsageError: one of them is not of its form.
        """
        return cls(
            signature,
            _named(shapes, _shape, "--input-shape NAME=1x224x224x3"),
            _named(ranges, _range, "--input-range NAME=0,255"),
            _named(files, Path, "--input-file NAME=FILE"),
        )

    def over(self, section: ModelSection | None) -> ModelWords:
        """Return these words with those of devices.yaml below them."""
        if section is None:
            return self
        inputs = section.inputs.items()
        return ModelWords(
            self.signature or section.signature,
            {**{n: tuple(one.shape) for n, one in inputs if one.shape}, **self.shapes},
            {**{n: one.range for n, one in inputs if one.range}, **self.ranges},
            {**{n: one.file for n, one in inputs if one.file}, **self.files},
        )


@dataclass(frozen=True)
class PreparedModel:
    """A model that can be planned and staged. `make` writes its inputs into a folder."""

    planned: PlannedModel
    manifest: ManifestModel
    make: Callable[[Path], InputSet | NeedsInput]

    @property
    def file_name(self) -> str:
        """The model's name on a device."""
        return safe_name(Path(self.manifest.path).name)

    @property
    def bundle(self) -> Bundle:
        """The model as it is staged."""
        return bundle_of(
            {self.file_name: LocalFile(Path(self.manifest.path), self.manifest.sha256)}
        )

    def inputs_bundle(self, root: Path) -> Bundle | None:
        """Return the saved inputs as they are staged; None where the tool makes its own."""
        if not self.manifest.input_files:
            return None
        return bundle_of(
            {
                name: LocalFile(root / place, sha256_of(root / place))
                for name, place in self.manifest.input_files.items()
            }
        )

    def saved_in(self, root: Path) -> PreparedModel:
        """Write the inputs into the sweep's folder, so that they can be sent again."""
        folder = Path(INPUTS) / safe_name(self.manifest.name)
        made = self.make(root / folder)
        if isinstance(made, NeedsInput):
            return self
        places = {name: (folder / path.name).as_posix() for name, path in made.files.items()}
        update = {"input_flags": dict(made.flags), "input_files": places}
        return replace(self, manifest=self.manifest.model_copy(update=update))


def prepare_model(
    word: str, section: ModelSection | None, words: ModelWords, *, seed: int
) -> PreparedModel:
    """Inspect a model, named by its path or by devices.yaml, and see whether inputs can be made.

    Raises:
        ModelError: the file is missing or no .tflite.
        UsageError: an option names an input that the model lacks, or does not fit it.
    """
    path = section.path if section is not None else Path(word)
    info = inspect_model(path)
    wanted = words.over(section)

    def make(folder: Path) -> InputSet | NeedsInput:
        return make_inputs(
            info,
            folder,
            seed=seed,
            shapes=wanted.shapes,
            ranges=wanted.ranges,
            files=wanted.files,
            signature=wanted.signature,
        )

    with tempfile.TemporaryDirectory() as scratch:
        # Made once to see that it can be, before any phone is touched.
        tried = make(Path(scratch))
    needs = tried if isinstance(tried, NeedsInput) else None
    name = word if section is not None else path.stem
    return PreparedModel(
        PlannedModel(
            info.sha256,
            name,
            needs_input=needs.reason if needs else None,
            next_step=needs.next_step if needs else None,
        ),
        _manifest(info, name, wanted.signature, dict(section.expect) if section else {}),
        make,
    )


def model_of_manifest(root: Path, planned: ManifestModel) -> PreparedModel:
    """Take a model up again as the manifest has it.

    Raises:
        ModelError: the file is gone, or is another one now.
        UsageError: a saved input is gone.
    """
    path = Path(planned.path)
    if not path.is_file() or sha256_of(path) != planned.sha256:
        raise ModelError(
            f"{path}: not the model of this sweep any more",
            next_step=f"put the file with sha256 {planned.sha256[:12]}… back, or start a new sweep",
        )
    for place in planned.input_files.values():
        if not (root / place).is_file():
            raise UsageError(
                f"{root / place}: this saved input is gone", next_step="start a new sweep"
            )
    return PreparedModel(
        PlannedModel(planned.sha256, planned.name), planned, lambda _folder: InputSet()
    )


def unique_names(models: Sequence[PreparedModel]) -> list[PreparedModel]:
    """Give models of one name a part of their hash, and drop a model that was named twice."""
    once = list({model.manifest.sha256: model for model in models}.values())
    counts = Counter(model.manifest.name for model in once)
    return [_renamed(one) if counts[one.manifest.name] > 1 else one for one in once]


def bundle_of(files: Mapping[str, LocalFile]) -> Bundle:
    """Return files as a bundle, its key made of their names and hashes."""
    lines = "".join(f"{name} {file.sha256}\n" for name, file in sorted(files.items()))
    return Bundle(hashlib.sha256(lines.encode()).hexdigest(), files)


def _renamed(model: PreparedModel) -> PreparedModel:
    name = f"{model.manifest.name}-{model.manifest.sha256[:6]}"
    return replace(
        model,
        planned=replace(model.planned, name=name),
        manifest=model.manifest.model_copy(update={"name": name}),
    )


def _manifest(
    info: ModelInfo, name: str, signature: str | None, expect: dict[str, str]
) -> ManifestModel:
    return ManifestModel(
        name=name,
        sha256=info.sha256,
        precision=info.precision.value,
        signature=signature,
        path=str(info.path.resolve()),
        size=info.size,
        nodes=info.node_count,
        inputs=[_tensor(one) for one in info.inputs],
        outputs=_outputs(info, signature),
        has_control_flow=info.has_control_flow,
        macs=info.macs,
        weight_bytes=info.weight_bytes,
        expect=expect,
        graphs=[
            ManifestGraph(nodes=one.nodes, bodies={n: list(to) for n, to in one.bodies.items()})
            for one in info.outline.graphs
        ],
        signatures=dict(info.outline.signatures),
        operators=_operators(info),
        keeps_state=keeps_state(info.subgraphs),
        drawing_ops=list(drawing_ops(info.subgraphs)),
    )


def _operators(info: ModelInfo) -> OperatorsDoc | None:
    """Note the primary graph, so that operations left on the CPU can be counted later."""
    graph = info.primary
    if len(graph.nodes) > _MAX_NODES:
        return None
    ops = sorted({node.op for node in graph.nodes})

    def inputs(node: Node) -> list[int]:
        return [one for one in node.inputs if one >= 0 and not graph.tensors[one].constant]

    return OperatorsDoc(
        ops=ops,
        nodes=[(ops.index(node.op), inputs(node), list(node.outputs)) for node in graph.nodes],
    )


def _outputs(info: ModelInfo, signature: str | None) -> list[dict[str, object]]:
    """Describe the outputs of the subgraph that runs, in the order in which tools write them."""
    chosen = next((one.subgraph for one in info.signatures if one.key == signature), 0)
    graph = info.subgraphs[chosen]
    ordered = bool(sorting_ops(info.subgraphs))
    return [
        {
            **_tensor(graph.tensors[index]),
            "span": output_span(graph, index),
            "ordered": ordered,
        }
        for index in graph.outputs
    ]


def _tensor(tensor: Tensor) -> dict[str, object]:
    return {
        "name": tensor.name,
        "dtype": tensor.dtype,
        "shape": list(tensor.shape),
        "shape_signature": list(tensor.shape_signature),
    }


def _named(words: Sequence[str], read: Callable[[str], _T], form: str) -> dict[str, _T]:
    found = {}
    for word in words:
        name, equals, value = word.rpartition("=")
        wrong = UsageError(f"'{word}' is not of the form {form}", next_step=form)
        if not equals or not name:
            raise wrong
        try:
            found[name] = read(value)
        except ValueError:
            raise wrong from None
    return found


def _shape(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("x"))


def _range(text: str) -> tuple[float, float]:
    low, high = (float(part) for part in text.split(","))
    if low > high:
        raise ValueError(text)
    return low, high
