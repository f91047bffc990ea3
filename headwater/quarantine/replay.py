"""Set-aside records sent to the gate again: each once, and only so many times in all.

What was sent is told in the topic `quarantine.replays`: a record whose key is the source of what was sent
(`Source`), written when the broker has taken it. What comes back to quarantine has another source, so it may
be sent again, until its `attempts` are used up. If the sender dies in between, up to a chunk may be sent
twice; the gate takes the second of two valid copies for a duplicate.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, NamedTuple, TypeVar

from headwater.quarantine.forecast import Forecast
from headwater.quarantine.log import Log, Outlet
from headwater.quarantine.record import Held, SetAside
from schemas.topics import MAX_DATUM_BYTES, REPLAYS

#: What becomes of a record in a replay. `would_fail` only where a forecast decides.
Fate = Literal["sent", "would_fail", "given_up", "already_replayed", "null_key", "oversize", "no_topic"]

ATTEMPTS = "attempts"
_MOST_IN_A_CHUNK = 500
#: The broker bounds a batch: a record, its headers and its key. A key alone is never so long.
_LONGEST_KEY_BYTES = MAX_DATUM_BYTES

Item = TypeVar("Item")
Pair = tuple[Held, SetAside]
Judge = Callable[[list[Held]], list[Forecast]]


class Sent(NamedTuple):
    """A record that is sent, and what is to be expected of it if that was asked."""

    held: Held
    record: SetAside
    forecast: Forecast | None = None


@dataclass(frozen=True)
class Ground:
    """What decides which records are sent: the partitions of each topic, the sources that were replayed
    before, and how often one may be sent in all."""

    partitions: Mapping[str, int]
    replayed: Set[bytes]
    max_attempts: int

    def fate(self, held: Held, record: SetAside) -> Fate:
        """What becomes of a record, if no forecast is asked."""
        source = record.source
        if source is None or source.partition >= self.partitions.get(source.topic, 0):
            return "no_topic"
        if mark(record) in self.replayed:
            return "already_replayed"
        if held.key is None:
            return "null_key"
        if len(held.value or b"") > MAX_DATUM_BYTES or len(held.key) > _LONGEST_KEY_BYTES:
            return "oversize"
        return "given_up" if record.attempts >= self.max_attempts else "sent"


@dataclass(frozen=True)
class Pace:
    """How fast records are sent, by whose clock."""

    rate_per_s: int
    now_s: Callable[[], float] = time.monotonic
    sleep_s: Callable[[float], None] = time.sleep

    @property
    def chunk(self) -> int:
        """So many are sent at once: never more than a second's worth."""
        return max(1, min(self.rate_per_s, _MOST_IN_A_CHUNK))


@dataclass
class Report:
    """What became of the records that were read: counts of fates, and of the verdicts that were forecast."""

    fates: Counter[Fate] = field(default_factory=Counter)
    forecast: Counter[str] = field(default_factory=Counter)


def ground(log: Log, topics: Iterable[str], max_attempts: int) -> Ground:
    """As it is now in Kafka."""
    partitions = Counter(span.topic for span in log.spans(list(topics)))
    return Ground(partitions, replayed(log), max_attempts)


def replayed(log: Log) -> set[bytes]:
    """The marks of all that was sent again."""
    return {held.key for held in log.read(log.spans([REPLAYS])) if held.key is not None}


def mark(record: SetAside) -> bytes:
    """What tells that a record was replayed."""
    return str(record.source).encode()


def replay(
    records: Iterable[Pair],
    on: Ground,
    outlet: Outlet | None,
    pace: Pace,
    report: Report,
    judge: Judge | None = None,
    only_passing: bool = False,
    limit: int | None = None,
) -> Iterator[list[Sent]]:
    """Send original keys and bytes to their original partitions, with one attempt more; at most `limit`.

    The same partition, whatever partitioner its producer had, since the gate looks for copies within one.
    Without an outlet all is the same but nothing is sent. Gives what was sent, chunk by chunk, and counts
    into `report`.
    """
    began_s = pace.now_s()
    candidates = _judged(_sendable(records, on, report), judge, only_passing, report)
    for chunk in _chunks(islice(candidates, limit), pace.chunk):
        if outlet is not None:
            _send(chunk, outlet)
        report.fates["sent"] += len(chunk)
        yield chunk
        if outlet is not None:
            pace.sleep_s(max(0.0, began_s + report.fates["sent"] / pace.rate_per_s - pace.now_s()))


def _sendable(records: Iterable[Pair], on: Ground, report: Report) -> Iterator[Pair]:
    for held, record in records:
        fate = on.fate(held, record)
        if fate == "sent":
            yield held, record
        else:
            report.fates[fate] += 1


def _judged(
    records: Iterable[Pair], judge: Judge | None, only_passing: bool, report: Report
) -> Iterator[Sent]:
    if judge is None:
        yield from (Sent(held, record) for held, record in records)
        return
    for chunk in _chunks(records, _MOST_IN_A_CHUNK):
        for (held, record), verdict in zip(chunk, judge([held for held, _ in chunk]), strict=True):
            report.forecast[verdict.verdict] += 1
            if verdict.passes or not only_passing:
                yield Sent(held, record, verdict)
            else:
                report.fates["would_fail"] += 1


def _send(chunk: list[Sent], outlet: Outlet) -> None:
    """Only what has surely arrived is marked: of two ways to fail, twice is better than never."""
    for held, record, _ in chunk:
        assert record.source is not None
        attempts = str(record.attempts + 1).encode()
        outlet.send(
            record.source.topic, held.key, held.value, record.source.partition, [(ATTEMPTS, attempts)]
        )
    outlet.flush()
    for _, record, _ in chunk:
        outlet.send(REPLAYS, mark(record), record.id.encode())
    outlet.flush()


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
