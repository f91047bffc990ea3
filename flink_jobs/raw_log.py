"""The raw topics read again, for the gate's memory of ids."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from schemas.topics import MAX_DATUM_BYTES
from validators.gate import Records

_BATCH = 2_000
_PATIENCE_S = 60.0


class KafkaLog:
    """Reads a stretch of one partition by a consumer of its own, outside any group."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka

    def read(self, topic: str, partition: int, since_ms: int, before_offset: int) -> Iterator[Records]:
        """The records of a partition from an ingestion time up to, and without, an offset, in batches.

        Raises KafkaException or TimeoutError when the broker does not answer.
        """
        if before_offset == 0:
            return
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
            (start,) = consumer.offsets_for_times([TopicPartition(topic, partition, max(since_ms, 0))], 30.0)
            _, end = consumer.get_watermark_offsets(start, 30.0)
            if start.offset < 0 or start.offset >= min(before_offset, end):
                return
            consumer.assign([start])
            yield from self._until(consumer, start, before_offset)
        finally:
            consumer.close()

    def _until(self, consumer: Consumer, start: TopicPartition, before_offset: int) -> Iterator[Records]:
        deadline_s = time.monotonic() + _PATIENCE_S
        while (at := max(start.offset, _offset(consumer.position([start])[0]))) < before_offset:
            # No more than there are: the client waits its whole second for the last ones.
            messages = consumer.consume(min(_BATCH, before_offset - at), 1.0)
            for message in messages:
                if message.error():
                    raise KafkaException(message.error())
            if past := [m for m in messages if _offset(m) < before_offset]:
                deadline_s = time.monotonic() + _PATIENCE_S
                yield _records(past)
            elif time.monotonic() > deadline_s:
                raise TimeoutError(f"{start.topic} [{start.partition}] gave nothing for {_PATIENCE_S:.0f} s")


def _offset(at: Message | TopicPartition) -> int:
    """A place in a partition; below 0 before anything was consumed."""
    offset = at.offset() if isinstance(at, Message) else at.offset
    return int(offset or 0)


def _records(messages: list[Message]) -> Records:
    return Records(
        [str(m.topic()) for m in messages],
        np.array([m.partition() for m in messages], dtype=np.int64),
        np.array([_offset(m) for m in messages], dtype=np.int64),
        np.array([m.timestamp()[1] for m in messages], dtype=np.int64),
        [_as_judged(m) for m in messages],
    )


def _as_judged(message: Message) -> bytes | None:
    """The value as the gate saw it: its SQL hides from Python what it refuses."""
    value = message.value()
    return None if value is None or len(value) > MAX_DATUM_BYTES or message.key() is None else value
