"""What runs, or should: one record a job, and the checkpoint from which it can go on."""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from flink_jobs.options import Options
from headwater.runtime.paths import Paths, unusable


@dataclass(frozen=True)
class Run:
    """The last start of a job.

    `plan` is a hash of its SQL, since Flink restores state into the same plan only. `generation` is the time
    of its last start without state, in seconds; `restored_from` the checkpoint that it went on from, if any.
    `wanted`: it should run whenever the services do.
    """

    job_id: str
    plan: str
    generation: int
    restored_from: str | None = None
    wanted: bool = True


def plan_of(name: str, told: Options) -> str:
    """A hash of the SQL of a job and of the Kafka that its offsets are of."""
    text: str = importlib.import_module(f"flink_jobs.{name}").script(told).text()
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read(paths: Paths, name: str) -> Run | None:
    """The last start of a job; None if there was none."""
    try:
        return Run(**json.loads(_file(paths, name).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write(paths: Paths, name: str, run: Run) -> None:
    """Record a start."""
    file = _file(paths, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(run)))
    fresh.replace(file)


def checkpoint_of(paths: Paths, run: Run) -> str | None:
    """The newest complete checkpoint of a run of the local cluster, or the one that it began with."""
    complete = [p.parent for p in (paths.checkpoints / run.job_id).glob("chk-*/_metadata")]
    newest = max(complete, key=lambda p: int(p.name.removeprefix("chk-")), default=None)
    return newest.as_uri() if newest else run.restored_from


def forget(paths: Paths, before: Run, kept: str | None) -> None:
    """Delete the checkpoints of an earlier run and of the one it began with, but for the one that is kept."""
    began_with = Path(before.restored_from).parent.name if before.restored_from else before.job_id
    for job_id in {before.job_id, began_with}:
        directory = paths.checkpoints / job_id
        if kept is None or Path(kept).parent.name != job_id:
            shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def held(paths: Paths, name: str) -> Iterator[None]:
    """One command at a time looks whether a job runs and starts it."""
    file = _file(paths, name).with_suffix(".lock")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = file.open("w")
    except OSError as error:
        raise unusable(paths, error) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _file(paths: Paths, name: str) -> Path:
    return paths.root / "jobs" / f"{name}.json"
