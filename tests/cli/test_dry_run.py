"""What `harness run --dry-run` says of a plan, and which errors come before any phone is asked."""

from __future__ import annotations

import pytest

from harness.cli.app import run
from harness.demo_models import paths

PLAN = ("run", str(paths()[0]), "--variant", "cpu-1t", "--dry-run")


@pytest.fixture
def plan(own_places, capsys):
    """Say what a dry run on this machine prints on stdout, by its options."""

    def said(*options):
        assert run([*PLAN, "--device", "local", *options]) == 0
        return capsys.readouterr().out

    return said


def test_the_rule_of_rounds_is_told_with_its_budget(plan):
    assert "5 to 15 rounds a cell, until p50 is within ±2 %, within 90 s" in plan("--budget", "90s")


def test_a_fixed_number_of_rounds_has_no_precision(plan):
    said = plan("--rounds", "7")
    assert "7 rounds a cell" in said
    assert "±" not in said


def test_what_follows_the_rounds_is_told(plan):
    said = plan("--sustain", "10m", "--init", "cold,warm", "--samples", "short", "--quick")
    assert "10 short launches, 3 cold and warm starts a cell, 10 min under load a cell" in said


def test_a_cell_whose_tool_cannot_start_warm_says_so(plan):
    said = plan("--init", "cold,warm")
    assert "cpu-1t: no cold and warm starts, tool-lacks-flag: --xnnpack_weight_cache" in said


def test_controls_are_told_where_they_were_asked_for(plan):
    assert "controls: governor doze" in plan("--control", "governor,doze")
    assert "controls: none" in plan("--control", "none")
    assert "controls" not in plan()


@pytest.mark.parametrize(
    ("options", "example"),
    [
        (("--precision", "abc"), "--precision 2%"),
        (("--budget", "30"), "--budget 30m"),
        (("--max-rounds", "3"), "--rounds 3"),
        (("--control", "none,governor"), "leave out none"),
    ],
)
def test_a_wrong_option_is_told_before_a_device_is_missed(empty_desk, capsys, options, example):
    assert run([*PLAN, "--device", "api>=21", *options]) == 2
    assert example in capsys.readouterr().err
