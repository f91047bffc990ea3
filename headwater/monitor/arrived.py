"""How many events each partition of `events.*` got in a minute, by offsets: no event is looked at for it.

The broker stamps raw events, so offsets and time grow together, and the first offsets of two minutes
are as far apart as records came between. Counting by partition in the audit would be a row more for every
event.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from flink_jobs.stretches import Lane, Places, consumer, lanes
from headwater.kafka_client import answering
from headwater.monitor.progress import first_at
from schemas.quality import PARTITION, Count
from schemas.topics import MINUTE_MS, event_of


class Offsets:
    """Where a time lies in topics of raw events."""

    def __init__(self, kafka: str, names: Sequence[str]) -> None:
        self._kafka, self._names, self._open = kafka, names, ExitStack()
        self._reader = self._open.enter_context(consumer(kafka, "headwater-monitor"))

    def __call__(self, at_ms: int) -> Places:
        """The first offset of each partition that was stamped then or later. Raises HeadwaterError."""
        with answering(self._kafka):
            of = [lane for name in self._names for lane in lanes(self._reader, name)]
            return first_at(self._reader, of, at_ms)

    def close(self) -> None:
        """Close the connection."""
        self._open.close()


class Arrived:
    """Counts of partitions, each minute of them once; `back_ms` of what was before the first that is asked
    for. `offsets` tells where a time lies."""

    def __init__(self, offsets: Callable[[int], Places], back_ms: int) -> None:
        self._offsets, self._back_ms = offsets, back_ms
        self._until_ms, self._at = -1, dict[Lane, int]()

    def until(self, end_ms: int) -> list[Count]:
        """Those of the minutes that ended by then and were not told; none of partitions without events."""
        begin_ms = end_ms - self._back_ms
        if self._until_ms < begin_ms:
            self._until_ms, self._at = begin_ms, self._offsets(begin_ms)
        told: list[Count] = []
        for minute_ms in range(self._until_ms, end_ms, MINUTE_MS):
            now = self._offsets(minute_ms + MINUTE_MS)
            told += came(minute_ms, self._at, now)
            self._until_ms, self._at = minute_ms + MINUTE_MS, now
        return told


def came(minute_ms: int, first: Places, behind: Places) -> list[Count]:
    """What lies between two places of each partition, as counts; nothing of a partition that is new, or that
    was emptied.

    >>> came(0, {("events.play", 0): 5}, {("events.play", 0): 8, ("events.play", 1): 9})
    [Count(minute_ms=0, event='play', slice='partition', value='0', verdict='', reasons='', n=3)]
    """
    return [
        Count(minute_ms, event_of(lane[0]), PARTITION, str(lane[1]), "", "", n)
        for lane, offset in behind.items()
        if (n := offset - first.get(lane, offset)) > 0
    ]
