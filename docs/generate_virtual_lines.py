"""Write docs/reference/virtual-lines.md: where each line of the simulated tool is known from.

    HARNESS_CAPTURES=… HARNESS_CORPUS=… python docs/generate_virtual_lines.py [--check]

Runs the simulated tool in many situations, reduces every line to a template, and looks for the same
template in output of the real tool. What no log at hand contains must be named in FROM_SOURCE.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/reference/virtual-lines.md"

CUT = ("ADD", "TANH", "MUL", "ATAN2", "ADD", "LOGISTIC")
WHOLE = ("ADD", "TANH", "MUL", "LOGISTIC")
HOPELESS = ("ATAN2", "ATAN2")
INPUT = ("--input_layer=input", "--input_layer_shape=1,8")
SERIALIZED = ("--delegate_serialize_dir=.", "--delegate_serialize_token=token")
NOWHERE = ("--delegate_serialize_dir=absent", "--delegate_serialize_token=token")
WEIGHTS = "--xnnpack_weight_cache_file_path="
TWICE = ("--num_threads=2",)
"""Marks a situation whose second launch is looked at, as it finds what the first has left."""

SITUATIONS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("pixel-8", WHOLE, ()),
    ("pixel-8", WHOLE, ("--verbose=true", "--report_peak_memory_footprint=true")),
    ("pixel-8", CUT, ("--use_xnnpack=true", "--num_threads=4")),
    ("pixel-8", WHOLE, ("--use_xnnpack=false", "--num_runs=1", "--min_secs=0")),
    ("pixel-8", WHOLE, ("--num_runs=0", "--min_secs=0", "--no_such_flag=1")),
    ("pixel-8", WHOLE, ("--use_gpu=true", "--gpu_precision_loss_allowed=false")),
    ("pixel-8", CUT, ("--use_gpu=true",)),
    ("pixel-8", HOPELESS, ("--use_gpu=true",)),
    ("pixel-8", WHOLE, ("--use_gpu=true", "--gpu_backend=gl")),
    ("pixel-8", WHOLE, ("--use_gpu=true", "--use_nnapi=true")),
    ("pixel-8", CUT, ("--use_gpu=true", "--require_full_delegation=true")),
    ("pixel-8", WHOLE, ("--use_gpu=true", "--signature_to_run_for=serving_default")),
    ("pixel-8", WHOLE, ("--use_gpu=true", *SERIALIZED)),
    ("pixel-8", WHOLE, ("--use_gpu=true", *SERIALIZED, *TWICE)),
    ("pixel-8", WHOLE, ("--use_gpu=true", *NOWHERE)),
    ("oneplus-9-pro", WHOLE, ("--use_nnapi=true", *SERIALIZED)),
    ("pixel-8", WHOLE, ("--use_xnnpack=true", f"{WEIGHTS}weights")),
    ("pixel-8", WHOLE, ("--use_xnnpack=true", f"{WEIGHTS}text.tflite")),
    ("galaxy-j6", WHOLE, ("--use_gpu=true",)),
    ("galaxy-j6", WHOLE, ("--use_gpu=true", "--gpu_backend=cl")),
    ("galaxy-s24", WHOLE, ("--use_nnapi=true",)),
    ("oneplus-9-pro", WHOLE, ("--use_nnapi=true",)),
    ("oneplus-9-pro", WHOLE, ("--use_nnapi=true", "--nnapi_accelerator_name=absent")),
    ("pixel-8", WHOLE, ("--use_xnnpack=maybe",)),
    ("pixel-8", WHOLE, ("--graph=",)),
    ("pixel-8", WHOLE, ("--graph=absent.tflite",)),
    ("pixel-8", WHOLE, ("--graph=text.tflite",)),
    ("pixel-8", WHOLE, ("--signature_to_run_for=absent",)),
    ("pixel-8", WHOLE, ("--input_layer=x", "--input_layer_shape=1,8")),
    ("pixel-8", WHOLE, ("--input_layer=input", "--input_layer_shape=8")),
    ("pixel-8", WHOLE, ("--input_layer=a,b", "--input_layer_shape=1,8:1,8")),
    ("pixel-8", WHOLE, (*INPUT, "--input_layer_value_files=input:absent.bin")),
    ("pixel-8", WHOLE, (*INPUT, "--input_layer_value_files=input:text.tflite")),
)

_TOOL = "tflite/tools/benchmark/benchmark_tflite_model.cc"
_NNAPI_TAKES = (
    "Replacing <n> out of <n> node(s) with delegate (TfLiteNnapiDelegate) node, "
    "yielding <n> partitions for subgraph <n>."
)
_NO_DEVICE = "Could not find the specified NNAPI accelerator: <name>. Must be one of: {<names>}."
# Lines that no log at hand contains, and the source of LiteRT that prints them.
FROM_SOURCE = {
    "SIMULATED by harness virtual phone <serial>": "ours: the mark of every simulated run",
    "Initialized OpenGL-based API.": "tflite/delegates/gpu/delegate.cc",
    "DELEGATE TfLiteXNNPackDelegate: Operation is not supported.": "tflite/util.cc",
    _NNAPI_TAKES: "tflite/core/subgraph.cc; logs have it with another ending",
    _NO_DEVICE: "tflite/delegates/nnapi/nnapi_delegate.cc",
    "Could not open '<text>'.": "tflite/mmap_allocation.cc",
    "Failed to read the input_layer_value_file:<path>": _TOOL,
    "The size of <path> is <n> bytes. It should be <n> bytes.": _TOOL,
    "XNNPack file-backed weight cache enabled.": "tflite/tools/evaluation/utils.cc",
    "Cache file is stale. Setting stale flag.": (
        "tflite/delegates/xnnpack/weight_cache.cc; seen of ai-edge-litert with another model's file"
    ),
    "Failed to save serialized data": "tflite/delegates/gpu/delegate.cc",
    "Inputs mismatch: Model inputs #:<n> expected: <n>": _TOOL,
}

_PREFIX = re.compile(r"^(?:INFO|WARN|WARNING|ERROR|VERBOSE|FATAL): ")
_REDUCTIONS = tuple(
    (re.compile(pattern), sign)
    for pattern, sign in (
        (r": \[.*\]$", ": [<value>]"),
        (r"(?<=virtual phone )\S+", "<serial>"),
        (r"(?<=accelerator: )\S+(?=\. )", "<name>"),
        (r"\{.*\}", "{<names>}"),
        (r"(?<=cmdline flags: ).*", "<flags>"),
        (r"(?<=[Ss]ignature key: )\S+|(?<=Using signature: )\S+", "<key>"),
        (r"(?<=^File )\S+(?= couldn't)|(?<= B\) at )\S+$", "<path>"),
        (r"(?<=data for model )\S+", "<token>"),
        (r"'[^']*'", "'<text>'"),
        (r"(?<= is named )\S+|(?<=flags call it )\S+", "<name>"),
        (r"(?<=Loaded model ).*|(?<=Failed to load model ).*", "<path>"),
        (r"(?<=value_file:).*|(?<=The size of )\S+", "<path>"),
        (r"(?<=on this device - ).*|(?<=library with dlopen: ).*(?=\. Try)", "<reason>"),
        (r"^[A-Z][A-Z0-9_]+(?=: [A-Z].*\.$)", "<OP>"),
        (r"(?<![A-Za-z_\d])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", "<n>"),
    )
)


def template(line: str) -> str:
    """Reduce a line to what is fixed in it."""
    text = _PREFIX.sub("", line.strip())
    for pattern, sign in _REDUCTIONS:
        text = pattern.sub(sign, text)
    return text


def simulated_templates() -> list[str]:
    """Return the templates of everything that the simulated tool says, in order of appearance.

    Rows of the usage text are left out: their names and defaults are the stock tool's, their
    explanations are our own.
    """
    sys.path.insert(0, str(ROOT / "tests/virtual"))
    from launching import launch  # noqa: PLC0415
    from little_models import chain  # noqa: PLC0415

    found: dict[str, None] = {}
    for phone, ops, argv in SITUATIONS:
        model = chain(list(ops), signatures=("serving_default",))
        graph = (
            () if any(word.startswith("--graph=") for word in argv) else ("--graph=model.tflite",)
        )
        files, times = {"text.tflite": b"no model\n"}, 2 if argv[-1:] == TWICE else 1
        done = launch(phone, model, *graph, *argv, files=files, times=times)
        for line in done.text.splitlines():
            if line.strip() and not line.startswith("\t--"):
                found.setdefault(template(line))
    return list(found)


def real_templates() -> dict[str, str]:
    """Return the templates of real logs, each with the name of a log that has it."""
    found: dict[str, str] = {}
    captures, corpus = (os.environ[key] for key in ("HARNESS_CAPTURES", "HARNESS_CORPUS"))
    logs = [*Path(captures).glob("*/std*.txt"), *Path(corpus).glob("logs/*.log")]
    for path in sorted(logs):
        name = path.parent.name if path.suffix == ".txt" else path.stem
        for line in path.read_text(errors="replace").splitlines():
            found.setdefault(template(line), name)
    return found


def page(simulated: list[str], real: dict[str, str]) -> str:
    """Return the Markdown page.

    Raises:
        SystemExit: a line is known from nowhere.
    """
    unknown = [one for one in simulated if one not in real and one not in FROM_SOURCE]
    if unknown:
        raise SystemExit("known from nowhere:\n" + "\n".join(unknown))
    rows = [f"| `{one}` | {real.get(one) or FROM_SOURCE[one]} |" for one in simulated]
    counted = sum(one in real for one in simulated)
    return (
        "# Lines of the simulated tool\n\n"
        "Generated by `docs/generate_virtual_lines.py`. The simulated `benchmark_model` says"
        " nothing that the real tool is not known to say: each template below stands in a log of"
        " the real tool (named on the right), or in LiteRT's source where no log at hand has it."
        "\n\n"
        f"{counted} of {len(simulated)} templates stand in logs.\n\n"
        "| template | known from |\n|---|---|\n" + "\n".join(rows) + "\n"
    )


if __name__ == "__main__":
    if not {"HARNESS_CAPTURES", "HARNESS_CORPUS"} <= set(os.environ):
        print(f"{PAGE.name}: not looked at, HARNESS_CAPTURES and HARNESS_CORPUS are not set")
        sys.exit(0)
    fresh = page(simulated_templates(), real_templates())
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == fresh else f"{PAGE} is stale; run me")
    PAGE.write_text(fresh)
