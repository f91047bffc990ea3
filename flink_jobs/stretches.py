"""Stretches of partitions read side by side, each up to an offset, by a consumer outside any group."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

PATIENCE_S = 60.0
_BATCH = 2_000

#: A topic and the number of a partition.
Lane = tuple[str, int]
#: An offset for each topic and partition.
Places = dict[Lane, int]


@contextmanager
def consumer(kafka: str, name: str, **more: Any) -> Iterator[Consumer]:
    """A consumer that commits nothing and reads as Flink does, closed at the end; `more` is its client's."""
    opened = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": name,
            "enable.auto.commit": False,
            "isolation.level": "read_uncommitted",
            "auto.offset.reset": "earliest",
            "fetch.queue.backoff.ms": 5,  # the default caps a consumer at 175 thousand records a second
        },
        **more,
    )
    try:
        yield opened
    finally:
        opened.close()


def lanes(reader: Consumer, topic: str) -> list[Lane]:
    """The partitions of a topic. Raises KafkaException when the broker does not answer."""
    return [
        (topic, partition) for partition in reader.list_topics(topic, PATIENCE_S).topics[topic].partitions
    ]


def ends(reader: Consumer, of: Sequence[Lane]) -> Places:
    """The offset behind the newest record of each partition, now."""
    return {lane: reader.get_watermark_offsets(TopicPartition(*lane), PATIENCE_S)[1] for lane in of}


def since(reader: Consumer, times_ms: Mapping[Lane, int]) -> Places:
    """The first offset of each partition whose record is not older; none of those without one."""
    sought = [TopicPartition(*lane, max(ms, 0)) for lane, ms in times_ms.items()]
    found = reader.offsets_for_times(sought, PATIENCE_S) if sought else []
    # An offset below 0 stands for the end of the partition: nothing came since then.
    return {lane_of(place): place.offset for place in found if place.offset >= 0}


def between(reader: Consumer, first: Places, before: Places, batch: int = _BATCH) -> Iterator[list[Message]]:
    """What lies between two places of each partition, in batches; those of one partition in order.

    Raises KafkaException or TimeoutError when the broker does not answer.
    """
    at = {lane: offset for lane, offset in first.items() if offset < before[lane]}
    reader.assign([TopicPartition(*lane, offset) for lane, offset in at.items()])
    yield from messages(reader, at, before, batch)


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


def lane_of(at: Message | TopicPartition) -> Lane:
    """The topic and partition of a message or place."""
    if isinstance(at, Message):
        return str(at.topic()), int(at.partition() or 0)
    return str(at.topic), int(at.partition)


def offset_of(at: Message | TopicPartition) -> int:
    """A place in a partition; below 0 before anything was consumed."""
    offset = at.offset() if isinstance(at, Message) else at.offset
    return int(offset or 0)
