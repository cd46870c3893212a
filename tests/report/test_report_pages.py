"""The contract pages are read here: a key that is missing on one side fails."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import sample

from harness.cli.app import run
from harness.report import write_reports
from harness.stats.energy import WhyNoEnergy
from harness.sweep import condition_documents as conditions
from harness.sweep import documents as docs
from harness.sweep import extra_documents as extra

PAGES = Path(__file__).resolve().parents[2] / "docs" / "reference"

SECTIONS = {
    "results.json": docs.ResultsDoc,
    "sweep": docs.SweepDoc,
    "sweep.skipped_devices": docs.SkippedDeviceDoc,
    "sweep.gate_failures": docs.GateFailureDoc,
    "cells": docs.CellDoc,
    "controls": docs.DeviceControlsDoc,
    "controls.controls": docs.ControlDoc,
    "cells.device": docs.DeviceDoc,
    "cells.model": docs.ModelDoc,
    "cells.variant": docs.VariantDoc,
    "cells.tool": docs.ToolDoc,
    "cells.findings": docs.FindingDoc,
    "cells.latency_ms": docs.LatencyDoc,
    "percentiles": extra.PercentileDoc,
    "cells.validity_notes": docs.ValidityNoteDoc,
    "cells.speedup_vs_cpu": docs.SpeedupDoc,
    "cells.noise_floor": docs.NoiseFloorDoc,
    "cells.suspicion": docs.SuspicionDoc,
    "cells.suspicion.ratio": docs.RatioDoc,
    "cells.suspicion.corroborators": docs.CorroboratorDoc,
    "cells.outputs": docs.OutputsDoc,
    "cells.outputs.tolerance": docs.ToleranceDoc,
    "cells.unsupported_ops": docs.UnsupportedOpDoc,
    "cells.expectation": docs.ExpectationDoc,
    "cells.time_share": docs.TimeShareDoc,
    "cells.stopped": extra.StoppedDoc,
    "cells.exact": extra.ExactDoc,
    "samples": extra.SamplesDoc,
    "samples.overhead": extra.OverheadDoc,
    "cells.cores": extra.CoresDoc,
    "cells.conditions": conditions.ConditionsDoc,
    "cells.conditions.rounds": conditions.RoundConditionsDoc,
    "cells.conditions.temperature": conditions.TemperatureDoc,
    "cells.energy": conditions.EnergyDoc,
    "cells.energy.per_inference_mj": conditions.EnergyValueDoc,
    "cells.evidence": docs.EvidenceDoc,
    "cells.sustained": extra.SustainedDoc,
    "cells.sustained.points": extra.SustainedPointDoc,
    "cells.init": extra.InitDoc,
    "cells.init.cold": extra.InitSideDoc,
    "cells.init.cold.init_ms": extra.InitFigureDoc,
    "cells.init.evidence": extra.CacheLineDoc,
}


def tables(page: str) -> dict[str, dict[str, str]]:
    """Return, per heading, the type of each key of the table below it."""
    found: dict[str, dict[str, str]] = {}
    heading = ""
    for line in (PAGES / page).read_text().splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ").strip()
        elif match := re.match(r"\| `([^`]+)` \| ([^|]+) \|", line):
            found.setdefault(heading, {})[match[1]] = match[2].strip()
    return found


def test_every_section_of_the_page_has_a_document_and_the_reverse():
    assert set(tables("results-json.md")) == set(SECTIONS)


@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_lists_exactly_the_keys_of_the_document(section):
    fields = {f.alias or name for name, f in SECTIONS[section].model_fields.items()}
    assert set(tables("results-json.md")[section]) == fields


@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_says_null_exactly_where_null_may_be(section):
    for name, field in SECTIONS[section].model_fields.items():
        stated = tables("results-json.md")[section][field.alias or name]
        nullable = "None" in str(field.annotation)
        assert ("null" in stated) == nullable, f"{section}.{name}"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("status", docs.Status),
        ("placement", docs.Placement),
        ("verdict", docs.Headline),
        ("validity", docs.Validity),
    ],
)
def test_the_page_names_every_word_of_judgement(key, words):
    text = (PAGES / "results-json.md").read_text()
    row = next(line for line in text.splitlines() if line.startswith(f"| `{key}` |"))
    assert {f"`{word}`" for word in words} <= set(re.findall(r"`[a-z_]+`", row))


def test_the_page_names_every_reason_for_no_energy():
    text = (PAGES / "results-json.md").read_text().split("### cells.energy\n")[1]
    row = next(line for line in text.splitlines() if line.startswith("| `reason` |"))
    assert set(re.findall(r"`([a-z_]+)`", row)) == {"reason", *map(str, WhyNoEnergy)}


def test_every_key_of_a_written_document_is_on_the_page(tmp_path):
    folder = sample.write(tmp_path / "s", sample.results())
    document = json.loads((folder / "results.json").read_text())
    pages = tables("results-json.md")
    assert set(document) == set(pages["results.json"])
    for cell in document["cells"]:
        assert set(cell) == set(pages["cells"])


def test_the_report_verb_prints_exactly_the_keys_of_its_page(tmp_path, capsys):
    folder = sample.write(tmp_path / "s", sample.results())
    (folder / "sweep.json").unlink()
    assert run(["report", str(folder), "--json"]) == 0
    stated = tables("summary-and-junit.md")["`harness report DIR --json`"]
    assert set(json.loads(capsys.readouterr().out)) == set(stated)


def test_junit_holds_only_the_properties_of_its_page(tmp_path):
    expected = docs.ExpectationDoc(variant="gpu", least="full", outcome="met")
    cells = [one.model_copy(update={"expectation": expected}) for one in sample.cells()]
    folder = sample.write(tmp_path / "s", sample.results(cells, gates=["none"]))
    write_reports(folder)
    stated = set(tables("summary-and-junit.md")["Properties"])
    found = re.findall(r'<property name="([a-z0-9_]+)"', (folder / "junit.xml").read_text())
    assert set(found) == stated


def test_junit_holds_only_the_elements_of_its_page(tmp_path):
    gate = sample.gate_failure(sample.cells()[3].id)
    folder = sample.write(tmp_path / "s", sample.results(gate_failures=[gate]))
    write_reports(folder)
    stated = set(tables("summary-and-junit.md")["junit.xml"])
    assert set(re.findall(r"<([a-z][a-z-]*)", (folder / "junit.xml").read_text())) == stated
