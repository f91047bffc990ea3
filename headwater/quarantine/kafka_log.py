"""The quarantine's topics on a real broker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import cast

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from flink_jobs.stretches import messages, offset_of
from headwater.errors import HeadwaterError
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
        with self._consumer() as consumer:
            there = consumer.list_topics(timeout=_ANSWER_S).topics
            lanes = [(t, p) for t in topics if t in there for p in sorted(there[t].partitions)]
            if not lanes:
                return []
            sought = [TopicPartition(*lane, max(0, since_ms)) for lane in lanes]
            bounds = [consumer.get_watermark_offsets(place, _ANSWER_S) for place in sought]
            # An offset below 0 stands for the end of the partition: nothing came since then.
            starts = consumer.offsets_for_times(sought, _ANSWER_S) if since_ms > 0 else [None] * len(lanes)
            return [
                Span(
                    *lane,
                    low,
                    low if s is None else min(max(low, s.offset), high) if s.offset >= 0 else high,
                    high,
                )
                for lane, s, (low, high) in zip(lanes, starts, bounds, strict=True)
            ]

    def read(self, spans: Sequence[Span]) -> Iterator[Held]:
        """The records of spans of different partitions; those of one partition in order."""
        at = {(s.topic, s.partition): s.start for s in spans if s.start < s.stop}
        if not at:
            return
        ends = {(s.topic, s.partition): s.stop for s in spans}
        with self._consumer() as consumer:
            consumer.assign([TopicPartition(*lane, offset) for lane, offset in at.items()])
            for batch in messages(consumer, at, ends, _BATCH):
                yield from map(_held, batch)

    @contextmanager
    def _consumer(self) -> Iterator[Consumer]:
        settings = {
            "bootstrap.servers": self._kafka,
            "group.id": "headwater-quarantine",  # the client wants one; it is never joined
            "enable.auto.commit": False,
            "isolation.level": "read_uncommitted",
            "auto.offset.reset": "earliest",
            "fetch.queue.backoff.ms": 5,
        }
        try:
            with closing(Consumer(settings, logger=QUIET)) as consumer:
                yield consumer
        except (KafkaException, TimeoutError) as error:
            raise HeadwaterError(
                f"Kafka at {self._kafka} (HEADWATER_KAFKA) does not answer ({error})",
                "start it with `headwater up`, or name the address of yours",
            ) from None


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
