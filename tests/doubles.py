"""Doubles of what a consumer reads and of a producer, for loops that take records by hand; and of the place
where the monitor tells."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from queue import Empty, Queue
from typing import Any, NamedTuple
from zlib import crc32

import confluent_kafka
from confluent_kafka import KafkaException

from flink_jobs.kept_topic import Written
from headwater.monitor.outlet import STATE
from headwater.traffic.message import Message
from schemas.model_minute import ModelMinute
from schemas.page_minute import PageMinute
from schemas.quality import Alert, Condition, Count, Violation
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


class Kept:
    """An outlet of the monitor, in memory."""

    def __init__(self) -> None:
        self.told: list[Alert | Condition] = []
        self.states: dict[str, dict[str, Any]] = {}
        self.shown: list[Count] = []
        self.minutes: list[ModelMinute] = []
        self.breadth: list[PageMinute] = []
        self.flagged: list[Violation] = []
        self.standing: tuple[list[Alert], list[Condition]] = ([], [])

    def counts(self, counts: list[Count]) -> None:
        self.shown += counts

    def violations(self, counts: object) -> None:
        """Not told here."""

    def flag(self, violations: list[Violation]) -> None:
        self.flagged += violations

    def stand(self, alerts: list[Alert], conditions: list[Condition]) -> None:
        self.standing = alerts, conditions

    def tell(self, news: list[Alert | Condition]) -> None:
        self.told += news

    def models(self, minutes: Sequence[ModelMinute]) -> None:
        self.minutes += minutes

    def pages(self, minute: PageMinute) -> None:
        self.breadth.append(minute)

    @property
    def state(self) -> dict[str, Any]:
        return self.saved()

    def save(self, state: Mapping[str, Any], of: str = STATE) -> None:
        self.states[of] = json.loads(json.dumps(state))

    def saved(self, of: str = STATE) -> dict[str, Any]:
        return self.states.get(of, {})


class MemoryTopic:
    """A kept topic that holds some records, to which others are added; an error is raised in its turn."""

    def __init__(self, *values: bytes | None) -> None:
        self.all: list[Written] = []
        self._added: Queue[tuple[bytes | KafkaException | None, bytes | None]] = Queue()
        for value in values:
            self._hold(value)

    @classmethod
    def keyed(cls, records: Iterable[tuple[bytes | None, bytes | None]]) -> MemoryTopic:
        """One that holds values by their keys."""
        topic = cls()
        for key, value in records:
            topic._hold(value, key)
        return topic

    def add(self, value: bytes | KafkaException | None, key: bytes | None = None) -> None:
        """Let `next` find it."""
        self._added.put((value, key))

    def written(self) -> list[Written]:
        return list(self.all)

    def next(self, timeout_s: float) -> Written | None:
        try:
            value, key = self._added.get(timeout=min(timeout_s, 0.01))
        except Empty:
            return None
        if isinstance(value, KafkaException):
            raise value
        return self._hold(value, key)

    def close(self) -> None:
        """Nothing to end."""

    def _hold(self, value: bytes | None, key: bytes | None = None) -> Written:
        self.all.append(Written(len(self.all), 1_000 + len(self.all), value, key))
        return self.all[-1]
