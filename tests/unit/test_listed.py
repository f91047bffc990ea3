"""What features over items promise: what is exact, how far off the rest may be, and what is refused."""

from __future__ import annotations

import math
from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.before import Before
from features.extremes import Min
from features.quantile import Quantile
from features.recent import LastK
from features.top import TopK
from features.view import View
from serving import FeatureReader
from sinks.memory import MemoryTiles
from tests.lists import HOUR_MS, NOW_MS, TILES, bucketed, distinct, quantile, read
from tests.reading import event
from tests.tiles import write_all

pytestmark = pytest.mark.unit


def top(k: int, keep: int) -> TopK:
    return TopK("top", of="title_id", on="play", window="4h", tile="1h", k=k, keep=keep)


played = st.dictionaries(
    st.tuples(st.sampled_from(TILES), st.sampled_from("abcdefgh")), st.integers(1, 5), max_size=20
)


@given(counts=played, keep=st.integers(1, 8))
def test_the_counts_of_a_top_are_too_low_by_what_full_tiles_have_forgotten(
    counts: dict[tuple[int, str], int], keep: int
) -> None:
    truth: Counter[str] = Counter()
    bound = 0
    for tile in TILES:
        in_tile = sorted((n for (t, _), n in counts.items() if t == tile), reverse=True)
        bound += in_tile[keep - 1] if len(in_tile) > keep else 0
    for (_, item), n in counts.items():
        truth[item] += n
    found = read(top(keep, keep), [(tile, item, n) for (tile, item), n in counts.items()])["top"][0]
    for item, count in found[found["count"] > 0].tolist():
        assert truth[item] - bound <= count <= truth[item]
    if not bound:
        expected = sorted(((n, item) for item, n in truth.items()), reverse=True)[:keep]
        assert [(n, item) for item, n in found.tolist() if item] == expected


@pytest.mark.parametrize("keep", [16, 64, 256])
def test_the_number_of_different_items_is_exact_below_what_is_kept(keep: int) -> None:
    for n in (0, 1, keep - 1):
        rows = [(TILES[i % 4], f"t{i}", 1) for i in range(n)] * 2
        assert read(distinct(keep), rows)["distinct"].tolist() == [n]


@pytest.mark.parametrize("keep", [16, 64])
def test_the_number_of_different_items_errs_no_more_than_it_says(keep: int) -> None:
    """Over 100 seeds, each of 600 titles of which half are in two tiles."""
    n, standard, errors = 600, 1 / math.sqrt(keep - 2), []
    for seed in range(100):
        titles = [f"{seed}-{i}" for i in range(n)]
        rows = [(TILES[i % 4], title, 1) for i, title in enumerate(titles)]
        rows += [(TILES[(i + 1) % 4], title, 1) for i, title in enumerate(titles[: n // 2])]
        errors.append(read(distinct(keep), rows)["distinct"][0] / n - 1)
    assert abs(np.mean(errors)) < standard / 3
    assert np.sqrt(np.mean(np.square(errors))) < 1.2 * standard
    assert max(map(abs, errors)) < 4 * standard


@given(items=st.lists(st.tuples(st.sampled_from(TILES), st.integers(0, 60)), max_size=80))
def test_different_items_are_counted_alike_however_they_lie_in_tiles(items: list[tuple[int, int]]) -> None:
    spread = read(distinct(8), [(tile, f"t{item}", 1) for tile, item in items])
    together = read(distinct(8), [(TILES[0], f"t{item}", 1) for _, item in items])
    assert spread["distinct"].tolist() == together["distinct"].tolist()


@pytest.mark.parametrize("error", [0.005, 0.02, 0.2])
@given(
    values=st.lists(st.tuples(st.sampled_from(TILES), st.floats(0.01, 1e8)), min_size=1, max_size=60),
    q=st.lists(st.floats(0, 1), min_size=1, max_size=3, unique_by=lambda q: f"{q * 100:g}"),
)
def test_a_quantile_is_as_near_as_it_says(
    error: float, values: list[tuple[int, float]], q: list[float]
) -> None:
    feature = quantile(*q, error=error)
    found = read(feature, bucketed(feature, values))
    order = sorted(min(max(value, 1), 1e6) for _, value in values)
    for name, share in zip(feature.value_names, q, strict=True):
        exact = order[math.floor(share * (len(order) - 1))]
        assert abs(found[name][0] - exact) <= error * exact * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_a_quantile_of_many_values_is_as_near_as_it_says(seed: int) -> None:
    rng, feature = Random(seed), quantile(0.01, 0.5, 0.9, 0.999)
    values = [(rng.choice(TILES), rng.lognormvariate(7, 2)) for _ in range(20_000)]
    found = read(feature, bucketed(feature, values))
    order = sorted(min(max(value, 1), 1e6) for _, value in values)
    for name, q in zip(("ms_p1", "ms_p50", "ms_p90", "ms_p99_9"), feature.q, strict=True):
        assert found[name][0] == pytest.approx(order[math.floor(q * (len(order) - 1))], rel=0.02)


def test_a_number_rides_along_with_the_newest_event_of_an_item() -> None:
    feature = LastK(
        "seen", of="title_id", on="pause", window="4h", k=2, with_="position_ms * 1E0 / runtime_ms"
    )
    rows = [(0, item, f"{NOW_MS - ago_ms:015}{share:018}") for item, ago_ms, share in (
        ("é", 3, 250_000), ("é", 2, 750_000), ("b", 2, 1_000_000), ("c", 9, 0), ("d", 4 * HOUR_MS, 1)
    )]  # fmt: skip
    (found,) = read(feature, rows)["seen"]
    assert found.tolist() == [("b", NOW_MS - 2, 1.0), ("é", NOW_MS - 2, 0.75)]
    (later,) = read(feature, rows, NOW_MS + 4 * HOUR_MS - 2)["seen"]
    assert later["item"].tolist() == ["", ""]


@pytest.mark.parametrize(("played_ago_min", "expected"), [((), 4), ((10,), 2), ((30, 10), 1), ((40,), 0)])
def test_what_came_before_something_is_counted_up_to_what_is_kept(
    played_ago_min: tuple[int, ...], expected: int
) -> None:
    first = Min("first_ms", of="event_time", on="play")
    before = Before("early", "event_time", "search", "1h", before="first_ms", k=4)
    view = View(
        "v", ("session_id",), ("search", "play"), {"1h": "60s"}, (first, before), 60, "For this test."
    )
    ago_min = [("search", 35), ("search", 12), ("search", 9), ("search", 8), ("search", 7), ("search", 35)]
    events = [
        event(name, NOW_MS - m * 60_000) for name, m in [*ago_min, *(("play", m) for m in played_ago_min)]
    ]
    for order in (events, events[::-1], events * 2):
        store = MemoryTiles()
        for upto in range(len(order)):
            write_all(store, view, order[: upto + 1])
        found = FeatureReader(store).read(view, ["s1"], NOW_MS).values["early"]
        assert found.tolist() == [expected]


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: top(5, 4), "top: k is 5, keep 4"),
        (lambda: top(0, 4), "top: k is 0"),
        (lambda: distinct(2), "distinct: keep is 2"),
        (lambda: quantile(), "ms: q is"),
        (lambda: quantile(1.5), "ms: q is"),
        (lambda: quantile(0.5, error=0), "ms: error is 0; it must be"),
        (lambda: quantile(0.5, error=1e-4), "ms: error is 0.0001: 69,079 buckets"),
        (lambda: Quantile("ms", "a", "play", "4h", tile="1h", q=(0.5,), least=0, most=1), "ms: it must be"),
        (lambda: TopK("top", "a", "play", "4h", tile="3h", k=1, keep=1), "top: window 4h is no multiple"),
        (lambda: LastK("last", "a", "play", "4h", k=0), "last: k is 0"),
        (lambda: Before("early", "event_time", "play", "4h", before="a", k=0), "early: k is 0"),
        (lambda: LastK("last", "a", "play", "4 hours", k=1), "is no duration"),
    ],
)
def test_what_cannot_be_is_refused_by_name(make: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        make()
