"""Violations are counted once each, in whatever order and however often they are told."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.monitor.tally import Tally
from schemas.quality import Violation
from schemas.topics import MINUTE_MS

pytestmark = pytest.mark.unit

few = st.sampled_from("ab")
violations = st.builds(
    Violation,
    few,
    few,
    few,
    st.integers(0, 3 * MINUTE_MS),
    few,
    *(st.just(1.0),) * 2,
    st.just(1),
    st.just(""),
)


@given(first=st.lists(violations), second=st.lists(violations), before_ms=st.integers(0, 4 * MINUTE_MS))
def test_a_violation_counts_once(first: list[Violation], second: list[Violation], before_ms: int) -> None:
    tally, told = Tally(), {}
    for batch in (first, first + second):
        for violation in batch:
            tally.take(violation)
        told |= tally.grown()
    naive = Counter((v.at_ms // MINUTE_MS * MINUTE_MS, v.rule, v.event) for v in {*first, *second})
    assert told == naive
    assert tally.grown() == {}
    tally.forget(before_ms)
    for violation in second:
        tally.take(violation)
    assert set(tally.grown()) <= {key for key in naive if key[0] < before_ms}
