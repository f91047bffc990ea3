"""The raw topics read again, for the gate's memory of ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from confluent_kafka import Consumer, Message, TopicPartition

from flink_jobs.stretches import PATIENCE_S, lane_of, messages, offset_of
from schemas.topics import MAX_DATUM_BYTES
from validators.gate import Records, Stretch

_BATCH = 2_000


class KafkaLog:
    """Reads stretches of partitions side by side, by one consumer of its own outside any group."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka

    def read(self, stretches: Sequence[Stretch]) -> Iterator[Records]:
        """Their records in batches; those of one partition in order.

        Raises KafkaException or TimeoutError when the broker does not answer.
        """
        consumer = Consumer(
            {
                "bootstrap.servers": self._kafka,
                "group.id": "headwater-gate-memory",
                "enable.auto.commit": False,
                "isolation.level": "read_uncommitted",  # as Flink reads
                "auto.offset.reset": "earliest",
                "fetch.queue.backoff.ms": 5,  # the default caps a consumer at 175 thousand records a second
            }
        )
        try:
            sought = [TopicPartition(s.topic, s.partition, max(s.since_ms, 0)) for s in stretches]
            starts = consumer.offsets_for_times(sought, PATIENCE_S)
            ends = {(s.topic, s.partition): s.before_offset for s in stretches}
            # An offset below 0 stands for the end of the partition: nothing came since then.
            starts = [s for s in starts if 0 <= s.offset < ends[s.topic, s.partition]]
            consumer.assign(starts)
            at = {lane_of(s): s.offset for s in starts}
            yield from map(_records, messages(consumer, at, ends, _BATCH))
        finally:
            consumer.close()


def _records(read: list[Message]) -> Records:
    return Records(
        [str(m.topic()) for m in read],
        np.array([m.partition() for m in read], dtype=np.int64),
        np.array([offset_of(m) for m in read], dtype=np.int64),
        np.array([m.timestamp()[1] for m in read], dtype=np.int64),
        [_as_judged(m) for m in read],
    )


def _as_judged(message: Message) -> bytes | None:
    """The value as the gate saw it: its SQL hides from Python what it refuses."""
    value = message.value()
    return None if value is None or len(value) > MAX_DATUM_BYTES or message.key() is None else value
