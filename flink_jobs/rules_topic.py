"""The topic of published rule sets: all that it holds, and then what is added."""

from __future__ import annotations

from contextlib import ExitStack
from typing import NamedTuple

from confluent_kafka import KafkaException, Message, TopicPartition

from flink_jobs.stretches import between, consumer, ends, offset_of, since
from schemas.topics import RULES

_LANE = RULES, 0


class Written(NamedTuple):
    """A record: its offset, which is the version of what it holds, when it was written, and what it holds."""

    version: int
    at_ms: int
    value: bytes | None


class RulesTopic:
    """Read by a consumer outside any group, until closed.

    Raises KafkaException or TimeoutError when the broker does not answer or has no such topic.
    """

    def __init__(self, kafka: str) -> None:
        self._open = ExitStack()
        self._reader = self._open.enter_context(consumer(kafka, "headwater-rules"))

    def written(self) -> list[Written]:
        """All that is there now, oldest first; `next` goes on behind it."""
        before = ends(self._reader, [_LANE])
        first = since(self._reader, {_LANE: 0})
        found = [_written(m) for messages in between(self._reader, first, before) for m in messages]
        self._reader.assign([TopicPartition(*_LANE, before[_LANE])])
        return found

    def next(self, timeout_s: float) -> Written | None:
        """What is added within a time; None if nothing is."""
        message = self._reader.poll(timeout_s)
        if message is None:
            return None
        if message.error():
            raise KafkaException(message.error())
        return _written(message)

    def close(self) -> None:
        """End the connection."""
        self._open.close()


def _written(message: Message) -> Written:
    return Written(offset_of(message), message.timestamp()[1], message.value())
