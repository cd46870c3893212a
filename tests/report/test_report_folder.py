from __future__ import annotations

import json

import pytest
import sample

from harness.errors import ConfigError, UsageError
from harness.report import write_reports
from harness.report.folder import load_sweep


def test_a_folder_without_results_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"results\.json"):
        write_reports(tmp_path)


def test_results_of_another_kind_name_file_and_key(tmp_path):
    (tmp_path / "results.json").write_text('{"schema": 1, "cells": []}')
    with pytest.raises(ConfigError, match=r"results\.json: rules_version"):
        write_reports(tmp_path)


def test_results_alone_make_a_report_that_says_what_is_missing(tmp_path):
    folder = sample.write(tmp_path / "s", sample.results())
    (folder / "sweep.json").unlink()
    (folder / "rounds.jsonl").unlink()
    page = write_reports(folder).read_text()
    assert "sweep.json is not there" in page
    assert "rounds.jsonl is not there" in page


def test_a_torn_last_line_of_the_journal_is_counted_not_fatal(tmp_path):
    folder = sample.write(tmp_path / "s", sample.results())
    with (folder / "rounds.jsonl").open("a") as stream:
        stream.write('{"schema": 1, "cell": "half')
    data = load_sweep(folder)
    assert data.missing == ("rounds.jsonl has 1 unreadable line",)
    assert len(data.rounds) == len(sample.rounds(sample.results()))


def test_rendering_twice_gives_the_same_bytes(tmp_path):
    folder = sample.write(tmp_path / "s", sample.results())
    first = write_reports(folder).read_bytes()
    assert write_reports(folder).read_bytes() == first


def test_keys_of_a_newer_version_are_no_obstacle(tmp_path):
    folder = sample.write(tmp_path / "s", sample.results())
    path = folder / "results.json"
    document = json.loads(path.read_text())
    document["cells"][0]["brand_new"] = {"x": 1}
    path.write_text(json.dumps(document))
    assert write_reports(folder).is_file()


def test_a_sweep_without_any_cell_still_has_a_report(tmp_path):
    folder = sample.write(tmp_path / "s", sample.results([]))
    assert "Nothing was measured." in write_reports(folder).read_text()
