"""The seasonal baseline: what it learns, what it does not follow, and what it accepts in the end."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.minutes import DAY_MS, START_MS, WATCHES, season
from validators.watch.declare import Volume
from validators.watch.finding import Finding, Seen
from validators.watch.volume import HOUR_MS, HOURS, Season, update

pytestmark = pytest.mark.unit

MINUTE_MS = 60_000
DAYS = 9
_VOLUME = WATCHES["volume_unusual"]
assert isinstance(_VOLUME, Volume)
WATCH: Volume = _VOLUME


def usual(at_ms: int) -> float:
    return 1_000 * season(at_ms)


def after(
    start: Season, from_ms: int, minutes: int, rate: Callable[[int], float], seed: int = 0
) -> tuple[Season, list[Finding]]:
    """The season after so many more minutes at a rate, and what was said of them."""
    rng, found = np.random.default_rng(seed), []
    for at_ms in range(from_ms + MINUTE_MS, from_ms + minutes * MINUTE_MS + 1, MINUTE_MS):
        start, finding = update(WATCH, start, Seen("play", "all", "", at_ms, int(rng.poisson(rate(at_ms)))))
        found.append(finding)
    return start, found


@pytest.fixture(scope="module")
def learnt() -> Season:
    """What was learnt in nine sound days."""
    known, found = after(Season(), START_MS, DAYS * 1440, usual)
    assert [f.failing for f in found[:1440]] == [None] * 1440
    assert {f.failing for f in found[1440:]} == {False}
    return known


NOW_MS = START_MS + DAYS * DAY_MS


def test_an_hour_is_learnt_as_it_is(learnt: Season) -> None:
    for hour in range(START_MS // HOUR_MS, START_MS // HOUR_MS + HOURS):
        expected = learnt.expected(hour)
        assert expected is not None
        assert expected == pytest.approx(usual(hour * HOUR_MS + HOUR_MS // 2), rel=0.1)


@pytest.mark.parametrize("times", [0, 0.1, 10, 1_000])
def test_an_hour_of_anomalies_is_seen_and_changes_nothing(learnt: Season, times: float) -> None:
    odd, found = after(learnt, NOW_MS, 60, lambda at_ms: times * usual(at_ms))
    assert all(f.failing for f in found)
    odd, back = after(odd, NOW_MS + HOUR_MS, 120, usual)
    assert not any(f.failing for f in back)
    calm, _ = after(learnt, NOW_MS, 180, usual)
    for hour in range(HOURS):
        if hour == (NOW_MS // HOUR_MS) % HOURS:  # In the calm world it was learnt once more.
            assert odd.usual[hour] == learnt.usual[hour]
        else:
            assert odd.usual[hour] == pytest.approx(calm.usual[hour], rel=0.01)


@settings(max_examples=20)
@given(
    times=st.lists(st.sampled_from([0.0, 0.05, 0.3, 3.0, 30.0]), min_size=1, max_size=20),
    seed=st.integers(0, 2**20),
)
def test_no_scattered_anomalies_drag_it(learnt: Season, times: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = dict(zip(rng.choice(180, len(times), replace=False).tolist(), times, strict=True))
    disturbed, _ = after(
        learnt, NOW_MS, 180, lambda at: places.get((at - NOW_MS) // MINUTE_MS - 1, 1.0) * usual(at)
    )
    for hour in range(HOURS):
        assert disturbed.usual[hour] == pytest.approx(learnt.usual[hour], rel=0.05)


def test_a_level_that_stays_is_accepted_for_all_hours(learnt: Season) -> None:
    tripled, found = after(learnt, NOW_MS, WATCH.accept_after + 60, lambda at_ms: 3 * usual(at_ms))
    assert all(f.failing for f in found[: WATCH.accept_after])
    assert not any(f.failing for f in found[WATCH.accept_after :])
    for before, now in zip(learnt.usual, tripled.usual, strict=True):
        assert before is not None
        assert now == pytest.approx(3 * before, rel=0.1)


def test_no_traffic_is_never_accepted(learnt: Season) -> None:
    dead, found = after(learnt, NOW_MS, 2 * WATCH.accept_after, lambda _: 0)
    assert all(f.failing for f in found)
    assert dead.usual == pytest.approx(learnt.usual, rel=0.01)


def test_missing_minutes_are_not_judged(learnt: Season) -> None:
    later_ms = NOW_MS + 30 * DAY_MS + MINUTE_MS
    known, finding = update(WATCH, learnt, Seen("play", "all", "", later_ms, round(usual(later_ms))))
    assert finding.failing is False
    assert known.usual[(NOW_MS // HOUR_MS - 1) % HOURS] == pytest.approx(
        learnt.usual[(NOW_MS // HOUR_MS - 1) % HOURS], rel=0.05
    )


def test_a_message_says_which_way(learnt: Season) -> None:
    at_ms = NOW_MS + MINUTE_MS
    expected = learnt.expected(at_ms // HOUR_MS)
    assert expected is not None
    _, more = update(WATCH, learnt, Seen("play", "all", "", at_ms, 10_000))
    _, none = update(WATCH, learnt, Seen("play", "all", "", at_ms, 0))
    assert more.message.startswith(f"10,000 events instead of {expected:,.0f}, ")
    assert more.message.endswith("times more, above 2.0")
    assert none.message.endswith("times fewer, above 2.0")
    assert math.isclose(none.measured, 2 * expected)
