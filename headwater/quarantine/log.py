"""Kafka as the quarantine needs it: stretches of topics to read, and a way to send. And its double."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple, Protocol

from headwater.quarantine.record import Held
from headwater.traffic.producer import BY_KEY, Headers


class Span(NamedTuple):
    """The records of a partition from offset `start` up to, without, `stop`; `low` is the first it has."""

    topic: str
    partition: int
    low: int
    start: int
    stop: int


class Log(Protocol):
    """Topics to read, outside any consumer group."""

    def spans(self, topics: Sequence[str], since_ms: int = 0) -> list[Span]:
        """Each partition of those topics that exist, from its first record of that time on to its end."""

    def read(self, spans: Sequence[Span]) -> Iterator[Held]:
        """The records of spans of different partitions; those of one partition in order."""


class Outlet(Protocol):
    """Where records are sent again."""

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int = BY_KEY,
        headers: Headers = (),
    ) -> None:
        """Take a record; it may rest here until `flush`."""

    def flush(self) -> None:
        """Return when everything taken has arrived; HeadwaterError when it cannot."""


class MemoryKafka:
    """The double: a log and an outlet. A topic exists once it was sent to or declared."""

    def __init__(self, partitions: dict[str, int], time_ms: int = 0) -> None:
        self._lanes: dict[str, list[list[Held]]] = {t: [[] for _ in range(n)] for t, n in partitions.items()}
        self._lost: defaultdict[tuple[str, int], int] = defaultdict(int)
        self.time_ms = time_ms

    def spans(self, topics: Sequence[str], since_ms: int = 0) -> list[Span]:
        """As they are now."""
        return [
            Span(topic, p, low := self._lost[topic, p], _start(lane, since_ms, low), len(lane))
            for topic in topics
            for p, lane in enumerate(self._lanes.get(topic, ()))
        ]

    def read(self, spans: Sequence[Span]) -> Iterator[Held]:
        """One of each partition in turn."""
        parts = [self._lanes[s.topic][s.partition][max(s.start, s.low) : s.stop] for s in spans]
        for row in zip_longest(*parts):
            yield from (held for held in row if held is not None)

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int = BY_KEY,
        headers: Headers = (),
    ) -> None:
        """Append it at once, to the first partition unless told; its timestamp is `time_ms`."""
        place = max(0, partition)
        lane = self._lanes[topic][place]
        lane.append(Held(topic, place, len(lane), self.time_ms, key, value, dict(headers)))

    def flush(self) -> None:
        """Nothing to do."""

    def forget(self, topic: str, partition: int, before: int) -> None:
        """Delete the first records of a partition, as a retention does."""
        self._lost[topic, partition] = before


def _start(lane: Sequence[Held], since_ms: int, low: int) -> int:
    return next((h.offset for h in lane[low:] if h.time_ms >= since_ms), len(lane))
