"""A million inputs that no producer should send, through decoding and judging. Run with `make soak`."""

from __future__ import annotations

import time

import pytest

from tests.fuzzing import hold, told

pytestmark = pytest.mark.soak

COUNT = 1_000_000
SEED = 1


def test_a_million_inputs_get_one_verdict_each() -> None:
    began_s = time.monotonic()
    tally = hold(SEED, COUNT)
    print(f"\nseed {SEED}: {told(tally, time.monotonic() - began_s)}")
    assert tally.verdicts.total() == COUNT
