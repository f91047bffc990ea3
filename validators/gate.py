"""The gate: judges records as they come from the log, and marks the ones that producers sent twice.

Its memory of ids is no state to be kept: after a restart it is read back from the log, from the horizon up to
the first record of each partition. A copy that comes later than the horizon is late anyway, so remembering
longer would change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from schemas.topics import FUTURE_TOLERANCE_MS, LATENESS_HORIZON_MS, event_of
from validators.duplicates import RecentIds
from validators.judge import VALID, WARNED, Judgement, judge
from validators.ruleset import RuleSet

DUPLICATE = "duplicate"
HORIZON_MS = LATENESS_HORIZON_MS + FUTURE_TOLERANCE_MS

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Records:
    """Raw records in the order in which they were read, a row each; times are those of ingestion."""

    topic: Sequence[str]
    partition: Ints
    offset: Ints
    time_ms: Ints
    value: Sequence[bytes | None]

    def lane(self, row: np.intp) -> tuple[str, int]:
        """The topic and partition of a row."""
        return self.topic[int(row)], int(self.partition[row])

    def lanes(self) -> Ints:
        """A number for each row: the same for the same topic and partition."""
        return self.topics()[1] * (1 << 32) + self.partition

    def topics(self) -> tuple[list[str], Ints]:
        """The names of the topics, and for each row the place of its topic among them."""
        names = sorted(set(self.topic))
        place = {name: i for i, name in enumerate(names)}
        return names, np.fromiter((place[t] for t in self.topic), np.int64, len(self.topic))


class Stretch(NamedTuple):
    """The records of one partition from an ingestion time up to, and without, an offset."""

    topic: str
    partition: int
    since_ms: int
    before_offset: int


class Log(Protocol):
    """The raw topics, to read again."""

    def read(self, stretches: Sequence[Stretch]) -> Iterator[Records]:
        """The records of stretches of different partitions in batches; those of one partition in order."""


class NoLog:
    """The double of a log: empty."""

    def read(self, stretches: Sequence[Stretch]) -> Iterator[Records]:
        """Nothing."""
        return iter(())


class Gate:
    """Judges batches of records of any topics of raw events."""

    def __init__(self, rules: RuleSet, log: Log) -> None:
        self._rules, self._log = rules, log
        self._forget()

    @property
    def ruleset(self) -> str:
        """The hash of the rules in force."""
        return self._rules.hash

    def judge(self, records: Records) -> Judgement:
        """A verdict for each record, whatever its bytes. Raises what the log raises when unreadable."""
        lane = records.lanes()
        self._recall(records, np.unique(lane, return_index=True)[1])
        found = self._judge(records)
        self._mark(records, found)
        for row in len(lane) - 1 - np.unique(lane[::-1], return_index=True)[1]:
            self._next[records.lane(row)] = int(records.offset[row]) + 1
        return found

    def _recall(self, records: Records, first_rows: npt.NDArray[np.intp]) -> None:
        """Read back the past of partitions that are new here, or of all when the reader has gone back."""
        for row in first_rows:
            if records.offset[row] < self._next.get(records.lane(row), 0):
                self._forget()
        new = [row for row in first_rows if records.lane(row) not in self._next]
        stretches = [
            Stretch(*records.lane(row), int(records.time_ms[row]) - HORIZON_MS, int(records.offset[row]))
            for row in new
        ]
        for past in self._log.read(stretches) if stretches else ():
            self._mark(past, self._judge(past))

    def _forget(self) -> None:
        self._recent: dict[tuple[str, int], RecentIds] = {}
        self._next: dict[tuple[str, int], int] = {}

    def _judge(self, records: Records) -> Judgement:
        whole = Judgement.empty(len(records.value))
        names, place = records.topics()
        for i, topic in enumerate(names):
            rows = np.flatnonzero(place == i)
            values = [records.value[row] for row in rows]
            whole.put(rows, judge(event_of(topic), values, records.time_ms[rows], self._rules))
        return whole

    def _mark(self, records: Records, found: Judgement) -> None:
        """Turn the verdict of every later copy into `duplicate`. Only what counts is remembered.

        Each lane has a memory and a clock of its own: after a pause one may be hours ahead of another.
        """
        counts = np.flatnonzero((found.verdict == VALID) | (found.verdict == WARNED))
        of_lane = records.lanes()[counts]
        for number in np.unique(of_lane):
            rows = counts[of_lane == number]
            memory = self._recent.setdefault(records.lane(rows[0]), RecentIds(HORIZON_MS))
            seen = memory.add(found.id_hash[rows], int(records.time_ms[rows].max()))
            found.verdict[rows[seen]] = DUPLICATE
