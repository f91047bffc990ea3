"""Watches of fields, when the events that have the field end."""

from __future__ import annotations

import pytest

from headwater.monitor.board import Board
from headwater.monitor.judge import Judge
from schemas.quality import NULL, Alert, Cell
from schemas.topics import MINUTE_MS
from validators.watch import catalog
from validators.watch.declare import Drift, FieldShift, Nulls, OfField

pytestmark = pytest.mark.unit

#: A whole hour.
START_MS = 1_780_272_000_000
WATCHES = tuple(watch for watch in catalog.load() if isinstance(watch, Nulls | Drift))
N = 3_000
USUAL, OTHER, NONE = {"a": N, NULL: N // 100}, {"b": N, NULL: N}, dict[str, int]()

by_watch = pytest.mark.parametrize("watch", WATCHES, ids=lambda watch: watch.name)


def told(watch: OfField, windows: list[dict[str, int]], judge: Judge) -> list[tuple[str, str, int]]:
    """Which alerts are told of windows like these, and by which of them."""
    board, found = Board(), []
    for at, cells in enumerate(windows, 1):
        at_ms = START_MS + at * watch.window_ms
        for event in watch.events:
            for bucket, n in cells.items():
                board.take(Cell(at_ms - MINUTE_MS, event, watch.field, "all", "", bucket, n))
        news = judge.minute(board, at_ms)
        found += [(news.event, news.state, at) for news in news if isinstance(news, Alert)]
    return found


@by_watch
def test_an_alert_is_cleared_when_its_events_end(watch: Nulls | Drift) -> None:
    usual, bad = watch.learn + 2, watch.raise_after
    windows = [USUAL] * usual + [OTHER] * bad + [NONE] * watch.forget_after
    found = told(watch, windows, judge := Judge([watch], judged_ms=START_MS))
    assert sorted(found) == sorted(
        (event, state, at)
        for state, at in (("raised", usual + bad), ("cleared", len(windows)))
        for event in watch.events
    )
    assert judge.raised == {}


@by_watch
@pytest.mark.parametrize("pause", [1, 30])
def test_windows_without_events_teach_nothing(watch: Nulls | Drift, pause: int) -> None:
    def learnt(windows: list[dict[str, int]]) -> list[dict[str, object]]:
        judge = Judge([watch], judged_ms=START_MS)
        assert told(watch, windows, judge) == []
        return [memory | {"at_ms": None} for *_, memory, _, _ in judge.to_json()["memory"]]

    for before in (1, watch.learn + 1):
        assert learnt([USUAL] * before + [NONE] * pause + [USUAL]) == learnt([USUAL] * (before + 1))


@pytest.mark.parametrize(
    "watch", [w for w in catalog.load() if isinstance(w, FieldShift)], ids=lambda w: w.name
)
def test_a_mean_that_moves_is_told_and_its_return_or_its_end_too(watch: FieldShift) -> None:
    usual, more = {"20": N, "22": N, NULL: N}, {"22": N, "24": N, NULL: N}
    (event,) = watch.events
    for after in ([usual] * 30, [NONE] * watch.forget_after):
        judge = Judge([watch], judged_ms=START_MS)
        found = told(watch, [usual] * 20 + [more] * 10 + after, judge)
        assert [each[:2] for each in found] == [(event, "raised"), (event, "cleared")]
        assert 20 < found[0][2] <= 25
        assert judge.raised == {}
