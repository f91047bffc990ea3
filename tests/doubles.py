"""Doubles of what a consumer reads and of a producer, for loops that take records by hand."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple
from zlib import crc32

import confluent_kafka

from headwater.traffic.message import Message
from schemas.topics import PARTITIONS, raw


class Read(NamedTuple):
    """A record that a consumer has read."""

    sent: Message
    at: int

    def topic(self) -> str:
        return raw(self.sent.event)

    def partition(self) -> int:
        return crc32(self.sent.key or b"") % PARTITIONS

    def offset(self) -> int:
        return self.at

    def key(self) -> bytes | None:
        return self.sent.key

    def value(self) -> bytes | None:
        return self.sent.value

    def timestamp(self) -> tuple[int, int]:
        return confluent_kafka.TIMESTAMP_LOG_APPEND_TIME, self.sent.due_ms


class Topics(Counter[str]):
    """A producer: how many records each topic got."""

    def produce(self, topic: str, *_: Any, **__: Any) -> None:
        self[topic] += 1
