"""The gate: judges records as they come from the log, and marks the ones that producers sent twice.

Its memory of ids is no state to be kept: after a restart it is read back from the log, from the horizon up to
the first record of each partition. A copy that comes later than the horizon is late anyway, so remembering
longer would change nothing. Rules may change from one batch to the next, and never within one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from schemas.topics import FUTURE_TOLERANCE_MS, LATENESS_HORIZON_MS, event_of
from validators.duplicates import RecentIds
from validators.judge import VALID, WARNED, Judgement, judge
from validators.ruleset import RuleSet
from validators.titles import NO_TITLES, Catalogue, Titles

DUPLICATE = "duplicate"
HORIZON_MS = LATENESS_HORIZON_MS + FUTURE_TOLERANCE_MS

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Records:
    """Raw records in the order in which they were read, a row each; times are those of ingestion.

    `counted` tells of records of the past that all of them counted, whatever is said of them by now.
    """

    topic: Sequence[str]
    partition: Ints
    offset: Ints
    time_ms: Ints
    value: Sequence[bytes | None]
    counted: bool = False

    @cached_property
    def of_topic(self) -> dict[str, Rows]:
        """The rows of each topic, in order."""
        names, place = self._topics
        return {name: np.flatnonzero(place == i) for i, name in enumerate(names)}

    @cached_property
    def of_lane(self) -> dict[tuple[str, int], Rows]:
        """The rows of each topic and partition, in order."""
        lane = self._topics[1] * (1 << 32) + self.partition
        order = lane.argsort(kind="stable")
        starts = [0, *(np.flatnonzero(np.diff(lane[order])) + 1).tolist(), len(lane)]
        rows = [order[start:stop] for start, stop in pairwise(starts) if start < stop]
        return {(self.topic[r[0]], int(self.partition[r[0]])): r for r in rows}

    @cached_property
    def _topics(self) -> tuple[list[str], Ints]:
        """The names of the topics, and for each row the place of its topic among them."""
        names = sorted(set(self.topic))
        place = {name: i for i, name in enumerate(names)}
        return names, np.fromiter(map(place.__getitem__, self.topic), np.int64, len(self.topic))


class Stretch(NamedTuple):
    """The records of one partition from an ingestion time up to, and without, an offset."""

    topic: str
    partition: int
    since_ms: int
    before_offset: int


class Rules(Protocol):
    """The rules in force, which may change at any time."""

    def current(self) -> RuleSet:
        """Those of now; cheap, and does not raise."""


@dataclass(frozen=True)
class Unchanging:
    """The double of rules in force: ever the same."""

    rules: RuleSet

    def current(self) -> RuleSet:
        """These."""
        return self.rules


class Log(Protocol):
    """What was judged before, to read again."""

    def read(self, stretches: Sequence[Stretch]) -> Iterator[Records]:
        """The records of stretches of different partitions in batches. Those of one partition come in order;
        or those alone that `counted`, about in order, where the rules of now would say something else of them
        than was said then."""


class NoLog:
    """The double of a log: empty."""

    def read(self, stretches: Sequence[Stretch]) -> Iterator[Records]:
        """Nothing."""
        return iter(())


class Gate:
    """Judges batches of records of any topics of raw events."""

    def __init__(self, rules: Rules, log: Log, titles: Catalogue = lambda: NO_TITLES) -> None:
        self._rules, self._log, self._titles = rules, log, titles
        self._forget()

    def judge(self, records: Records) -> Judgement:
        """A verdict for each record, whatever its bytes, by the rules and titles in force at the call.

        Raises what the log raises when unreadable.
        """
        rules, titles = self._rules.current(), self._titles()
        self._recall(records, rules, titles)
        found = judge_records(records, rules, titles)
        self._mark(records, found)
        for lane, rows in records.of_lane.items():
            self._next[lane] = int(records.offset[rows[-1]]) + 1
        return found

    def _recall(self, records: Records, rules: RuleSet, titles: Titles) -> None:
        """Read back the past of partitions that are new here, or of all when the reader has gone back."""
        first = {lane: rows[0] for lane, rows in records.of_lane.items()}
        if any(records.offset[row] < self._next.get(lane, 0) for lane, row in first.items()):
            self._forget()
        stretches = [
            Stretch(*lane, int(records.time_ms[row]) - HORIZON_MS, int(records.offset[row]))
            for lane, row in first.items()
            if lane not in self._next
        ]
        for past in self._log.read(stretches) if stretches else ():
            found = judge_records(past, rules, titles)
            if past.counted:
                found.verdict[:] = VALID
            self._mark(past, found)

    def _forget(self) -> None:
        self._recent: dict[tuple[str, int], RecentIds] = {}
        self._next: dict[tuple[str, int], int] = {}

    def _mark(self, records: Records, found: Judgement) -> None:
        """Turn the verdict of every later copy into `duplicate`. Only what counts is remembered.

        Each lane has a memory and a clock of its own: after a pause one may be hours ahead of another.
        """
        counts = (found.verdict == VALID) | (found.verdict == WARNED)
        for lane, all_rows in records.of_lane.items():
            rows = all_rows[counts[all_rows]]
            if not len(rows):
                continue
            memory = self._recent.setdefault(lane, RecentIds(HORIZON_MS))
            seen = memory.add(found.id_hash[rows], max(records.time_ms[rows].tolist()))
            found.verdict[rows[seen]] = DUPLICATE


def judge_records(records: Records, rules: RuleSet, titles: Titles = NO_TITLES) -> Judgement:
    """A verdict for each record, whatever its bytes, without a memory: a copy is an event like any other."""
    of_event = {event_of(topic): rows for topic, rows in records.of_topic.items()}
    return judge(of_event, records.value, records.time_ms, rules, titles)
