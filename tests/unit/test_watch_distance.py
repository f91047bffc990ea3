"""Distances of histograms: their laws, and a naive reading of each."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from validators.watch.distance import CHANCE_Z, chance, distance
from validators.watch.histogram import OTHER, bucket, comparable, histogram, merged

pytestmark = pytest.mark.unit

MEASURES = ["psi", "js"]
each_measure = pytest.mark.parametrize("measure", MEASURES)

sides = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)
pairs = st.integers(1, 12).flatmap(
    lambda size: st.tuples(*[st.lists(st.integers(0, 10**6), min_size=size, max_size=size).filter(any)] * 2)
)
values = st.lists(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e9, 1e9) | st.text(max_size=3),
    max_size=30,
)
cells = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=1), st.integers(1, 1000), min_size=1)


def shares(counts: list[int], half: float) -> list[float]:
    return [(count / sum(counts) + half) / (1 + half * len(counts)) for count in counts]


def naive(measure: str, a: list[int], b: list[int]) -> float:
    """Both from their textbook form: the sum of two Kullback-Leibler divergences."""
    half = 1 / (2 * min(sum(a), sum(b)))
    p, q = shares(a, half), shares(b, half)
    middle = [(x + y) / 2 for x, y in zip(p, q, strict=True)]
    if measure == "psi":
        return kullback_leibler(p, q) + kullback_leibler(q, p)
    return (kullback_leibler(p, middle) + kullback_leibler(q, middle)) / 2


def kullback_leibler(p: list[float], q: list[float]) -> float:
    return sum(x * (math.log(x) - math.log(y)) for x, y in zip(p, q, strict=True))


@each_measure
@given(pair=pairs)
def test_a_distance_is_what_the_textbook_says(measure: str, pair: tuple[list[int], list[int]]) -> None:
    assert distance(*pair, measure).value == pytest.approx(naive(measure, *pair), abs=1e-9)


@each_measure
@given(pair=pairs)
def test_a_distance_is_symmetric_and_not_negative(measure: str, pair: tuple[list[int], list[int]]) -> None:
    there, back = distance(*pair, measure).value, distance(*reversed(pair), measure).value
    assert there == pytest.approx(back, abs=1e-12)
    assert there >= 0
    if measure == "js":
        assert there <= math.log(2) + 1e-12


@each_measure
@given(pair=pairs, times=st.integers(1, 1000))
def test_a_distance_is_zero_only_between_equal_shares(
    measure: str, pair: tuple[list[int], list[int]], times: int
) -> None:
    a, b = pair
    assert distance(a, [times * count for count in a], measure).value == pytest.approx(0, abs=1e-12)
    equal = all(x * sum(b) == y * sum(a) for x, y in zip(a, b, strict=True))
    if not equal and min(sum(a), sum(b)) < 10_000:  # Beyond, floats no longer tell them apart.
        assert distance(a, b, measure).value > 0


@each_measure
@given(pair=pairs)
def test_the_order_of_cells_does_not_matter(measure: str, pair: tuple[list[int], list[int]]) -> None:
    turned = [side[::-1] for side in pair]
    assert distance(*turned, measure).value == pytest.approx(distance(*pair, measure).value, abs=1e-12)


@given(first=values, second=values)
def test_merged_histograms_are_that_of_all_values(first: list[Any], second: list[Any]) -> None:
    apart = histogram(first), histogram(second)
    assert merged(*apart) == histogram([*first, *second]) == merged(*reversed(apart))


@given(value=st.integers(1, 2**63))
def test_a_bucket_holds_its_number(value: int) -> None:
    place = int(bucket(value))
    assert 2 ** (place / 2) * (1 - 1e-9) <= value <= 2 ** ((place + 1) / 2) * (1 + 1e-9)


@given(reference=cells, window=cells, top=st.integers(1, 5))
def test_comparable_cells_hold_every_event_once(
    reference: dict[str, int], window: dict[str, int], top: int
) -> None:
    rows = comparable(reference, window, top)
    names, was, now = zip(*rows, strict=True)
    assert (sum(was), sum(now)) == (sum(reference.values()), sum(window.values()))
    assert len(set(names)) == len(names)
    shuffled = dict(reversed(reference.items())), dict(reversed(window.items()))
    assert comparable(*shuffled, top) == rows
    kept = [row for row in rows if row[0] != OTHER]
    assert all(row[1] / sum(was) * sum(now) >= 5 - 1e-9 for row in kept)
    assert len(kept) <= top


@each_measure
@pytest.mark.parametrize("size", [200, 2_000, 20_000])
def test_chance_alone_does_what_the_noise_floor_says(measure: str, size: int) -> None:
    # Uniform over 12 cells: the mean is that of chi-squared, 11, and hardly a sample in a hundred is above.
    rng, p = np.random.default_rng(7), np.full(12, 1 / 12)
    scale = (1 / size + 1 / 20_000) / (8 if measure == "js" else 1)
    found = [
        distance(rng.multinomial(20_000, p).tolist(), rng.multinomial(size, p).tolist(), measure).value
        for _ in range(500)
    ]
    assert np.mean(found) / scale == pytest.approx(11, rel=0.1)
    assert np.std(found) / scale == pytest.approx(math.sqrt(22), rel=0.15)
    floor = chance(12, size, 20_000, measure)
    assert floor / scale == pytest.approx(11 + CHANCE_Z * math.sqrt(22))
    assert sum(value > floor for value in found) <= 10


def test_a_value_that_is_new_is_seen_among_the_others() -> None:
    reference = Counter({"tv": 900, "phone": 100})
    assert comparable(reference, {"tv": 80, "toaster": 20}, 5) == [
        ("phone", 100, 0),
        ("tv", 900, 80),
        (OTHER, 0, 20),
    ]
