from __future__ import annotations

import sample

from harness.report.sampling import bound_name, core_facts, exact_lines
from harness.sweep.extra_documents import CoresDoc, ExactDoc, OverheadDoc, PercentileDoc, SamplesDoc


def samples(**update):
    one = PercentileDoc(value=1.5, method="exact")
    return SamplesDoc(p50=one, p90=one, p95=one, count=90, launches=30, valid_for="x", **update)


def test_exact_percentiles_stand_apart_with_their_method():
    exact = ExactDoc(short=samples(), reason="traced: why not")
    lines = exact_lines(sample.cells()[0].model_copy(update={"exact": exact}))
    assert lines[0][:2] == ("p90, short launches", "1.50 ms")
    assert "exact over 90 invocations of 30 launches" in lines[0][2]
    assert lines[1] == ("single invocations", "", "traced: why not")


def test_a_trace_that_cost_time_says_so():
    for told, said in ((True, "with tracing overhead"), (None, "unknown"), (False, "no overhead")):
        overhead = OverheadDoc(ratio=1.078, low=0.97, high=1.03)
        exact = ExactDoc(traced=samples(overhead=overhead, with_overhead=told))
        (line,) = exact_lines(sample.cells()[0].model_copy(update={"exact": exact}))
        assert said in line[2]
        assert "1.078 times" in line[2]


def test_a_bound_variant_names_its_cpus_and_foreign_text_is_made_visible():
    cores = CoresDoc(asked="big", cpus=[4, 5, 7], allowed=["4\x1b[2J"], notes=["off"])
    cell = sample.cells()[0].model_copy(update={"cores": cores})
    assert bound_name(cell).endswith(" on CPUs 4-5,7")
    ((_, told),) = core_facts(cell)
    assert told.startswith("big: CPUs 4-5,7; the kernel allowed 4")
    assert told.endswith("; off")
    assert "\x1b" not in told
