import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness.parse.lines import split_lines
from harness.parse.matching import match_line
from harness.parse.patterns import PARAMETER, TABLE, Code

LOGS = sorted((Path(__file__).parent.parent / "data" / "parse").glob("*.log"))
LINES = sorted({line.text for path in LOGS for line in split_lines(path.read_text())})


def match_slowly(text):
    """Try every row of the table, in order."""
    for code, hint, pattern in TABLE:
        if hint in text and (match := re.match(pattern, text)):
            return code, match.groups()
    match = PARAMETER.match(text)
    return (Code.PARAMETER, match.groups()) if match else None


def test_every_line_means_what_the_whole_table_says():
    assert len({match[0] for line in LINES if (match := match_line(line))}) > 30
    for line in LINES:
        assert match_line(line) == match_slowly(line)


def literals(pattern):
    """Make a line of a pattern, as near as leaving its signs out comes."""
    return re.sub(r"\\[dSsw]", "1", re.sub(r"[\\^$]|\(\?:|[()?]|\{\d+,?\d*\}", "", pattern))


@given(st.sampled_from([literals(pattern) for _, _, pattern in TABLE]), st.text(max_size=20))
def test_a_line_near_to_a_pattern_means_what_the_whole_table_says(start, more):
    if start[:1].isascii():
        assert match_line(start + more) == match_slowly(start + more)
