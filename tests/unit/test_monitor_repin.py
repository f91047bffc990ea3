"""A drift watch that is pinned anew is a watch that has seen nothing, fed with what came later alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.monitor.board import Board
from headwater.monitor.judge import ANEW, Judge, Pin
from headwater.monitor.run import begin_anew
from schemas.quality import Alert, Cell
from schemas.topics import MINUTE_MS
from tests.doubles import Kept
from validators.watch import catalog, detect
from validators.watch.declare import Drift
from validators.watch.finding import Seen
from validators.watch.standing import Standing, step

pytestmark = pytest.mark.unit

#: A whole hour.
START_MS = 1_780_272_000_000
DRIFT = tuple(watch for watch in catalog.load() if isinstance(watch, Drift))
#: The same with references that are complete sooner.
SOON = tuple(watch.model_copy(update={"learn": 3}) for watch in DRIFT)
MIXES = ({"a": 0.6, "b": 0.4}, {"a": 0.1, "b": 0.9})
N = 3_000


def window(watch: Drift, event: str, at: int, changed: bool) -> dict[str, int]:
    """What comes of an event type in the window with that number."""
    rng = Random(f"{watch.name} {event} {at}")
    return {bucket: int(N * share * rng.uniform(0.97, 1.03)) for bucket, share in MIXES[changed].items()}


class Monitor:
    """A judge of one watch, window after window; what comes is another mix from one of them on."""

    def __init__(self, watch: Drift, changes: int) -> None:
        self.watch, self.changes, self.kept = watch, changes, Kept()
        self.judge = Judge([watch], judged_ms=START_MS)
        self.board, self.done = Board(), 0

    def run(self, windows: int) -> None:
        for at in range(self.done, self.done + windows):
            # All of a window comes in one minute of it, its last.
            at_ms = START_MS + (at + 1) * self.watch.window_ms
            for event in self.watch.events:
                for bucket, n in window(self.watch, event, at, at >= self.changes).items():
                    self.board.take(Cell(at_ms - MINUTE_MS, event, self.watch.field, "all", "", bucket, n))
            self.kept.tell(self.judge.minute(self.board, at_ms))
        self.done += windows

    def repin(self, asked: Mapping[Pin, int]) -> None:
        begin_anew(self.judge, self.kept, asked)

    def restart(self) -> None:
        self.judge = Judge.from_json([self.watch], json.loads(json.dumps(self.judge.to_json())))

    def memory(self) -> dict[str, Any]:
        """What is remembered, by event type."""
        told = json.loads(json.dumps(self.judge.to_json()["memory"]))
        return {event: rest for _, event, _, _, *rest in told}

    def alerts(self) -> list[Alert]:
        return [told for told in self.kept.told if isinstance(told, Alert)]


def fresh(watch: Drift, event: str, from_ms: int, windows: int, changes: int) -> list[Any] | None:
    """What a watch remembers that has seen nothing but the windows that begin at that time or later."""
    memory, standing, last_ms = detect.begin(watch), Standing(), None
    for at in range(windows):
        if START_MS + at * watch.window_ms >= from_ms:
            last_ms = START_MS + (at + 1) * watch.window_ms
            cells = window(watch, event, at, at >= changes)
            seen = Seen(event, "all", "", last_ms, sum(cells.values()), cells=cells)
            memory, finding = detect.update(watch, memory, seen)
            standing, _ = step(watch, standing, finding)
    told = [memory.to_json(), standing.to_json(), last_ms]
    return None if last_ms is None else list(json.loads(json.dumps(told)))


@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("watch", SOON, ids=lambda watch: watch.name)
@given(
    changes=st.integers(3, 6),
    before=st.integers(0, 9),
    after=st.integers(0, 9),
    within=st.floats(-2, 2),
    restarts=st.booleans(),
)
def test_a_watch_that_is_pinned_anew_is_a_fresh_one_fed_later_windows(
    watch: Drift, changes: int, before: int, after: int, within: float, restarts: bool
) -> None:
    # Asked before, at, or after the end of the last window judged: a monitor may have been away or be behind.
    from_ms = max(START_MS + int((before + within) * watch.window_ms), START_MS)
    pinned = watch.events[0]
    monitor = Monitor(watch, changes)
    monitor.run(before)
    monitor.repin({(watch.name, pinned): from_ms})
    if restarts:
        monitor.restart()
        monitor.repin({(watch.name, pinned): from_ms})
    monitor.run(after)
    # A window is judged once: what was judged before the asking is known to nobody any more.
    known_ms = max(from_ms, START_MS + before * watch.window_ms)
    found = monitor.memory()
    assert found.get(pinned) == fresh(watch, pinned, known_ms, before + after, changes)
    for other in watch.events[1:]:
        assert found.get(other) == fresh(watch, other, START_MS, before + after, changes)


@pytest.mark.parametrize("watch", DRIFT, ids=lambda watch: watch.name)
def test_what_changed_rightly_is_told_until_it_is_pinned_and_what_changes_then_is_told_again(
    watch: Drift,
) -> None:
    changes = watch.learn + 2
    monitor = Monitor(watch, changes)
    monitor.run(changes + 30)
    raised = monitor.alerts()
    # It would stay so: a reference is pinned for good.
    assert [(a.event, a.state) for a in raised] == [(event, "raised") for event in watch.events]
    now_ms = START_MS + monitor.done * watch.window_ms
    asked = {(watch.name, event): now_ms for event in watch.events}
    monitor.repin(asked)
    cleared = monitor.alerts()[len(raised) :]
    assert [(a.event, a.state, a.at_ms, a.message) for a in cleared] == [
        (event, "cleared", now_ms, ANEW) for event in watch.events
    ]
    assert monitor.judge.raised == {}
    monitor.repin(asked)
    monitor.run(watch.learn + 30)
    assert len(monitor.alerts()) == len(raised) + len(cleared)
    monitor.changes = 10**6
    monitor.run(4)
    assert [a.state for a in monitor.alerts()[len(raised) + len(cleared) :]] == ["raised"] * len(watch.events)


def test_what_is_cleared_is_saved_and_a_restart_neither_tells_nor_forgets_it_again() -> None:
    (watch,) = (watch for watch in SOON if watch.name == "results_drift")
    monitor = Monitor(watch, 5)
    monitor.run(10)
    asked = {("results_drift", "search"): START_MS + 10 * watch.window_ms, ("no_more", "search"): 1}
    monitor.repin(asked)
    assert monitor.kept.state == json.loads(json.dumps(monitor.judge.to_json()))
    monitor.run(5)
    told, held = monitor.alerts(), monitor.memory()
    assert [a.state for a in told] == ["raised", "cleared"]
    monitor.restart()
    monitor.repin(asked)
    assert (monitor.alerts(), monitor.memory()) == (told, held)
    monitor.repin({("results_drift", "search"): START_MS + 15 * watch.window_ms})
    assert monitor.memory() == {}
