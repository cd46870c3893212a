import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.verdict.expectation import Expectation, Outcome, parse_expectation
from harness.verdict.model import Placement

FULL, PARTIAL, NONE = Placement.FULL, Placement.PARTIAL, Placement.NONE
UNKNOWN = Placement.UNKNOWN


@pytest.mark.parametrize(
    ("text", "placement", "nodes", "outcome"),
    [
        ("full", FULL, (40, 40), "met"),
        ("full", FULL, (None, None), "met"),
        ("full", PARTIAL, (39, 40), "unmet"),
        ("full", NONE, (0, 40), "unmet"),
        ("full", UNKNOWN, (None, None), "unmet"),
        ("full", None, (None, None), "unmet"),
        ("partial", FULL, (40, 40), "met"),
        ("partial", PARTIAL, (1, 40), "met"),
        ("partial", NONE, (0, 40), "unmet"),
        ("partial", UNKNOWN, (None, None), "unmet"),
        (">= 0.9", PARTIAL, (36, 40), "met"),
        (">= 0.9", PARTIAL, (35, 40), "unmet"),
        ("90%", PARTIAL, (36, 40), "met"),
        ("90%", FULL, (None, None), "met"),
        ("90%", PARTIAL, (None, 40), "unmet"),
        ("90%", PARTIAL, (36, None), "unmet"),
        ("90%", PARTIAL, (36, 0), "unmet"),
        ("90%", NONE, (0, 40), "unmet"),
        ("90%", UNKNOWN, (40, 40), "unmet"),
        ("0.57", PARTIAL, (57, 100), "met"),  # 0.57 * 100 is 56.99… in floating point
        ("none", NONE, (0, 40), "met"),
        ("none", UNKNOWN, (None, None), "met"),
        ("none", PARTIAL, (1, 40), "better"),
        ("none", FULL, (40, 40), "better"),
    ],
)
def test_a_cell_stands_to_what_was_expected(text, placement, nodes, outcome):
    assert parse_expectation(text).outcome(placement, *nodes) == outcome


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fulll", "'full', 'partial', 'none'"),
        ("unknown", "unknown"),
        ("baseline", "'full'"),
        ("> 0.9", "'>= 0.9'"),
        ("1.5", "at most 1"),
        ("90", "at most 1"),
        ("101%", "at most 1"),
        ("0", "above 0"),
        ("0%", "above 0"),
        (">= -0.5", "'>= 0.9'"),
        ("", "'full'"),
        ("1e-3", "'>= 0.9'"),
        (".9", "'>= 0.9'"),
        ("\u0661%", "'>= 0.9'"),  # a digit to Python, not to us
    ],
)
def test_what_is_no_expectation_is_refused_with_what_can_be(text, words):
    with pytest.raises(ValueError, match=r".+") as caught:
        parse_expectation(text)
    assert words in str(caught.value)


@given(st.text(max_size=30) | st.from_regex(r"(>= ?)?[0-9]{1,3}(\.[0-9]{1,4})?%?", fullmatch=True))
def test_any_text_is_refused_or_reads_back_as_it_is_written(text):
    try:
        found = parse_expectation(text)
    except ValueError:
        return
    assert parse_expectation(str(found)) == found
    assert found.share is None or 0 < found.share <= 1


@given(
    st.sampled_from(["full", "partial", ">= 0.5", "33%"]),
    st.integers(0, 50),
    st.integers(1, 50),
)
def test_more_nodes_never_turn_met_into_unmet(text, on, total):
    def outcome(count: int) -> Outcome:
        placement = FULL if count == total else PARTIAL if count else NONE
        return parse_expectation(text).outcome(placement, count, total)

    on = min(on, total)
    if outcome(on) is Outcome.MET:
        assert all(outcome(more) is Outcome.MET for more in range(on, total + 1))


def test_only_none_asks_nothing():
    assert parse_expectation("none").asks_nothing
    assert not any(parse_expectation(text).asks_nothing for text in ("full", "partial", "1%"))
    assert isinstance(parse_expectation("none"), Expectation)
