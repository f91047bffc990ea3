"""Where the local runtime keeps its files, and what happens when it cannot."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from headwater.errors import HeadwaterError
from headwater.settings import Settings

#: Below this Kafka and the checkpoints would fail within minutes, and less clearly.
LEAST_FREE_BYTES = 512 * 1_048_576


@dataclass(frozen=True)
class Paths:
    """The layout of the runtime directory; ``root`` is absolute, because the parts do not share our cwd.

    >>> Paths(Path("/r")).log("kafka").as_posix()
    '/r/logs/kafka.log'
    """

    root: Path

    @classmethod
    def of(cls, settings: Settings) -> Paths:
        """The paths under ``settings.runtime_dir``."""
        return cls(settings.runtime_dir.absolute())

    @property
    def jars(self) -> Path:
        return self.root / "jars"

    @property
    def flink(self) -> Path:
        return self.root / "flink"

    @property
    def endpoints(self) -> Path:
        return self.root / "endpoints.json"

    @property
    def checkpoints(self) -> Path:
        return self.root / "checkpoints"

    @property
    def savepoints(self) -> Path:
        return self.root / "savepoints"

    def data(self, part: str) -> Path:
        """What a part must keep over a restart."""
        return self.root / "data" / part

    def scratch(self, part: str) -> Path:
        """What a part may lose: emptied before each start."""
        return self.root / "scratch" / part

    def pid(self, part: str) -> Path:
        return self.root / "pids" / f"{part}.json"

    def log(self, part: str) -> Path:
        """What a part says through its logger."""
        return self.root / "logs" / f"{part}.log"

    def out(self, part: str) -> Path:
        """What a part prints: only what went wrong before its logger stood, as a rule."""
        return self.root / "logs" / f"{part}.out"


def unusable(paths: Paths, error: OSError) -> HeadwaterError:
    """What to say when the runtime directory cannot be written."""
    problem = f"{_named(paths)} cannot be used ({error.strerror or error})"
    return HeadwaterError(problem, "make it writable and leave room, or set another")


def _named(paths: Paths) -> str:
    return f"runtime directory {paths.root} (HEADWATER_RUNTIME_DIR)"


@contextmanager
def opened(settings: Settings) -> Iterator[Paths]:
    """The runtime directory, created, with room, and held by one command at a time.

    An OSError inside (disk full, not writable) becomes a HeadwaterError that names HEADWATER_RUNTIME_DIR.
    """
    paths = Paths.of(settings)
    try:
        paths.root.mkdir(parents=True, exist_ok=True)
        for part_dir in ("data", "scratch", "pids", "logs"):
            (paths.root / part_dir).mkdir(exist_ok=True)
        free_bytes = shutil.disk_usage(paths.root).free
        if free_bytes < LEAST_FREE_BYTES:
            raise HeadwaterError(
                f"{_named(paths)} has {free_bytes >> 20} MiB free",
                f"make room for {LEAST_FREE_BYTES >> 20} MiB",
            )
        with (paths.root / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield paths
    except OSError as error:
        raise unusable(paths, error) from error
