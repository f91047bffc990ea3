"""The folder of an archive: the names of its files tell what it holds, and nothing else does."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from flink_jobs.stretches import Lane, Places
from headwater.errors import HeadwaterError

_NAME = re.compile(r"(\d+)-(\d+)-(\d+)\.parquet")
_WRITING = ".writing"


class Held(NamedTuple):
    """What a file holds: the records of a partition from an offset to another, itself included."""

    partition: int
    first: int
    last: int

    @classmethod
    def of(cls, name: str) -> Held | None:
        """What a file of that name holds; None if it is none of an archive.

        >>> Held.of("3-1000-1999.parquet"), Held.of("play.parquet")
        (Held(partition=3, first=1000, last=1999), None)
        """
        found = _NAME.fullmatch(name)
        return cls(*map(int, found.groups())) if found else None

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.partition}-{self.first}-{self.last}.parquet"


def held(topic: Path) -> dict[int, list[Held]]:
    """What the files of a topic's folder hold, by partition, in order.

    Raises HeadwaterError where two of them hold the same record.
    """
    found: dict[int, list[Held]] = {}
    for one in sorted(filter(None, (Held.of(file.name) for file in topic.glob("*/*.parquet")))):
        found.setdefault(one.partition, []).append(one)
    for files in found.values():
        for one, other in pairwise(files):
            if other.first <= one.last:
                problem = f"{topic} holds records twice, in {one.name} and in {other.name}"
                raise HeadwaterError(problem, "remove the one that was copied there")
    return found


@dataclass(frozen=True)
class Folder:
    """Where topics are kept: `<root>/valid/play/hour=2026-11-30T07/<partition>-<first>-<last>.parquet`.

    `next` is the first offset of each partition that is not there yet.
    """

    root: Path
    next: Places = field(default_factory=dict)

    @classmethod
    @contextmanager
    def opened(cls, root: Path) -> Iterator[Folder]:
        """The folder, made if there is none, for one process at a time; what an earlier one did not finish
        is removed. Raises HeadwaterError.
        """
        try:
            root.mkdir(parents=True, exist_ok=True)
            with (root / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for file in root.glob(f"*/*/*/*{_WRITING}"):
                    file.unlink()
                yield cls(root, ends_of(root))
        except BlockingIOError:
            raise HeadwaterError(f"another process archives to {root}", "stop it, or name another") from None
        except OSError as error:
            raise HeadwaterError(f"--out {root} cannot be written ({error})", "name another") from None

    def write(self, lane: Lane, first: int, last: int, hour: str, records: pa.Table) -> int:
        """Keep records as a file that is there whole or not at all, whatever fails; its size in bytes."""
        topic, partition = lane
        folder = topic_of(self.root, topic) / f"hour={hour}"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / Held(partition, first, last).name
        fresh = file.with_suffix(_WRITING)
        pq.write_table(records, fresh, compression="zstd")
        _flushed(fresh)
        fresh.rename(file)
        for directory in (folder, folder.parent):
            _flushed(directory)
        self.next[lane] = last + 1
        return file.stat().st_size


def topic_of(root: Path, topic: str) -> Path:
    """Where the files of a topic are.

    >>> topic_of(Path("archive"), "valid.play").as_posix()
    'archive/valid/play'
    """
    return root.joinpath(*topic.split("."))


def ends_of(root: Path) -> Places:
    """The first offset of each partition that an archive does not hold yet. Raises HeadwaterError."""
    found: Mapping[str, Path] = {".".join(at.relative_to(root).parts): at for at in root.glob("*/*/")}
    return {
        (topic, partition): files[-1].last + 1
        for topic, at in found.items()
        for partition, files in held(at).items()
    }


def _flushed(path: Path) -> None:
    """Return once it would outlast a loss of power."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
