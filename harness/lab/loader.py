"""From the bytes of a YAML file to plain data, with the line on which every value stands.

Only what a configuration needs is read: mappings, lists, text, numbers, booleans, null, anchors and
merge keys. Keys are always text, as written, so that a serial of digits keeps its zeros. Nothing is
constructed from tags and no environment variable is expanded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from harness.errors import ConfigError

Location = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
_TRUE = ("true", "yes", "on")  # the latter two only under '%YAML 1.1'
# A file of ours has hundreds of values; a few lines of nested anchors can make billions.
_MAX_VALUES = 100_000
_MAX_DEPTH = 50


@dataclass(frozen=True)
class Tree:
    """The data of a file (a mapping; empty for an empty file) and the line of each location."""

    file: str
    data: dict[str, Any]
    lines: dict[Location, int] = field(default_factory=dict)

    def line_of(self, location: Location) -> int | None:
        """Return the line of a location, or of the nearest one above it that stands in the file."""
        while location not in self.lines:
            if not location:
                return None
            location = location[:-1]
        return self.lines[location]

    def error(self, message: str, location: Location, *, next_step: str = "") -> ConfigError:
        """Make the error that names the place."""
        return ConfigError(
            message,
            file=self.file,
            line=self.line_of(location),
            key=spell(location),
            next_step=next_step,
        )


def spell(location: Location) -> str:
    """Write a location as people do: `sweeps.nightly.models[0]`."""
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def load_yaml(path: Path) -> Tree:
    """Read one YAML file.

    Raises:
        ConfigError: it cannot be read, is no YAML, or uses what no configuration needs.
    """
    file = str(path)
    text = _read(path)
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False  # YAML lets an anchor be set anew
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        raise _syntax_error(error, file, text) from None
    except RecursionError:
        raise ConfigError("nested too deeply", file=file, line=None) from None
    except (YAMLError, ValueError, KeyError) as error:
        raise ConfigError(f"not YAML: {error}", file=file, line=None) from None
    reader = _Reader(file)
    if root is None or (isinstance(root, ScalarNode) and not root.value):
        return Tree(file, {})
    data = reader.value(root, ())
    if not isinstance(data, dict):
        raise ConfigError(
            "the file must be a mapping of sections, such as 'devices:'", file=file, line=1
        )
    return Tree(file, data, reader.lines)


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            "no such file", file=str(path), line=None, next_step="'harness init' writes one"
        ) from None
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise ConfigError(message, file=str(path), line=None) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            "not UTF-8 text",
            file=str(path),
            line=data.count(b"\n", 0, error.start) + 1,
            next_step="save the file as UTF-8",
        ) from None


def _syntax_error(error: MarkedYAMLError, file: str, text: str) -> ConfigError:
    mark = error.problem_mark or error.context_mark
    line = None if mark is None else mark.line + 1
    problem = " ".join((error.problem or error.context or "not YAML").split())
    lines = text.splitlines()
    if line is not None and line <= len(lines):
        source = lines[line - 1]
        if "\t" in source[: len(source) - len(source.lstrip())]:
            return ConfigError(
                "indented with a tab", file=file, line=line, next_step="indent with spaces"
            )
    if "chomping or indentation" in problem:
        return ConfigError(
            "a text that starts with '>' or '|' has a meaning of its own in YAML",
            file=file,
            line=line,
            next_step="write it in quotes, such as '>= 0.9'",
        )
    if "single document" in problem or "expected a single" in (error.context or ""):
        problem = "a second document starts here; one file holds one"
    return ConfigError(f"not YAML: {problem}", file=file, line=line)


class _Reader:
    """Turns composed nodes into plain data and notes the lines."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Location, int] = {}
        self._values = 0

    def value(self, node: Node, location: Location) -> Any:
        """Return the plain data under a node that stands at `location`."""
        self._values += 1
        if self._values > _MAX_VALUES:
            raise self._error("too many values; do anchors refer to each other?", node, location)
        if len(location) > _MAX_DEPTH:
            top = location[:3]
            raise self._error("nested too deeply; does an anchor hold itself?", node, top)
        self.lines.setdefault(location, node.start_mark.line + 1)
        if isinstance(node, ScalarNode):
            return self._scalar(node, location)
        if node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
            raise self._error("tags have no meaning here", node, location)
        if isinstance(node, MappingNode):
            return self._mapping(node, location)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*location, i)) for i, item in enumerate(node.value)]
        raise self._error("not a value", node, location)

    def _mapping(self, node: MappingNode, location: Location) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        own: set[str] = set()
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                raise self._error("a key must be a word", key_node, location)
            if key_node.tag == _MERGE:
                merged = self._merged(value_node, location) | merged
                continue
            key = str(key_node.value)
            place = (*location, key)
            if key in own:
                raise self._error("the key stands twice", key_node, place)
            own.add(key)
            self._forget(place)
            self.lines[place] = key_node.start_mark.line + 1
            data[key] = self.value(value_node, place)
        return merged | data

    def _merged(self, node: Node, location: Location) -> dict[str, Any]:
        """Read what `<<` brings in: a mapping, or a list of them of which the first wins."""
        parts = reversed(node.value) if isinstance(node, SequenceNode) else [node]
        data: dict[str, Any] = {}
        for part in parts:
            if not isinstance(part, MappingNode):
                raise self._error("'<<' takes the anchor of a mapping", node, location)
            data |= self._mapping(part, location)
        return data

    def _forget(self, place: Location) -> None:
        """Drop the lines of a merged value that the mapping's own value replaces."""
        for known in [k for k in self.lines if k[: len(place)] == place]:
            del self.lines[known]

    def _scalar(self, node: ScalarNode, location: Location) -> Any:
        kind = str(node.tag).removeprefix(_TAG)
        text = str(node.value)
        if kind in ("str", "timestamp", "value"):
            return text
        if kind in ("int", "float"):
            return _number(text, whole=kind == "int")
        if kind == "bool":
            return text.lower() in _TRUE
        if kind == "null":
            return None
        raise self._error("tags have no meaning here", node, location)

    def _error(self, message: str, node: Node, location: Location) -> ConfigError:
        line = node.start_mark.line + 1
        return ConfigError(message, file=self.file, line=line, key=spell(location))


def _number(text: str, *, whole: bool) -> int | float | str:
    """Read a YAML 1.2 number; what Python does not read as one (`.inf`) stays text."""
    digits = text.replace("_", "")
    try:
        if not whole:
            return float(digits)
        return int(digits, 0 if digits.lstrip("+-")[:2].lower() in ("0x", "0o") else 10)
    except ValueError:
        return text
