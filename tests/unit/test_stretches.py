"""A stretch of a log is read whole, however its reader dawdles and whatever gaps are in it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from confluent_kafka import Message, TopicPartition

from flink_jobs import stretches
from flink_jobs.stretches import messages

pytestmark = pytest.mark.unit


class Answers:
    """A consumer of one partition that gives what it is told to, call by call."""

    def __init__(self, answers: list[list[int]], end: int) -> None:
        self._answers, self._end, self.at = answers, end, 0

    def consume(self, most: int, _: float) -> list[Message]:
        offsets = self._answers.pop(0) if self._answers else []
        self.at = offsets[-1] + 1 if offsets else self.at if self._answers else self._end
        assert len(offsets) <= most
        return [Message(topic="t", partition=0, offset=o, value=b"") for o in offsets]

    def position(self, places: list[TopicPartition]) -> list[TopicPartition]:
        return [TopicPartition("t", 0, self.at)]

    def incremental_unassign(self, places: list[TopicPartition]) -> None:
        self.at = -1


def read(consumer: Any, end: int, pause_s: float = 0.0) -> list[int]:
    found = []
    for batch in messages(consumer, {("t", 0): 0}, {("t", 0): end}, 100):
        found += [message.offset() for message in batch]
        time.sleep(pause_s)
    return found


def test_a_reader_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "PATIENCE_S", 0.05)
    assert read(Answers([[0, 1], [], [2]], end=3), 3, pause_s=0.1) == [0, 1, 2]


def test_the_end_may_hold_no_record() -> None:
    assert read(Answers([[0, 2], []], end=5), 5) == [0, 2]


def test_what_is_beyond_the_end_is_left() -> None:
    assert read(Answers([[0, 1, 2]], end=2), 3) == [0, 1, 2]
    assert read(Answers([[0], [1, 4]], end=5), 3) == [0, 1]


def test_a_broker_that_says_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "PATIENCE_S", 0.0)
    with pytest.raises(TimeoutError, match="gave nothing"):
        read(Answers([[], [], []], end=0), 3)
