from __future__ import annotations

import json

import pytest

from harness.bench.samples import SampleSource
from harness.cli.app import run
from harness.cli.choices import parse_words
from harness.errors import UsageError


def test_words_are_read_once_each_in_their_order():
    found = parse_words("--samples", "traced, short,traced", SampleSource)
    assert found == (SampleSource.TRACED, SampleSource.SHORT)
    assert parse_words("--samples", None, SampleSource) == ()


def test_a_word_that_is_none_is_refused_with_those_that_are():
    with pytest.raises(UsageError) as error:
        parse_words("--samples", "long", SampleSource)
    assert "tool, short, traced" in error.value.next_step


@pytest.mark.parametrize("option", [("--cores", "fast"), ("--samples", "all")])
def test_the_run_verb_refuses_it_before_anything_is_touched(option, capsys):
    assert run(["run", "m.tflite", *option, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"
