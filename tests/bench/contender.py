"""What the hand-written loops share: Kafka in, Kafka out, and their CPU counted from the first record."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, Producer, TopicPartition

from schemas.events import EVENT_NAMES
from schemas.topics import MAX_DATUM_BYTES, PARTITIONS, raw

FLUSH_S = 0.2
_BATCH = 5_000


class Contender(Protocol):
    """A loop's duties, batch by batch."""

    verdicts: Counter[str]

    def take(self, messages: list[Message]) -> None:
        """Judge, mark duplicates, pass on to the scratch topic, count."""

    def flush(self) -> None:
        """Write the tiles that changed since the last flush."""


def refused(key: object, value: bytes | None) -> str | None:
    """Why the gate sets a record aside without a look at what it says."""
    if len(value or b"") > MAX_DATUM_BYTES:
        return "oversize"
    return "null_key" if key is None else None


def run(make: Callable[[str, Producer], Contender]) -> None:
    """Arguments: Kafka, Redis, number of records. Prints verdicts and CPU-seconds as JSON."""
    kafka, redis_url, events = sys.argv[1], sys.argv[2], int(sys.argv[3])
    producer = Producer(
        {
            "bootstrap.servers": kafka,
            "linger.ms": 5,
            "acks": "all",
            "queue.buffering.max.messages": 1_000_000,
            "message.max.bytes": 4_194_304,
        }
    )
    settings = {"bootstrap.servers": kafka, "group.id": "bench", "enable.auto.commit": False}
    # Its default caps a consumer at 175 thousand records a second.
    consumer = Consumer(settings | {"fetch.queue.backoff.ms": 5})
    consumer.assign(
        [TopicPartition(raw(e), p, OFFSET_BEGINNING) for e in EVENT_NAMES for p in range(PARTITIONS)]
    )
    contender = make(redis_url, producer)
    start_up_s, read, flushed_s = 0.0, 0, 0.0
    while read < events:
        messages = consumer.consume(_BATCH, 0.1)
        if messages and not read:
            start_up_s, flushed_s = cpu_s(), time.monotonic()
        read += len(messages)
        contender.take(messages)
        producer.poll(0)
        if time.monotonic() - flushed_s >= FLUSH_S:
            contender.flush()
            flushed_s = time.monotonic()
    contender.flush()
    producer.flush()
    tell(contender.verdicts, start_up_s)
    consumer.close()


def tell(verdicts: Counter[str], start_up_s: float) -> None:
    """Print what this process did and used, as JSON."""
    told = {
        "verdicts": verdicts,
        "cpu_s": cpu_s() - start_up_s,
        "start_up_s": start_up_s,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(told))


def cpu_s() -> float:
    """CPU-seconds of this process so far, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
