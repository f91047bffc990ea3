"""The monitor over hours of made-up counts: what it tells, and that a restart changes nothing of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from random import Random

import pytest

from headwater.consumers import MODELS
from headwater.monitor.board import Board
from headwater.monitor.judge import FORGOTTEN_MS, Judge
from headwater.monitor.run import BEHIND_MS, GRACE_MS, begin, due, pass_on
from schemas.quality import Alert, Cell, Condition, Count
from schemas.topics import MINUTE_MS
from tests.doubles import Kept
from validators.watch import catalog
from validators.watch.declare import Watch

pytestmark = pytest.mark.unit

START_MS = 1_780_000_020_000 // MINUTE_MS * MINUTE_MS
COUNTRIES = {"US": 0.6, "BR": 0.4}
WATCHES = catalog.load()
#: Without those that take a second an hour.
QUICK = tuple(watch for watch in WATCHES if watch.kind != "mean_shift")
QUIET = 40
NAME = "rejected_share/play"


class Counted:
    """Progress up to a time, or up to any."""

    def __init__(self, until_ms: int | None = None) -> None:
        self._until_ms = until_ms

    def counted(self, until_ms: int) -> bool:
        return self._until_ms is None or until_ms <= self._until_ms


def nothing(_: int) -> None:
    """All has been read."""


def minute(
    rng: Random, at: int, rejected: float = 0.01, without: str = "", event: str = "play"
) -> Iterator[Count]:
    """A minute of plays from two countries, some of them rejected, or none from a country."""
    minute_ms = START_MS + at * MINUTE_MS
    total = {"valid": 0, "rejected": 0}
    for country, share in COUNTRIES.items():
        n = 0 if country == without else int(2_000 * share * rng.uniform(0.95, 1.05))
        bad = int(n * rejected * rng.uniform(0.9, 1.1))
        for verdict, of in (("valid", n - bad), ("rejected", bad)):
            total[verdict] += of
            reasons = "country_iso" if verdict == "rejected" else ""
            if of:
                yield Count(minute_ms, "play", "country", country, verdict, reasons, of)
    for verdict, of in total.items():
        reasons = "country_iso" if verdict == "rejected" else ""
        if of:
            yield Count(minute_ms, "play", "all", "", verdict, reasons, of)


def run(minutes: list[list[Count]], judge: Judge, kept: Kept, first: int = 0) -> None:
    board = Board()
    for at, counts in enumerate(minutes):
        for count in counts:
            board.take(count)
        if at >= first:
            pass_on(board, judge, kept, Counted(), nothing, START_MS + (at + 1) * MINUTE_MS + GRACE_MS)


def begun(watches: tuple[Watch, ...] = QUICK) -> Judge:
    return Judge(watches, judged_ms=START_MS)


def alerts(kept: Kept) -> list[tuple[str, str, str]]:
    return [(a.rule, f"{a.slice}:{a.value}", a.state) for a in kept.told if isinstance(a, Alert)]


def story(seed: int, bad_from: int, bad_until: int, total: int, **trouble: object) -> list[list[Count]]:
    rng = Random(seed)
    return [
        list(minute(rng, at, **(trouble if bad_from <= at < bad_until else {})))  # type: ignore[arg-type]
        for at in range(total)
    ]


def test_nothing_is_told_of_ordinary_hours() -> None:
    kept = Kept()
    run(story(1, 0, 0, 90), begun(WATCHES), kept)
    assert kept.told == []
    assert kept.standing == ([], [])


def test_a_rule_that_rejects_everything_trips_a_breaker_that_closes_by_itself() -> None:
    kept = Kept()
    run(story(2, QUIET, QUIET + 20, 90, rejected=1.0), begun(), kept)
    told = [
        (c.name, c.open, (c.since_ms - START_MS) // MINUTE_MS) for c in kept.told if isinstance(c, Condition)
    ]
    assert [(name, is_open) for name, is_open, _ in told] == [
        ("rejected_share/play", True),
        ("rejected_share/play", False),
    ]
    assert QUIET < told[0][2] <= QUIET + 4
    assert QUIET + 20 <= told[1][2] <= QUIET + 30
    (broken,) = (c for c in kept.told if isinstance(c, Condition) and c.open)
    assert "member_activity" in broken.features
    assert set(broken.models) == {*MODELS}  # All of them learn from plays.
    assert kept.standing[0] == []


def test_a_country_that_falls_silent_is_told_and_its_return_too() -> None:
    kept = Kept()
    run(story(3, QUIET, QUIET + 30, 90, without="BR"), begun(), kept)
    silent = [told for told in alerts(kept) if told[0] == "slice_silent"]
    assert silent == [("slice_silent", "country:BR", "raised"), ("slice_silent", "country:BR", "cleared")]


def test_a_whole_event_type_that_falls_silent_is_told_once() -> None:
    minutes = [*story(4, 0, 0, QUIET), *([],) * 20]
    kept = Kept()
    run(minutes, begun(), kept)
    assert [told for told in alerts(kept) if "silent" in told[0]] == [("event_silent", "all:", "raised")]


@pytest.mark.parametrize("restart", [10, QUIET + 3, QUIET + 8])
def test_a_restart_changes_nothing_of_what_is_told(restart: int) -> None:
    minutes = story(5, QUIET, QUIET + 10, 65, rejected=0.5)
    whole, parted = Kept(), Kept()
    run(minutes, begun(WATCHES), whole)
    run(minutes[:restart], begun(WATCHES), parted)
    run(minutes, Judge.from_json(WATCHES, parted.state), parted, first=restart)
    assert parted.told == whole.told
    assert len(whole.told) > 3
    assert parted.standing == whole.standing


@pytest.mark.parametrize("now", [{"severity": "alert"}, {"name": "renamed"}, {"on": ("hover",)}], ids=str)
def test_a_condition_does_not_outlive_what_its_watch_was(now: dict[str, object]) -> None:
    (hard,) = (watch for watch in WATCHES if watch.name == "rejected_share")
    kept = Kept()
    minutes = story(9, 0, 10, 12, rejected=0.5)
    run(minutes[:10], begun((hard,)), kept)
    assert [c.open for c in kept.standing[1]] == [True]
    other = Judge.from_json([hard.model_copy(update=now)], kept.state)
    run(minutes, other, kept, first=10)
    assert [c.open for c in kept.told if isinstance(c, Condition) and c.name == NAME] == [True, False]
    assert [c.open for c in kept.standing[1] if c.name == NAME] == [False]


def test_a_minute_waits_until_it_has_been_counted() -> None:
    end_ms = START_MS + MINUTE_MS
    assert due(START_MS, end_ms + GRACE_MS - 1, Counted()) is None
    assert due(START_MS, end_ms + GRACE_MS, Counted()) == end_ms
    assert due(START_MS, end_ms + GRACE_MS, Counted(until_ms=end_ms)) == end_ms
    assert due(START_MS, end_ms + GRACE_MS, Counted(until_ms=end_ms - 1)) is None


def test_a_minute_that_was_counted_is_judged_when_all_of_it_has_been_read() -> None:
    kept, judge, board, minutes = Kept(), begun(), Board(), story(12, 0, 0, QUIET)
    for at, counts in enumerate(minutes):

        def read(_: int, rest: list[Count] = counts) -> None:
            for count in rest:
                board.take(count)

        if at < QUIET - 5:
            read(0)
        pass_on(board, judge, kept, Counted(), read, START_MS + (at + 1) * MINUTE_MS + GRACE_MS)
    assert kept.told == []


def test_jobs_that_do_not_count_are_told_of_once_and_no_traffic_is_called_silent() -> None:
    kept, judge, minutes = Kept(), begun(), story(6, 0, 0, QUIET)
    run(minutes, judge, kept)
    for late_ms in (0, BEHIND_MS - GRACE_MS, BEHIND_MS + 1, 2 * BEHIND_MS):
        pass_on(Board(), judge, kept, Counted(until_ms=0), nothing, START_MS + QUIET * MINUTE_MS + late_ms)
    assert alerts(kept) == [("audit_behind", "all:", "raised")]
    run(minutes[:1], judge, kept)
    assert [told[2] for told in alerts(kept)] == ["raised", "cleared"]
    assert kept.standing[0] == []


def test_a_field_that_goes_null_is_seen_in_the_histograms() -> None:
    watches = tuple(w for w in WATCHES if w.name == "version_null")
    kept, board, judge = Kept(), Board(), begun(watches)
    for at in range(180):
        nulls = 800 if at >= 120 else 8
        for bucket, n in (("8.12.0", 1_000 - nulls), ("null", nulls)):
            board.take(Cell(START_MS + at * MINUTE_MS, "play", "app_version", "all", "", bucket, n))
        board.take(Count(START_MS + at * MINUTE_MS, "play", "all", "", "valid", "", 8_000))
        pass_on(board, judge, kept, Counted(), nothing, START_MS + (at + 1) * MINUTE_MS + GRACE_MS)
    assert alerts(kept) == [("version_null", "all:", "raised")]


def test_a_version_that_is_no_more_is_forgotten_in_the_end() -> None:
    kept, judge = Kept(), begun()
    run(story(7, 0, 0, 3), judge, kept)
    held = json.dumps(judge.to_json())
    assert '"BR"' in held
    board = Board()
    judge.minute(board, START_MS + FORGOTTEN_MS)
    assert '"BR"' in json.dumps(judge.to_json())
    judge.minute(board, START_MS + FORGOTTEN_MS + 4 * MINUTE_MS)
    assert '"BR"' not in json.dumps(judge.to_json())


def test_events_of_which_no_country_is_known_are_not_a_country() -> None:
    kept = Kept()
    run(
        [
            [*counts, Count(START_MS + at * MINUTE_MS, "play", "country", "", "rejected", "malformed", 900)]
            for at, counts in enumerate(story(8, 0, 0, 6))
        ],
        begun(),
        kept,
    )
    assert alerts(kept) == []


@pytest.mark.parametrize("away", [2, 70, 600])
def test_a_monitor_that_was_away_sees_the_first_window_whole(away: int) -> None:
    kept, total = Kept(), QUIET + away
    minutes = story(10, 0, 0, total)
    run(minutes[:QUIET], begun(), kept)
    judge = Judge.from_json(QUICK, kept.state)
    from_ms = begin(judge, START_MS + total * MINUTE_MS + GRACE_MS)
    board = Board()
    for count in chain(*minutes):
        if count.minute_ms >= from_ms:
            board.take(count)
    pass_on(board, judge, kept, Counted(), nothing, START_MS + total * MINUTE_MS + GRACE_MS)
    assert judge.judged_ms == START_MS + total * MINUTE_MS
    assert kept.told == []


def test_a_long_window_is_kept_in_mind() -> None:
    (rejected,) = (watch for watch in WATCHES if watch.name == "rejected_share")
    long = rejected.model_copy(update={"window_s": 3 * 3_600, "least": 200_000})
    kept = Kept()
    run([list(minute(Random(11), at, rejected=0.5)) for at in range(183)], begun((long,)), kept)
    assert alerts(kept) == [("rejected_share", "all:", "raised")]
