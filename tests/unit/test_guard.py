"""What the guard lets through, against a naive reading that goes row by row."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from online_models.cap import Cap, Counts
from online_models.catalog import MODELS
from online_models.declaration import Declaration
from online_models.examples import Examples
from online_models.guard import Bound, Guard
from tests.learning import planted

pytestmark = pytest.mark.unit

CAP = Cap("member_id", at_most=3, half_life_ms=1_000, bits=20)
BOUNDS = [Bound("dwell", absurd=50.0), Bound("row", absurd=9.0, nothing=True)]
odd = st.sampled_from([None, math.nan, math.inf, -math.inf, 1e300, -51.0, 50.0, 0.0])
rows = st.lists(
    st.tuples(
        st.integers(0, 5_000),
        st.text(max_size=3),
        st.sampled_from([0, 0, 1, 1, 1, math.nan, 7, -1]),
        st.sampled_from(["a", "b", None]),
        st.just(1.0) | odd,
        st.just(None) | odd,
    ),
    max_size=40,
)


@given(st.lists(rows, max_size=4))
@settings(max_examples=60, deadline=None)
def test_what_is_let_through_is_what_a_naive_reading_lets_through(groups: list[list[tuple]]) -> None:  # type: ignore[type-arg]
    guard = Guard(BOUNDS, [CAP])
    refused: Counter[str] = Counter()
    held: dict[object, float] = {}
    until_ms = 0
    for group in groups:
        sound = []
        for row in sorted(group, key=lambda row: (row[0], row[1])):
            dwell, place = (math.nan if x is None else x for x in row[4:])
            if row[2] not in (0, 1):
                refused["no_label"] += 1
            elif not math.isfinite(dwell):
                refused["not_finite"] += 1
            elif abs(dwell) > 50:
                refused["absurd"] += 1
            elif math.isinf(place):
                refused["not_finite"] += 1
            elif abs(place) > 9:
                refused["absurd"] += 1
            else:
                sound.append(row)
        middle_ms = sound[len(sound) // 2][0] if sound else 0
        if middle_ms > until_ms:
            held = {who: count * 0.5 ** ((middle_ms - until_ms) / 1_000) for who, count in held.items()}
            until_ms = middle_ms
        expected = []
        for row in sound:
            if held.get(row[3], 0.0) + 1 <= 3 + 1e-9:
                held[row[3]] = held.get(row[3], 0.0) + 1
                expected.append((row[0], row[2]))
            else:
                refused["member_id_capped"] += 1
        admitted = guard.admit(Examples.of(group, ("member_id",), ("dwell", "row")))
        found = list(zip(admitted.event_time_ms.tolist(), admitted.label.tolist(), strict=True))
        assert found == expected
    assert guard.refused == refused


def test_a_cap_lets_through_what_it_says_over_a_long_time() -> None:
    """One who never rests: `at_most` at once, then ln 2 of it in a half-life."""
    cap = Cap("member_id", at_most=100, half_life_ms=60_000)
    counts, n = Counts(cap), 60_000
    texts = {"member_id": np.full(n, "loud", object)}
    flood = Examples(np.arange(n, dtype=np.int64) * 10, np.ones(n), texts)
    let = sum(np.count_nonzero(counts.below(flood.only(slice(i, i + 100)))) for i in range(0, n, 100))
    assert let == pytest.approx(100 + 100 * math.log(2) * n * 10 / 60_000, rel=0.05)


def test_a_clock_that_is_ahead_changes_no_cap() -> None:
    world = planted(3_000, 2)
    ahead = world.event_time_ms.copy()
    ahead[::100] = 10**15
    honest, mixed = Guard([], [CAP]), Guard([], [CAP])
    for start in range(0, 3_000, 100):
        rows = slice(start, start + 100)
        honest.admit(world.only(rows))
        order = np.argsort(ahead[rows], kind="stable")
        mixed.admit(replace(world, event_time_ms=ahead).only(rows).only(order))
    assert mixed.refused["member_id_capped"] == pytest.approx(honest.refused["member_id_capped"], rel=0.02)


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_texts_without_end_take_no_more_memory(model: Declaration) -> None:
    world = planted(6_000, 1, members=10**9)
    guard = Guard(model.bounds, model.caps)
    for start in range(0, len(world), 500):
        guard.admit(world.only(slice(start, start + 500)))
    for cap in model.caps:
        assert len(guard.state()["counts"][cap.column]["places"]) <= 2**cap.bits
    later = replace(world, event_time_ms=world.event_time_ms + 100 * model.caps[0].half_life_ms)
    guard.admit(later.only(slice(0, 10)))
    assert len(guard.state()["counts"]["member_id"]["places"]) <= 10, "what is long past is forgotten"
