import sample

from harness.report.details import cell_details
from harness.report.folder import load_sweep
from harness.sweep.documents import TimeShareDoc
from harness.verdict.model import Status, TimeSource


def test_a_drawer_shows_the_share_of_time_with_its_source_or_nothing(tmp_path):
    cell = next(one for one in sample.cells() if one.status is Status.OK)
    data = load_sweep(sample.write(tmp_path / "s", sample.results()))
    known = cell.model_copy(
        update={"time_share": TimeShareDoc(value=0.75, source=TimeSource.PROFILE)}
    )
    line = ("on the accelerator", "75.0 %", "of an invocation; profile")
    assert line in cell_details(known, data)["times"]
    assert "on the accelerator" not in {name for name, *_ in cell_details(cell, data)["times"]}
