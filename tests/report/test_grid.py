from __future__ import annotations

import sample

from harness.report.folder import SweepData
from harness.report.grid import anchor, build_tables, coverage, grid_cell
from harness.verdict.model import Placement


def data(cells=None):
    document = sample.results(cells)
    return SweepData(document, sample.manifest(document), tuple(sample.rounds(document)))


def test_a_table_per_model_a_row_per_device_a_column_per_variant():
    tables = build_tables(data())
    assert [table.name for table in tables] == ["mobilenet_v2", "detect_lite0"]
    assert tables[0].columns == ("cpu-4t", "gpu", "gpu-fp32", "nnapi", "npu")
    assert [row.device for row in tables[0].rows] == [
        "Phone Alpha", "Phone Beta", "Phone Gamma", "Virtual Delta",
    ]  # fmt: skip


def test_each_cell_is_in_the_grid_exactly_once():
    found = [c.anchor for t in build_tables(data()) for r in t.rows for cs in r.cells for c in cs]
    assert sorted(found) == sorted(anchor(cell.id) for cell in sample.cells())


def test_two_tools_for_one_variant_get_two_columns():
    cell = sample.cells()[1]
    other = sample.TOOL.model_copy(update={"sha256": sample.sha("b"), "version": "2.20.0"})
    twin = cell.model_copy(update={"id": "twin", "tool": other})
    (table,) = build_tables(data([cell, twin]))
    assert table.columns == ("gpu · benchmark_model 2.19.0", "gpu · benchmark_model 2.20.0")
    assert [len(cells) for cells in table.rows[0].cells] == [1, 1]


def test_two_models_of_one_name_are_two_tables():
    first = sample.cells()[0]
    other = first.model.model_copy(update={"sha256": sample.sha("other")})
    second = first.model_copy(update={"id": "second", "model": other})
    assert len(build_tables(data([first, second]))) == 2


def test_unknown_coverage_is_never_drawn_as_none():
    case = sample.Case(Placement.UNKNOWN, nodes=(None, 64))
    shown = coverage(sample.cell(sample.PHONES[0], sample.MODELS[0], "gpu", case))
    assert shown is not None
    assert (shown.style, shown.text) == ("unknown", "?/64")


def test_full_on_a_driver_says_where_its_evidence_ends():
    cell = sample.cell(sample.PHONES[0], sample.MODELS[0], "nnapi", sample.Case())
    assert grid_cell(cell).badge == "full (to driver)"


def test_a_ratio_stands_beside_the_name_of_its_baseline():
    shown = grid_cell(sample.cells()[1])
    assert (shown.ratio, shown.against) == ("3.8\N{MULTIPLICATION SIGN}", "cpu-4t")


def test_anchors_do_not_depend_on_the_order_of_cells():
    assert anchor("a/b/c") == anchor("a/b/c")
    assert anchor("a/b/c") != anchor("a/b/d")
