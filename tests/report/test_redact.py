import zipfile
from pathlib import Path

import pytest
from folders import CPU, Writer, log

from harness.errors import UsageError
from harness.report import write_reports
from harness.report.redact import write_redacted
from harness.sweep.results import rebuild

MEDIANS = [1000, 1010, 990, 1005, 995]


def test_no_serial_and_no_home_is_left_anywhere_in_the_copy(tmp_path):
    root = tmp_path / "sweep"
    root.mkdir()
    writer = Writer(root)
    writer.add("cpu-4t", log(*CPU, f"INFO: Graph: [{Path.home()}/m.tflite] SERIAL1"), MEDIANS)
    writer.write()
    rebuild(root)
    write_reports(root)
    target = write_redacted(root, tmp_path / "copy.zip")
    with zipfile.ZipFile(target) as archive:
        names = archive.namelist()
        everything = b"".join(archive.read(name) for name in names)
    assert "sweep.json" in names
    assert not any("SERIAL1" in name for name in names)
    assert b"SERIAL1" not in everything
    assert b"phone-1" in everything
    assert f"{Path.home()}/m.tflite".encode() not in everything


def test_a_target_that_cannot_be_written_is_an_error_with_a_next_step(tmp_path):
    root = tmp_path / "sweep"
    root.mkdir()
    writer = Writer(root)
    writer.add("cpu-4t", log(*CPU), MEDIANS)
    writer.write()
    with pytest.raises(UsageError) as caught:
        write_redacted(root, tmp_path / "missing" / "copy.zip")
    assert caught.value.next_step
