"""Rows of the operator tables (tensorflow/core/util/stats_calculator.cc, profile_summarizer.cc).

Printed, or in a file as CSV: `--op_profiling_output_mode=csv` and, of elder tools,
`--profiling_output_csv_file`. Names and types are not quoted there, and types keep their commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from harness.parse.lines import Line, split_lines
from harness.parse.model import ProfileRow

_COLUMNS_AFTER_SHARE = 3  # cdf%, mem KB, times called
_COLUMNS_BEFORE_SHARE = 2  # first, avg ms
MAX_ROWS = 20_000
"""Rows kept of a table; the profiler's own buffer defaults to 1024 events."""

_GRAPH = re.compile(r"Subgraph \(index: (\d{1,6}), name: ")
_NUMBER = re.compile(r"-?\d{1,24}(?:\.\d{0,24})?(?:e[+-]?\d{1,3})?")


def read_profile(lines: Iterable[Line], source: str) -> tuple[ProfileRow, ...]:
    """Return the run-order rows of the regular runs; the initialisation's table is left out.

    So is the table `Delegate internal`: its times are part of a kernel's row.
    """
    rows: list[ProfileRow] = []
    for row in _rows(lines, source):
        rows.append(row)
        if len(rows) >= MAX_ROWS:
            break
    return tuple(rows)


def read_profile_text(text: str, source: str) -> tuple[ProfileRow, ...]:
    """Return the rows of a table's text, in either form; none if there is no table."""
    return read_profile(split_lines(text, repeats=True), source)


def _rows(lines: Iterable[Line], source: str) -> Iterator[ProfileRow]:
    regular = True  # TensorFlow 1.14 has no titles and profiles the regular runs only
    in_table = False
    graph = 0
    for line in lines:
        text = line.text
        if "Profiling Info for Benchmark Initialization" in text:
            regular, in_table = False, False
        elif "Profiling Info for Regular Benchmark Runs" in text:
            regular, in_table, graph = True, False, 0
        elif text.startswith("Delegate internal:"):
            regular, in_table = False, False
        elif text.startswith("Primary graph (name: ") and text.endswith("profile:"):
            graph = 0
        elif (title := _GRAPH.match(text)) is not None and text.endswith("profile:"):
            graph = int(title[1])
        elif "======" in text:
            in_table = "Run Order" in text
        elif in_table and regular and text.count("%") > 1:
            row = _row(line, source, graph)
            if row is not None:
                yield row


def is_row(text: str) -> bool:
    """Whether a line is a row of a table, from its type to its name."""
    cells = (_printed(text) or _csv(text)) if text.count("%") > 1 else None
    return cells is not None and bool(cells[3])


def _row(line: Line, source: str, graph: int) -> ProfileRow | None:
    cells = _printed(line.text) or _csv(line.text)
    if cells is None:
        return None
    node_type, average, calls, name = cells
    return ProfileRow(
        node_type=node_type,
        name=name,
        average_ms=average,
        times_called=calls,
        line=line.number,
        text=line.text,
        source=source,
        graph=graph,
    )


def _printed(text: str) -> tuple[str, float, int, str] | None:
    tokens = text.split()
    share = next((i for i, token in enumerate(tokens[:-1]) if _is_share(token)), None)
    if share is None or not _has_columns(tokens, share):
        return None
    first_number = share
    # A type may end in a number of its own (`relu 2`); times have a point.
    while first_number > 0 and _is_decimal(tokens[first_number - 1]):
        first_number -= 1
    if first_number in (share, 0):
        return None
    return (
        " ".join(tokens[:first_number]),
        float(tokens[share - 1]),
        int(tokens[share + 3]),
        " ".join(tokens[share + 4 :]),
    )


def _csv(text: str) -> tuple[str, float, int, str] | None:
    """Find the columns of numbers: what stands before them is the type, and after them the name."""
    parts = text.split(",")
    values = [part.strip() for part in parts]
    for share in range(_COLUMNS_BEFORE_SHARE + 1, len(values) - _COLUMNS_AFTER_SHARE):
        if (
            _is_share(values[share])
            and _has_columns(values, share)
            and _is_number(values[share - 1])
            and _is_number(values[share - 2])
        ):
            # The tool writes a tab for each comma of a name, and none for those of a type.
            name = ",".join(parts[share + 4 :]).strip().replace("\t", ",")
            node_type = ",".join(parts[: share - 2]).strip()
            return node_type, float(values[share - 1]), int(values[share + 3]), name
    return None


def _has_columns(values: Sequence[str], share: int) -> bool:
    """Whether the cumulative share, the memory and the calls follow a share."""
    if share + _COLUMNS_AFTER_SHARE >= len(values):
        return False
    calls = values[share + 3]
    return _is_share(values[share + 1]) and calls.isdecimal() and len(calls) < 10  # noqa: PLR2004


def _is_share(token: str) -> bool:
    return token.endswith("%") and _is_number(token[:-1])


def _is_decimal(token: str) -> bool:
    return "." in token and _is_number(token)


def _is_number(token: str) -> bool:
    return _NUMBER.fullmatch(token) is not None
