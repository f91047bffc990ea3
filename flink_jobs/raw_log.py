"""The raw topics read again, for the gate's memory of ids."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from schemas.topics import MAX_DATUM_BYTES
from validators.gate import Records, Stretch

_BATCH = 2_000
_PATIENCE_S = 60.0

Places = dict[tuple[str, int], int]


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
            starts = consumer.offsets_for_times(sought, _PATIENCE_S)
            ends = {(s.topic, s.partition): s.before_offset for s in stretches}
            # An offset below 0 stands for the end of the partition: nothing came since then.
            starts = [s for s in starts if 0 <= s.offset < ends[s.topic, s.partition]]
            consumer.assign(starts)
            yield from self._until(consumer, {_lane(s): s.offset for s in starts}, ends)
        finally:
            consumer.close()

    def _until(self, consumer: Consumer, at: Places, ends: Places) -> Iterator[Records]:
        deadline_s = time.monotonic() + _PATIENCE_S
        while at:
            # No more than there are: the client waits its whole second for the last ones.
            left = sum(ends[lane] - offset for lane, offset in at.items())
            messages = consumer.consume(min(_BATCH, left), 1.0)
            for message in messages:
                if message.error():
                    raise KafkaException(message.error())
            if past := [m for m in messages if _offset(m) < ends[_lane(m)]]:
                deadline_s = time.monotonic() + _PATIENCE_S
                yield _records(past)
            elif time.monotonic() > deadline_s:
                raise TimeoutError(f"{sorted(at)} gave nothing for {_PATIENCE_S:.0f} s")
            # The last offsets of a stretch may hold no record: the position tells that they were passed.
            for place in consumer.position([TopicPartition(*lane) for lane in at]):
                at[_lane(place)] = max(at[_lane(place)], _offset(place))
            if done := [lane for lane, offset in at.items() if offset >= ends[lane]]:
                consumer.incremental_unassign([TopicPartition(*lane) for lane in done])
                at = {lane: offset for lane, offset in at.items() if lane not in done}


def _lane(at: Message | TopicPartition) -> tuple[str, int]:
    if isinstance(at, Message):
        return str(at.topic()), int(at.partition() or 0)
    return str(at.topic), int(at.partition)


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
