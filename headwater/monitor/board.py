"""The last minutes as the audit counted them, in memory, and what a watch sees of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Generic, TypeVar

from schemas.quality import Cell, Count

#: An event type, a kind of slice, and its value.
Part = tuple[str, str, str]

K = TypeVar("K", Count, Cell)


class _Totals(Generic[K]):
    """The greatest total of each record, by minute."""

    def __init__(self) -> None:
        self._minutes: dict[int, dict[K, K]] = defaultdict(dict)

    def take(self, record: K) -> bool:
        """Whether the total has grown."""
        held, key = self._minutes[record.minute_ms], replace(record, n=0)
        if held.get(key, key).n >= record.n:
            return False
        held[key] = record
        return True

    def read(self, from_ms: int, until_ms: int) -> Iterator[K]:
        """The totals of the minutes that begin from `from_ms` and before `until_ms`, in order of minutes."""
        for minute_ms in sorted(m for m in self._minutes if from_ms <= m < until_ms):
            yield from self._minutes[minute_ms].values()

    def forget(self, before_ms: int) -> None:
        """Drop the minutes before."""
        for minute_ms in [m for m in self._minutes if m < before_ms]:
            del self._minutes[minute_ms]


class Board:
    """Counts and histograms. Of two records that differ in nothing but `n` the greater holds, so that what is
    read again, or counted again, changes nothing."""

    def __init__(self) -> None:
        self._counts, self._cells = _Totals[Count](), _Totals[Cell]()
        self._grown: dict[Count, Count] = {}

    def take(self, record: Count | Cell) -> None:
        """Take note of a total."""
        if isinstance(record, Cell):
            self._cells.take(record)
        elif self._counts.take(record):
            self._grown[replace(record, n=0)] = record

    def grown(self) -> list[Count]:
        """The counts that have grown since this was last asked."""
        found, self._grown = list(self._grown.values()), {}
        return found

    def counts(self, from_ms: int, until_ms: int) -> list[Count]:
        """The totals of the minutes that begin from `from_ms` and before `until_ms`."""
        return list(self._counts.read(from_ms, until_ms))

    def histograms(self, field: str, from_ms: int, until_ms: int) -> dict[Part, Counter[str]]:
        """How many sampled events had the field in each bucket, by event type and slice."""
        found: dict[Part, Counter[str]] = defaultdict(Counter)
        for cell in self._cells.read(from_ms, until_ms):
            if cell.field == field:
                found[cell.event, cell.slice, cell.value][cell.bucket] += cell.n
        return found

    def forget(self, before_ms: int) -> None:
        """Drop the minutes before."""
        self._counts.forget(before_ms)
        self._cells.forget(before_ms)
