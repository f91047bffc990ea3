"""The short form of `tests/fuzz`: any bytes, one verdict each, and it does not depend on the batch."""

from __future__ import annotations

from itertools import chain

import pytest

from schemas.codec import decode_batch
from schemas.events import EVENT_NAMES, EVENTS
from tests.fuzzing import CHANGES, hold, inputs

pytestmark = pytest.mark.unit

COUNT = 20_000


def test_twenty_thousand_inputs_get_one_verdict_each() -> None:
    tally = hold(seed=1, count=COUNT)
    assert tally.verdicts.total() == COUNT
    assert tally.alone > COUNT / 100
    assert set(tally.verdicts) == {"valid", "warned", "late", "rejected", "duplicate"}
    of_bytes = {"empty_value", "unframed", "unknown_schema", "wrong_event", "malformed"}
    assert of_bytes < set(tally.reasons)
    assert tally.verdicts["rejected"] < 0.9 * COUNT


def test_the_same_seed_gives_the_same_inputs() -> None:
    assert list(inputs(3, 500)) == list(inputs(3, 500)) != list(inputs(4, 500))


def test_inputs_reach_beyond_the_frame() -> None:
    # Of what is changed, a part decodes and differs: otherwise nothing but the decoder would be tried.
    batch = list(chain.from_iterable(inputs(5, 4_000)))
    for event in EVENT_NAMES:
        values = [value for of, value in batch if of == event]
        decoded = decode_batch(EVENTS[event], values)
        assert len(values) / 16 < len(decoded.rows) < len(values)
        assert len(set(decoded.datums)) > len(values) / 16
    assert len(CHANGES) == 8
