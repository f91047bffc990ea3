"""What the audit writes, as it comes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import NamedTuple, Self

from confluent_kafka import Message, TopicPartition

from flink_jobs.stretches import Lane, between, consumer, ends, lane_of, lanes, offset_of, since
from headwater.errors import HeadwaterError
from headwater.kafka_client import answering
from headwater.monitor.flagged import Flagged
from schemas import topics
from schemas.quality import Cell, Count, Violation

Record = Count | Cell | Violation

_KINDS: Mapping[str, type[Record]] = {
    topics.COUNTS: Count,
    topics.PROFILES: Cell,
    topics.VIOLATIONS: Violation,
}
_BATCH = 2_000
_LOG = logging.getLogger(__name__)


class Read(NamedTuple):
    """A record, and where it stands."""

    lane: Lane
    offset: int
    record: Record


class Feed:
    """The quality topics from a time on, each record once: by `catch_up`, to begin with, and by `poll`."""

    def __init__(self, kafka: str, since_ms: int) -> None:
        self._kafka = kafka
        with answering(kafka), ExitStack() as opened:
            self._reader = opened.enter_context(consumer(kafka, "headwater-monitor"))
            # One that asks, since each answer would wait until the other's fetch has found something.
            self._asking = opened.enter_context(consumer(kafka, "headwater-monitor"))
            self._lanes = [lane for topic in _KINDS for lane in self._partitions(topic)]
            # Where nothing came since then, at the end as it was before that was asked.
            self._at = ends(self._asking, self._lanes)
            self._at |= since(self._asking, dict.fromkeys(self._lanes, since_ms))
            self._open = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        self._open.close()

    def unflagged(self, told: Mapping[str, int], since_ms: int) -> Flagged:
        """How far violations have flagged: as `told`, or those before a time. All others are read, too."""
        with answering(self._kafka):
            of = self._partitions(topics.VIOLATIONS)
            last = ends(self._asking, of)
            flagged = Flagged.resume(told, since(self._asking, dict.fromkeys(of, since_ms)), last)
        for lane, place in flagged.places.items():
            self._at[lane] = min(self._at[lane], place)
        return flagged

    def catch_up(self) -> Iterator[Read]:
        """All that is there now and was not read yet; `poll` goes on behind it."""
        with answering(self._kafka):
            now = ends(self._asking, self._lanes)
            if now == self._at and self._reader.assignment():
                return
            for messages in between(self._reader, self._at, now):
                yield from _records(messages)
            self._at = now
            self._reader.assign([TopicPartition(*lane, offset) for lane, offset in now.items()])

    def poll(self, wait_s: float) -> Iterator[Read]:
        """What has come, waiting so long for the first of it."""
        with answering(self._kafka):
            messages = [each for each in self._reader.consume(_BATCH, wait_s) if not each.error()]
        self._at |= {lane_of(message): offset_of(message) + 1 for message in messages}
        return _records(messages)

    def _partitions(self, topic: str) -> list[Lane]:
        if not (found := lanes(self._asking, topic)):
            raise HeadwaterError(f"Kafka at {self._kafka} has no topic {topic}", "create it: headwater up")
        return found


def _records(messages: Iterable[Message]) -> Iterator[Read]:
    """What messages tell. What cannot be read is told in the log."""
    for message in messages:
        topic, text = message.topic(), message.value()
        if message.error() or topic is None or text is None:
            continue
        try:
            yield Read(lane_of(message), offset_of(message), _KINDS[topic].from_json(text))
        except (ValueError, TypeError) as error:
            _LOG.warning("%s at %s: %s", topic, message.offset(), error)
