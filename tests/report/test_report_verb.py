from __future__ import annotations

import json

import sample

from harness.cli.app import run


def results_only(tmp_path):
    folder = sample.write(tmp_path / "s", sample.results())
    (folder / "sweep.json").unlink()
    return folder


def test_the_verb_renders_a_folder_and_says_the_outcome(tmp_path, capsys):
    folder = results_only(tmp_path)
    assert run(["report", str(folder)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("1 of 16 accelerated cells gives wrong answers")
    for name in ("report.html", "summary.md", "junit.xml"):
        assert (folder / name).is_file()


def test_json_is_one_document_with_its_schema(tmp_path, capsys):
    folder = results_only(tmp_path)
    assert run(["report", str(folder), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == 1
    assert document["report"] == str(folder / "report.html")
    assert document["rejudged"] is False
    assert document["simulated"] is True


def test_a_folder_that_is_no_sweep_is_exit_2_with_a_next_step(tmp_path, capsys):
    assert run(["report", str(tmp_path), "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "usage"
    assert error["next"]
