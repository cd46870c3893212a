"""Whose time a row of an op table is: the CPU's, or that of the delegate that was asked for."""

from __future__ import annotations

import re
from enum import StrEnum

from harness.bench.variant import Accelerator
from harness.parse.model import ProfileRow
from harness.verdict.kernels import kernel_accelerator, kernel_serves
from harness.verdict.reading import Case

_NOT_OPERATORS = ("AllocateTensors", "ModifyGraphWithDelegate", "LiteRT::", "Invoke")
_HOUSEKEEPING = ("AllocateTensors", "ModifyGraphWithDelegate")

# XNNPACK names its operators with the layout and the types in brackets, `Sum (ND) Reduce2`
# (tflite/delegates/xnnpack, xnn_operator_type_to_string); shaders of a GPU have no such names.
_XNNPACK_OPERATOR = re.compile(r"[^()]{1,64}\(N[A-Z]{1,4}(?:, [A-Z0-9]{1,8}){0,4}\)")

_PLUGINS = frozenset({Accelerator.EXTERNAL, Accelerator.STABLE_DELEGATE, Accelerator.NPU})


class Owner(StrEnum):
    """Who spent the time of a row."""

    REQUESTED = "requested"
    CPU = "cpu"
    OTHER = "other"
    UNKNOWN = "unknown"


def cpu_rows(case: Case) -> list[ProfileRow]:
    """Return the rows of operators that ran on the interpreter's own kernels."""
    return [
        row
        for row in case.rows
        if row.name.startswith("[")
        and not row.node_type.startswith(_NOT_OPERATORS)
        and not _is_kernel(case, row)
        and row.times_called > 0
    ]


def is_serving(case: Case, row: ProfileRow) -> bool:
    """Whether a row is a kernel of the request."""
    requested = case.requested
    if row.is_delegates_own or not _is_kernel(case, row):
        return False
    return kernel_serves(row.node_type, requested)


def owner_of(case: Case, row: ProfileRow) -> Owner:
    """Tell whose time a row is; a delegate's own rows do not name the delegate."""
    if row.is_delegates_own:
        return _owner_of_inner(case.requested, row.node_type)
    if row.node_type.startswith(_HOUSEKEEPING):
        return Owner.CPU
    if not row.name.startswith("["):
        return Owner.UNKNOWN
    if not _is_kernel(case, row):
        return Owner.CPU
    if kernel_serves(row.node_type, case.requested):
        return Owner.REQUESTED
    return Owner.CPU if kernel_accelerator(row.node_type).is_cpu else Owner.OTHER


def _owner_of_inner(requested: Accelerator, node_type: str) -> Owner:
    if _XNNPACK_OPERATOR.match(node_type) is not None:
        return Owner.REQUESTED if requested is Accelerator.XNNPACK else Owner.CPU
    if requested is Accelerator.GPU or requested in _PLUGINS:
        return Owner.REQUESTED
    return Owner.UNKNOWN


def _is_kernel(case: Case, row: ProfileRow) -> bool:
    """Whether a row is a delegate's node: those are numbered after the model's own."""
    index, outline = row.node_index, case.outline
    if index is not None and outline is not None and row.graph < len(outline.graphs):
        return index >= outline.graphs[row.graph].nodes
    name = row.node_type.lower()
    return "delegate" in name or kernel_accelerator(row.node_type) is not Accelerator.EXTERNAL
