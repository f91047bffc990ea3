"""Stretches of partitions read side by side, each up to an offset, by a consumer outside any group."""

from __future__ import annotations

import time
from collections.abc import Iterator

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

PATIENCE_S = 60.0

#: An offset for each topic and partition.
Places = dict[tuple[str, int], int]


def messages(consumer: Consumer, at: Places, ends: Places, batch: int) -> Iterator[list[Message]]:
    """What lies between two places of each partition, in batches; the consumer is assigned to the first.

    Raises KafkaException or TimeoutError when the broker does not answer.
    """
    deadline_s = time.monotonic() + PATIENCE_S
    while at:
        # No more than there are: the client waits its whole second for the last ones.
        left = sum(ends[lane] - offset for lane, offset in at.items())
        read = consumer.consume(min(batch, left), 1.0)
        for message in read:
            if message.error():
                raise KafkaException(message.error())
        if past := [m for m in read if offset_of(m) < ends[lane_of(m)]]:
            yield past
            deadline_s = time.monotonic() + PATIENCE_S  # How long the reader takes is its own affair.
        elif time.monotonic() > deadline_s:
            raise TimeoutError(f"{sorted(at)} gave nothing for {PATIENCE_S:.0f} s")
        # The last offsets of a stretch may hold no record: the position tells that they were passed.
        for place in consumer.position([TopicPartition(*lane) for lane in at]):
            at[lane_of(place)] = max(at[lane_of(place)], offset_of(place))
        if done := [lane for lane, offset in at.items() if offset >= ends[lane]]:
            consumer.incremental_unassign([TopicPartition(*lane) for lane in done])
            at = {lane: offset for lane, offset in at.items() if lane not in done}


def lane_of(at: Message | TopicPartition) -> tuple[str, int]:
    """The topic and partition of a message or place."""
    if isinstance(at, Message):
        return str(at.topic()), int(at.partition() or 0)
    return str(at.topic), int(at.partition)


def offset_of(at: Message | TopicPartition) -> int:
    """A place in a partition; below 0 before anything was consumed."""
    offset = at.offset() if isinstance(at, Message) else at.offset
    return int(offset or 0)
