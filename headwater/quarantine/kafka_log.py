"""The quarantine's topics on a real broker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from confluent_kafka import Consumer, Message, TopicPartition

from flink_jobs.stretches import Lane, Places, between, consumer, offset_of, since
from headwater.kafka_client import answering
from headwater.quarantine.log import Span
from headwater.quarantine.record import Held
from headwater.traffic.producer import QUIET

_ANSWER_S = 10.0
#: A record may have 5 MiB.
_BATCH = 100


class KafkaLog:
    """Reads by a consumer of its own that joins no group and commits nothing.

    Raises HeadwaterError when Kafka does not answer.
    """

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka

    def spans(self, topics: Sequence[str], since_ms: int = 0) -> list[Span]:
        """Each partition of those topics that exist, from its first record of that time on to its end."""
        with self._consumer() as reader:
            there = reader.list_topics(timeout=_ANSWER_S).topics
            lanes = [(t, p) for t in topics if t in there for p in sorted(there[t].partitions)]
            first = since(reader, dict.fromkeys(lanes, since_ms)) if since_ms > 0 else None
            return [_span(reader, lane, first) for lane in lanes]

    def read(self, spans: Sequence[Span]) -> Iterator[Held]:
        """The records of spans of different partitions; those of one partition in order."""
        first = {(s.topic, s.partition): s.start for s in spans}
        before = {(s.topic, s.partition): s.stop for s in spans}
        with self._consumer() as reader:
            for batch in between(reader, first, before, _BATCH):
                yield from map(_held, batch)

    @contextmanager
    def _consumer(self) -> Iterator[Consumer]:
        with answering(self._kafka), consumer(self._kafka, "headwater-quarantine", logger=QUIET) as reader:
            yield reader


def _span(reader: Consumer, lane: Lane, first: Places | None) -> Span:
    """A partition from its `first` record that is meant, or from all of them; from its end without one."""
    low, high = reader.get_watermark_offsets(TopicPartition(*lane), _ANSWER_S)
    start = low if first is None else min(max(low, first.get(lane, high)), high)
    return Span(*lane, low, start, high)


def _held(message: Message) -> Held:
    pairs = cast(list[tuple[str, bytes | None]], message.headers() or [])
    return Held(
        str(message.topic()),
        int(message.partition() or 0),
        offset_of(message),
        message.timestamp()[1],
        message.key(),
        message.value(),
        {name: value for name, value in pairs if value is not None},
    )
