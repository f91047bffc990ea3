"""What was served to whom, kept as Parquet: a model trains on what was seen, and skew can be measured."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import uuid4

from features.view import View
from serving.answer import Features

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """An answer, as of when it was, when it was given (ms), and the generation that was read."""

    answer: Features
    at_ms: int
    read_ms: int
    generation: int

    @property
    def bytes(self) -> int:
        """What it takes in memory, nearly: its values."""
        return sum(column.nbytes for column in self.answer.values.values()) + 64 * len(self.answer.entities)


class ServedLog:
    """A folder with Parquet files of a share of all reads, in `<view>@<version>/<day>/`. Their columns are
    those of `serving.served_rows`.

    A read is kept whole or not at all, so that what was ranked together stays together. To keep it is to copy
    it; a thread writes what has gathered every `every_s`, or sooner when it takes a quarter of `most_bytes`.
    What would take more than that in memory is dropped, and so is what cannot be written; both are counted:
    `told` gets "written" or "dropped" and how many rows. A process that is killed loses what it had gathered.

    A file has its whole content when it has its name, and no two processes give the same one.
    """

    def __init__(
        self,
        folder: Path,
        share: float,
        random: Random,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        told: Callable[[str, int], None] = lambda fate, rows: None,
        every_s: float = 60.0,
        most_bytes: int = 64 << 20,
    ) -> None:
        self._folder, self._share, self._random, self._clock_ms = folder, share, random, clock_ms
        self._told, self._every_s, self._most_bytes = told, every_s, most_bytes
        self._kept: list[Kept] = []
        self._bytes = self._files = 0
        self._process, self._closed = uuid4().hex[:12], False
        self._lock, self._writing, self._due = threading.Lock(), threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="served-log", daemon=True)
        self._thread.start()

    def add(self, answers: Iterable[Features], at_ms: int, generation: int) -> None:
        """Keep the answers of a read as of `at_ms`, or not. It never waits for a file, and raises nothing."""
        if self._random.random() >= self._share:
            return
        read_ms = self._clock_ms()
        kept = [Kept(_copied(answer), at_ms, read_ms, generation) for answer in answers]
        size = sum(one.bytes for one in kept)
        with self._lock:
            fits = not self._closed and self._bytes + size <= self._most_bytes
            if fits:
                self._kept += kept
                self._bytes += size
            if self._bytes > self._most_bytes // 4:
                self._due.set()
        if not fits:
            self._told("dropped", _rows(kept))

    def flush(self) -> None:
        """Write what has gathered, now."""
        with self._writing:
            with self._lock:
                kept, self._kept = self._kept, []
            # Of a view that was read in part there are fewer columns.
            by_view: dict[tuple[View, tuple[str, ...]], list[Kept]] = {}
            for one in kept:
                by_view.setdefault((one.answer.view, tuple(one.answer.values)), []).append(one)
            for of_view in by_view.values():
                self._write(of_view)
            with self._lock:
                self._bytes -= sum(one.bytes for one in kept)

    def close(self) -> None:
        """Write what has gathered, and keep nothing more."""
        with self._lock:
            self._closed = True
        self._due.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed:
            self._due.wait(self._every_s)
            self._due.clear()
            self.flush()
        # What came while the last was written.
        self.flush()

    def _write(self, kept: Sequence[Kept]) -> None:
        # What makes tables takes a second to import, which no read should wait for.
        from serving.served_rows import write

        first = kept[0]
        day = datetime.fromtimestamp(first.read_ms / 1_000, UTC).date().isoformat()
        self._files += 1
        name = f"{first.read_ms}-{self._process}-{self._files}.parquet"
        try:
            write(kept, self._folder / first.answer.view.id / day / name)
        except Exception as error:
            # Whatever it is, what comes next may be written.
            _LOG.warning("what was served of %s was not written: %s", first.answer.view.id, error)
            self._told("dropped", _rows(kept))
        else:
            self._told("written", _rows(kept))


def _copied(answer: Features) -> Features:
    """The same, whatever its reader does with the arrays that it was given."""
    values = {name: column.copy() for name, column in answer.values.items()}
    return replace(answer, values=values, age_s=answer.age_s.copy(), status=answer.status.copy())


def _rows(kept: Iterable[Kept]) -> int:
    return sum(len(one.answer.entities) for one in kept)
