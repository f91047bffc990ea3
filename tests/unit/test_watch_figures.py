"""How seldom the shipped watches cry wolf and how soon they see a change: seeded, so that it holds or not.

`python -m tests.bench --only drift` does the same with more streams.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import pytest

from tests.bench.drift import (
    AFTER_EVENTS,
    BEFORE_EVENTS,
    OF_KIND,
    PER_WINDOW,
    RATE,
    SHIFTED,
    TIMES,
    alarms,
    bernoulli,
    fields,
    histograms,
    pinned,
)
from tests.minutes import WATCHES, truth
from tests.worlds import WORLDS

pytestmark = pytest.mark.unit

SHIFT, MEAN = WATCHES["rejected_above_usual"], WATCHES["dwell_mean"]
#: To feed ADWIN event by event takes its time.
QUICK = [name for name, world in WORLDS.items() if world.watch not in (SHIFT.name, MEAN.name)]
#: What is hard to see is not always seen.
SEEN = dict.fromkeys(
    (
        "a slice falls to 20%, 60 a minute",
        "runtimes 1.2 times, 100 a minute",
        # At night it has too few events.
        "nulls of a version 2% to 12%, 50 a minute",
    ),
    0.8,
)


def test_a_stable_share_raises_no_alarm() -> None:
    assert [alarms(SHIFT, bernoulli(seed, (20_000, RATE))) for seed in range(3)] == [[]] * 3


def test_a_share_that_doubles_is_seen_within_a_thousand_events() -> None:
    raised = [alarms(SHIFT, bernoulli(s, (BEFORE_EVENTS, RATE), (3_000, SHIFTED))) for s in range(3)]
    delays = [places[0] * PER_WINDOW - BEFORE_EVENTS for places in raised]
    assert all(delay > 0 for delay in delays)
    assert median(delays) <= 1_000


def test_a_stable_field_raises_no_alarm() -> None:
    assert [alarms(MEAN, fields(seed, (20_000, 1.0))) for seed in range(3)] == [[]] * 3


@pytest.mark.parametrize("times", [TIMES, 1 / TIMES])
def test_a_field_that_moves_is_seen_within_two_thousand_events(times: float) -> None:
    raised = [alarms(MEAN, fields(s, (BEFORE_EVENTS, 1.0), (3_000, times))) for s in range(3)]
    delays = [places[0] * PER_WINDOW - BEFORE_EVENTS for places in raised]
    assert all(0 < delay <= 2_000 for delay in delays)


def test_a_field_that_moves_by_less_than_the_bound_raises_no_alarm() -> None:
    assert alarms(MEAN, fields(1, (BEFORE_EVENTS, 1.0), (AFTER_EVENTS, 1.15))) == []


@pytest.mark.parametrize("n", [200, 2_000])
@pytest.mark.parametrize("kind", OF_KIND)
def test_a_stable_distribution_raises_no_alarm(kind: str, n: int) -> None:
    assert [alarms(pinned(OF_KIND[kind]), histograms(kind, seed, n, 100)) for seed in range(3)] == [[]] * 3


@pytest.mark.parametrize("kind", OF_KIND)
def test_a_distribution_that_differs_is_seen_in_the_second_window(kind: str) -> None:
    watch = pinned(OF_KIND[kind])
    assert [alarms(watch, histograms(kind, s, 2_000, 5, moved=3)) for s in range(3)] == [[8]] * 3


@pytest.mark.parametrize("name", QUICK)
def test_what_goes_wrong_is_seen_and_nothing_else(name: str) -> None:
    world = WORLDS[name]
    found = truth(replace(world, days=world.quiet_days + 5), range(1))
    assert found.episodes >= 5
    assert found.precision == 1
    assert found.recall >= SEEN.get(name, 0.9)
