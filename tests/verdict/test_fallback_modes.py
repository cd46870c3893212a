"""Each known way to fall back, one test: what is said, what decides it, and why it happened."""

from __future__ import annotations

from collections import Counter

import pytest
from fallback_modes import all_modes, headline_of, judged

from harness.verdict.causes import CAUSES
from harness.verdict.model import Placement

MODES = all_modes()


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.key)
def test_fallback_mode(mode):
    judgement, causes = judged(mode)
    deciding = [one.kind for one in judgement.evidence if one.deciding]
    said = (
        headline_of(judgement),
        deciding,
        tuple(sorted(str(finding.kind) for finding in judgement.findings)),
        causes[0] if causes else None,
    )
    assert said == (
        mode.says,
        [mode.decides] if mode.decides else [],
        tuple(sorted(mode.findings)),
        mode.cause,
    )


def test_every_mode_has_a_name_of_its_own():
    assert [key for key, n in Counter(mode.key for mode in MODES).items() if n > 1] == []


def test_nothing_but_what_no_log_can_show_is_said_too_well():
    flattering = [
        mode.key
        for mode in MODES
        if mode.says in (Placement.FULL, Placement.PARTIAL) and mode.real != mode.says
    ]
    assert flattering == [mode.key for mode in MODES if mode.unseen]


def test_every_cause_of_a_fallback_is_seen_in_some_mode():
    seen = {key for mode in MODES for key in judged(mode)[1]}
    elsewhere = {
        "lesser-path",  # of results that name no cause
        # of answers, times and the device's link: no single output shows them
        "wrong-output", "wrong-output-cpu", "half-precision", "precision-lost", "suspect",
        "implausible", "contradicted", "outlier",
        "flag-ignored", "software-gpu", "reboots-device", "device-lost", "limit", "staging",
        "throttled", "not_cooled", "background_load", "settings_changed", "drift", "bimodal",
        "noisy", "too_short", "incomplete", "invalid",
    }  # fmt: skip
    assert {key.value for key in CAUSES} - seen == elsewhere
