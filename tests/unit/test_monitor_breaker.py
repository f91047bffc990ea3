"""The breaker stops the gate once for each time that a condition opens, however often it has to try."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import HeadwaterError
from headwater.monitor.breaker import trip
from schemas.quality import Condition
from tests.doubles import Kept

pytestmark = pytest.mark.unit

WATCHES = ("rejected_share", "event_silent")
NAMES = ["rejected_share/play", "rejected_share/hover", "event_silent/play", "nulls/play"]


def condition(name: str, since_ms: int, is_open: bool = True) -> Condition:
    return Condition(name, is_open, since_ms, "too many", ("title_engagement",), ("take",))


class Gate:
    """A gate that runs, or not, or cannot be reached."""

    def __init__(self) -> None:
        self.runs, self.reached, self.stopped = True, True, 0

    def stop(self) -> bool:
        if not self.reached:
            raise HeadwaterError("Flink does not answer", "start it")
        was, self.runs = self.runs, False
        self.stopped += was
        return was


def test_a_stop_that_failed_is_tried_again_by_the_monitor_that_starts_anew() -> None:
    gate, kept, said = Gate(), Kept(), list[str]()
    gate.reached = False
    for _ in range(2):
        with pytest.raises(HeadwaterError):
            trip(WATCHES, [condition(NAMES[0], 5)], kept, gate.stop, said.append)
    gate.reached = True
    trip(WATCHES, [condition(NAMES[0], 5)], kept, gate.stop, said.append)
    assert gate.stopped == 1
    assert said == [
        f"{NAMES[0]} is broken, so the gate was stopped: headwater submit validate_events starts it again"
    ]


def test_a_gate_that_is_started_again_is_left_alone_until_the_condition_opens_anew() -> None:
    gate, kept, said = Gate(), Kept(), list[str]()
    for since_ms, stopped in ((5, 1), (5, 1), (9, 2)):
        trip(WATCHES, [condition(NAMES[0], since_ms)], kept, gate.stop, said.append)
        assert gate.stopped == stopped
        gate.runs = True
    trip(WATCHES, [condition(NAMES[0], 12, is_open=False)], kept, gate.stop, said.append)
    assert (gate.stopped, len(said)) == (2, 2)


@given(history=st.lists(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 2)), max_size=6))
def test_it_stops_for_what_was_not_open_before(history: list[dict[str, int]]) -> None:
    gate, kept, before = Gate(), Kept(), dict[str, int]()
    for opened in history:
        gate.runs, stopped = True, gate.stopped
        trip(WATCHES, [condition(*each) for each in opened.items()], kept, gate.stop, lambda _: None)
        new = {n for n, since_ms in opened.items() if before.get(n) != since_ms and n != "nulls/play"}
        assert gate.stopped - stopped == bool(new)
        before = opened
