"""Canonical lengths against what an encoder writes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyruhvro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.canonical import lengths, varint_lengths
from schemas.codec import encode_datum
from schemas.events import EVENT_NAMES, EVENTS
from tests.samples import records

pytestmark = pytest.mark.unit

EDGES = [s * (1 << k) + d for k in range(63) for s in (1, -1) for d in (-1, 0, 1)] + [-(2**63), 2**63 - 1]


def naive_length(value: int) -> int:
    zigzag = 2 * value if value >= 0 else -2 * value - 1
    size = 1
    while zigzag >= 128:
        zigzag //= 128
        size += 1
    return size


def test_varints_have_the_length_of_their_magnitude_at_every_power_of_two() -> None:
    assert varint_lengths(np.array(EDGES)).tolist() == [naive_length(v) for v in EDGES]


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_varints_have_the_length_of_their_magnitude(values: list[int]) -> None:
    assert varint_lengths(np.array(values, dtype=np.int64)).tolist() == [naive_length(v) for v in values]


@pytest.mark.parametrize("event", EVENT_NAMES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_row_is_as_long_as_its_encoding(event: str, data: st.DataObject) -> None:
    written = data.draw(st.lists(records(event), max_size=8))
    datums = [encode_datum(EVENTS[event], record) for record in written]
    batch = pyruhvro.deserialize_array(datums, EVENTS[event].schema_json)
    widest = [row for row, record in enumerate(written) if is_widest(event, record)]
    for first in (0, 1):
        found, wide = lengths(batch[first:], EVENTS[event].columns)
        assert found.tolist() == [len(datum) for datum in datums[first:]]
        assert wide.tolist() == [row - first for row in widest if row >= first]


def is_widest(event: str, record: dict[str, Any]) -> bool:
    """Whether a number of it takes the most bytes of its type."""
    most = {"int": 5, "long": 10}
    numbers = [(record[c.name], most[c.avro]) for c in EVENTS[event].columns if c.avro in most]
    return any(number is not None and naive_length(number) == size for number, size in numbers)
