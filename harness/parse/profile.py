"""Rows of the operator tables (tensorflow/core/util/stats_calculator.cc, profile_summarizer.cc)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.parse.lines import Line
from harness.parse.model import ProfileRow

_COLUMNS_AFTER_SHARE = 3  # cdf%, mem KB, times called
_MAX_ROWS = 20_000  # the profiler's own buffer defaults to 1024 events


def read_profile(lines: Iterable[Line], source: str) -> tuple[ProfileRow, ...]:
    """Return the run-order rows of the regular runs; the initialisation's table is left out."""
    rows: list[ProfileRow] = []
    for row in _rows(lines, source):
        rows.append(row)
        if len(rows) >= _MAX_ROWS:
            break
    return tuple(rows)


def _rows(lines: Iterable[Line], source: str) -> Iterator[ProfileRow]:
    regular = True  # TensorFlow 1.14 has no titles and profiles the regular runs only
    in_table = False
    for line in lines:
        text = line.text
        if "Profiling Info for Benchmark Initialization" in text:
            regular, in_table = False, False
        elif "Profiling Info for Regular Benchmark Runs" in text:
            regular, in_table = True, False
        elif "======" in text:
            in_table = "Run Order" in text
        elif in_table and regular and text.count("%") > 1:
            row = _row(line, source)
            if row is not None:
                yield row


def is_row(text: str) -> bool:
    """Whether a line is a row of a table, from its type to its name."""
    row = _row(Line(0, text, text), "") if text.count("%") > 1 else None
    return row is not None and bool(row.name)


def _row(line: Line, source: str) -> ProfileRow | None:
    tokens = line.text.split()
    share = next((i for i, token in enumerate(tokens[:-1]) if _is_share(token)), None)
    if share is None or share + _COLUMNS_AFTER_SHARE >= len(tokens):
        return None
    if not _is_share(tokens[share + 1]) or not tokens[share + 3].isdecimal():
        return None
    first_number = share
    while first_number > 0 and _is_decimal(tokens[first_number - 1]):
        first_number -= 1
    if first_number in (share, 0):
        return None
    return ProfileRow(
        node_type=" ".join(tokens[:first_number]),
        name=" ".join(tokens[share + 4 :]),
        average_ms=float(tokens[share - 1]),
        times_called=int(tokens[share + 3][:9]),
        line=line.number,
        text=line.text,
        source=source,
    )


def _is_share(token: str) -> bool:
    return token.endswith("%") and _is_decimal(token[:-1])


def _is_decimal(token: str) -> bool:
    whole, dot, fraction = token.partition(".")
    return bool(dot) and whole.isdecimal() and fraction.isdecimal() and len(token) < 32  # noqa: PLR2004
