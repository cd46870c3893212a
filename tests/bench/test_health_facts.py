"""A device's state goes into the journal and comes back as far as judgement needs it."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from harness.bench.health_facts import health_facts, read_facts
from harness.device.base import Health, PolicyClocks, Reading

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
KEYS = ["thermal_status", "clocks", "cooling", "frozen", "capped_policies", "idle_share"]


def test_what_judgement_rests_on_survives_the_journal():
    health = Health(
        battery_percent=80.0,
        battery_celsius=31.5,
        skin_celsius=30.0,
        thermal_status=1,
        uptime_s=900.0,
        idle_share=0.97,
        capped_policies=("policy0",),
        clocks=(PolicyClocks("policy0", 1, 2, 3), PolicyClocks("policy4", None, None, 9)),
        cooling={"cpu": 2},
        frozen=(Reading.BATTERY,),
    )
    assert read_facts(json.loads(json.dumps(health_facts(health)))) == health


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_whatever_stands_in_a_journal_is_a_reading_or_unknown(facts):
    found = read_facts(facts)
    assert all(one.max_khz is None or isinstance(one.max_khz, int) for one in found.clocks)
    assert set(found.frozen) <= set(Reading)
