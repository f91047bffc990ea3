"""What the audit writes, as it comes."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Self

from confluent_kafka import Consumer, KafkaException, TopicPartition

from headwater.errors import HeadwaterError
from schemas import topics
from schemas.quality import Cell, Count, Violation

Record = Count | Cell | Violation

_KINDS: Mapping[str, type[Record]] = {
    topics.COUNTS: Count,
    topics.PROFILES: Cell,
    topics.VIOLATIONS: Violation,
}
_PATIENCE_S = 10.0
_LOOK_S = 0.2
_BATCH = 2_000
_LOG = logging.getLogger(__name__)


class Feed:
    """The quality topics from a time on, followed for as long as it is asked. It belongs to no group."""

    def __init__(self, kafka: str, since_ms: int) -> None:
        self._kafka = kafka
        self._consumer = Consumer(
            {
                "bootstrap.servers": kafka,
                "group.id": "headwater-monitor",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "fetch.queue.backoff.ms": 5,  # the default caps a consumer at 175 thousand records a second
            }
        )
        try:
            sought = [TopicPartition(topic, p, since_ms) for topic in _KINDS for p in self._partitions(topic)]
            begins = self._consumer.offsets_for_times(sought, _PATIENCE_S)
            # Below 0 where nothing came since then: it is read from its end on.
            self._begins = {(at.topic, at.partition): at.offset for at in begins}
            self._consumer.assign(begins)
        except KafkaException as error:
            self._consumer.close()
            raise self._gone(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        self._consumer.close()

    def catch_up(self) -> Iterator[Record]:
        """All that is there now, from where it was asked to begin."""
        ends = {
            (at.topic, at.partition): self._consumer.get_watermark_offsets(at, _PATIENCE_S)[1]
            for at in self._consumer.assignment()
        }
        while any(at.offset < ends[at.topic, at.partition] for at in self._at()):
            yield from self.poll(_LOOK_S)

    def _at(self) -> list[TopicPartition]:
        """Where it is: below 0, and so before any end but 0, until something was read."""
        return [
            at
            for at in self._consumer.position(self._consumer.assignment())
            if self._begins[at.topic, at.partition] >= 0
        ]

    def poll(self, wait_s: float) -> Iterator[Record]:
        """What has come, waiting so long for the first of it. What cannot be read is told in the log."""
        try:
            messages = self._consumer.consume(_BATCH, wait_s)
        except KafkaException as error:
            raise self._gone(error) from None
        for message in messages:
            topic, text = message.topic(), message.value()
            if message.error() or topic is None or text is None:
                continue
            try:
                yield _KINDS[topic].from_json(text)
            except (ValueError, TypeError) as error:
                _LOG.warning("%s at %s: %s", topic, message.offset(), error)

    def _partitions(self, topic: str) -> list[int]:
        found = self._consumer.list_topics(topic, _PATIENCE_S).topics[topic]
        if found.error:
            raise HeadwaterError(f"Kafka at {self._kafka} has no topic {topic}", "create it: headwater up")
        return list(found.partitions)

    def _gone(self, error: KafkaException) -> HeadwaterError:
        return HeadwaterError(
            f"Kafka at {self._kafka} (HEADWATER_KAFKA) does not answer ({error.args[0]})",
            "start it: headwater up",
        )
