"""Keeps the local runtime alive: dead processes are started again, and lost jobs go on from their checkpoint.

Flink itself restarts the tasks of a killed worker or TaskManager. A killed JobManager forgets its jobs, and
an emptied Redis has lost what no job writes again by itself: these two are mended here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial

from headwater import jobs, runs
from headwater.errors import HeadwaterError
from headwater.runtime import process, stack
from headwater.runtime.endpoints import endpoints
from headwater.runtime.flink_rest import ENDED, FlinkRest
from headwater.runtime.paths import Paths
from headwater.settings import Settings, load

NAME = "supervisor"
_EVERY_S = 1.0


def start(settings: Settings) -> None:
    """Start the supervisor beside the local runtime unless it runs."""
    paths = Paths.of(settings)
    if process.find(process.read(paths.pid(NAME))) is None:
        process.start(paths, NAME, [sys.executable, "-m", "headwater.supervisor"], {}, {})


def stop(settings: Settings) -> None:
    """Stop it, so that what is stopped next stays stopped."""
    process.stop(Paths.of(settings), NAME)


def supervise(
    settings: Settings, say: Callable[[str], None], until: Callable[[], bool] = lambda: False
) -> None:
    """Look every second, and mend what is broken. What cannot be mended now is said and tried again."""
    while not until():
        try:
            mend(settings, say)
        except HeadwaterError as error:
            say(str(error))
        time.sleep(_EVERY_S)


def mend(settings: Settings, say: Callable[[str], None]) -> None:
    """One look: first the processes, then the jobs that should run."""
    dead = [part.name for part in stack.status(settings, time.time()) if not part.alive]
    if dead:
        say(f"{', '.join(dead)} died")
        stack.up(settings, say)
    where = endpoints(settings)
    live = {job.name for job in FlinkRest(where.flink, timeout_s=5).jobs() if job.state not in ENDED}
    for name in jobs.JOBS:
        run = runs.read(Paths.of(settings), name)
        if run is None or not run.wanted:
            continue
        if name in live and not jobs.intact(where, name, run):
            say(f"Redis lost what {name} wrote: counting it again")
            jobs.end(where, name)
            live.remove(name)
        if name not in live:
            jobs.ensure_running(settings, where, name, say)


if __name__ == "__main__":
    supervise(load(), partial(print, flush=True))
