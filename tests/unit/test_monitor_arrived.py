"""How many events partitions got, by offsets, and the watch of one that falls silent."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flink_jobs.stretches import Places
from headwater.monitor.arrived import Arrived
from headwater.monitor.board import Board
from headwater.monitor.judge import Judge
from schemas.quality import PARTITION, Alert, Count
from schemas.topics import MINUTE_MS
from validators.watch import catalog

pytestmark = pytest.mark.unit

START_MS = 1_780_272_000_000
BACK_MS = 5 * MINUTE_MS
WATCHES = tuple(watch for watch in catalog.load() if watch.kind == "silence")
PER_MINUTE, PARTITIONS = 100, 4

Stamps = list[list[int]]


def offsets(stamps: Stamps, first: int = 0) -> Arrived:
    """Arrived from partitions of `events.play` whose records were stamped at these times, in order."""

    def places(at_ms: int) -> Places:
        return {("events.play", p): first + bisect_left(times, at_ms) for p, times in enumerate(stamps)}

    return Arrived(places, BACK_MS)


@given(
    stamps=st.lists(st.lists(st.integers(0, 20 * MINUTE_MS - 1)).map(sorted), min_size=1, max_size=3),
    asked=st.lists(st.integers(6, 20), min_size=1).map(lambda minutes: sorted({*minutes, 20})),
    first=st.integers(0, 10**12),
)
def test_every_record_counts_once_in_its_minute_however_often_is_asked(
    stamps: Stamps, asked: list[int], first: int
) -> None:
    arrived = offsets(stamps, first)
    told = [count for minute in asked for count in arrived.until(minute * MINUTE_MS)]
    # What lies further back than a window when it is first asked, or asked after a pause, is not told.
    since = [max(m - 5, before) for m, before in zip(asked, [0, *asked[:-1]], strict=True)]
    minutes = [m for begin, end in zip(since, asked, strict=True) for m in range(begin, end)]
    naive = Counter((ms // MINUTE_MS, str(p)) for p, times in enumerate(stamps) for ms in times)
    assert {(c.minute_ms // MINUTE_MS, c.value): c.n for c in told} == {
        key: n for key, n in naive.items() if key[0] in minutes
    }
    assert {(c.event, c.slice, c.verdict, c.reasons) for c in told} <= {("play", PARTITION, "", "")}
    assert len(told) == len({(c.minute_ms, c.value) for c in told})


def test_a_topic_that_was_emptied_has_no_fewer_than_no_events() -> None:
    places = iter([{("events.play", 0): 900}, {("events.play", 0): 3}, {("events.play", 0): 5}])
    arrived = Arrived(lambda _: next(places), MINUTE_MS)
    assert arrived.until(MINUTE_MS) == []
    assert [count.n for count in arrived.until(2 * MINUTE_MS)] == [2]


def world(silent: dict[int, range], minutes: int) -> Stamps:
    """Partitions of so many events a minute, more or less, but for the silent minutes of some."""
    rng = Random(7)
    return [
        sorted(
            START_MS + minute * MINUTE_MS + rng.randrange(MINUTE_MS)
            for minute in range(minutes)
            if minute not in silent.get(partition, range(0))
            for _ in range(rng.randint(PER_MINUTE // 2, PER_MINUTE * 3 // 2))
        )
        for partition in range(PARTITIONS)
    ]


def told(stamps: Stamps, minutes: int, restart: int = -1) -> list[tuple[str, str, str, int]]:
    """Alerts by rule, partition, state and minute, of a monitor that is started anew in a minute."""
    board, arrived, judge = Board(), offsets(stamps), Judge(WATCHES, judged_ms=START_MS)
    found = []
    for minute in range(1, minutes + 1):
        if minute == restart:
            board, arrived, judge = Board(), offsets(stamps), Judge.from_json(WATCHES, judge.to_json())
        at_ms = START_MS + minute * MINUTE_MS
        counts = arrived.until(at_ms)
        whole = Counter({c.minute_ms: 0 for c in counts})
        for count in counts:
            whole[count.minute_ms] += count.n
            board.take(count)
        for minute_ms, n in whole.items():
            board.take(Count(minute_ms, "play", "all", "", "valid", "", n))
        news = [each for each in judge.minute(board, at_ms) if isinstance(each, Alert)]
        found += [(each.rule, each.value, each.state, minute) for each in news]
    return found


@pytest.mark.parametrize("restart", [-1, 10, 42, 60])
def test_a_partition_that_falls_silent_is_told_and_its_return_too(restart: int) -> None:
    rule, raised, cleared = "partition_silent", 40 + 5, 60 + 7
    found = told(world({2: range(40, 60)}, 90), 90, restart)
    assert [each[:3] for each in found] == [(rule, "2", "raised"), (rule, "2", "cleared")]
    assert 40 < found[0][3] <= raised
    assert 60 < found[1][3] <= cleared


def test_nothing_is_told_of_partitions_that_go_on_nor_of_each_when_all_fall_silent() -> None:
    assert told(world({}, 90), 90) == []
    everywhere = dict.fromkeys(range(PARTITIONS), range(40, 90))
    assert [each[:3] for each in told(world(everywhere, 90), 90)] == [("event_silent", "", "raised")]
