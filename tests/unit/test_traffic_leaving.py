"""Members who leave: they come less and less, then no more, and the truth says when."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from headwater.traffic.leaving import Leaving, leaving
from headwater.traffic.population import World, make_world
from headwater.traffic.sessions import events

pytestmark = pytest.mark.unit

START_MS, SECONDS = 1_780_000_000_000, 1_200
WORLD = make_world(Random(1), members=900, titles=50)
IDS = [member.member_id for member in WORLD.members]
REGULARS = IDS[:450]


def visits(world: World) -> list[tuple[str, float]]:
    """Who began a session, and after how many seconds."""
    seen: dict[str, tuple[str, float]] = {}
    for _, record in events(world, 60, SECONDS, START_MS, 1):
        at_s = (record["event_time"] - START_MS) / 1_000
        seen.setdefault(record["session_id"], (record["member_id"], at_s))
    return list(seen.values())


def test_who_has_left_begins_no_session_and_before_that_fewer() -> None:
    gone = leaving(Random(2), IDS, 0.4, SECONDS)
    assert 0.3 < len(gone.leaves_s) / len(IDS) < 0.5
    found = visits(replace(WORLD, leaving=gone))
    left = [gone.leaves_s[member] - at_s for member, at_s in found if member in gone.leaves_s]
    # A session is told from its first event on, which comes a gap or two after it began.
    assert min(left) > -60
    assert min(left[100:]) > -60
    fading = sum(0 < s < gone.fades_s for s in left)
    before = sum(gone.fades_s < s < 2 * gone.fades_s for s in left)
    assert fading < 0.8 * before


def test_some_come_more_often_than_others() -> None:
    keen = dict.fromkeys(REGULARS, 1.0) | dict.fromkeys(IDS[450:], 0.25)
    times = Counter(
        member in REGULARS for member, _ in visits(replace(WORLD, leaving=Leaving(keen, {}, 1.0)))
    )
    assert times[True] > 2 * times[False]


def test_the_same_seed_says_the_same() -> None:
    assert leaving(Random(3), IDS, 0.3, 60) == leaving(Random(3), IDS, 0.3, 60)
    assert not leaving(Random(3), IDS, 0.0, 60).leaves_s
