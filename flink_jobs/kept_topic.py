"""A topic of one partition that is kept for ever: all that it holds, and then what is added."""

from __future__ import annotations

from contextlib import ExitStack
from typing import NamedTuple

from confluent_kafka import KafkaException, Message, TopicPartition

from flink_jobs.stretches import between, consumer, ends, offset_of, since


class Written(NamedTuple):
    """A record: its offset, which is the version of what it holds, when it was written, and what it holds."""

    version: int
    at_ms: int
    value: bytes | None
    key: bytes | None = None


class KeptTopic:
    """Read by a consumer outside any group, until closed.

    Raises KafkaException or TimeoutError when the broker does not answer or has no such topic.
    """

    def __init__(self, kafka: str, name: str) -> None:
        self._lane = name, 0
        self._open = ExitStack()
        self._reader = self._open.enter_context(consumer(kafka, f"headwater-{name}"))

    def written(self) -> list[Written]:
        """All that is there now, oldest first; `next` goes on behind it."""
        before = ends(self._reader, [self._lane])
        first = since(self._reader, {self._lane: 0})
        found = [_written(m) for messages in between(self._reader, first, before) for m in messages]
        self._reader.assign([TopicPartition(*self._lane, before[self._lane])])
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
    return Written(offset_of(message), message.timestamp()[1], message.value(), message.key())
