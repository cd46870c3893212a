import contextlib

import pytest
from evidence_files import field, varint
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import EvidenceError
from harness.parse.wire import read_fields

NUMBERS = st.integers(1, 2**29 - 1)
VALUES = st.one_of(
    st.integers(0, 2**63), st.floats(width=32, allow_nan=False), st.binary(max_size=40)
)


@given(st.lists(st.tuples(NUMBERS, VALUES)))
def test_what_is_encoded_is_read_back(message):
    data = b"".join(field(number, value) for number, value in message)
    assert list(read_fields(data)) == message


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_an_evidence_error(data):
    with contextlib.suppress(EvidenceError):
        list(read_fields(data))


@pytest.mark.parametrize(
    "data",
    [
        field(1, b"whisker")[:-1],
        varint(1 << 3),
        b"\xff" * 11,
        varint(1 << 3 | 3),
        varint(0),
        varint(1 << 3 | 5) + b"abc",
    ],
    ids=["cut bytes", "no value", "endless varint", "group", "field 0", "cut float"],
)
def test_a_broken_message_is_an_error_with_a_next_step(data):
    with pytest.raises(EvidenceError) as caught:
        list(read_fields(data))
    assert caught.value.next_step
