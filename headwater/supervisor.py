"""Keeps the local runtime alive: dead processes are started again, and lost jobs go on from their checkpoint.

Flink itself restarts the tasks of a killed worker or TaskManager. A killed JobManager forgets its jobs, and
an emptied Redis has lost what no job writes again by itself: these two are mended here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from headwater import jobs
from headwater.daemon import MONITOR
from headwater.errors import HeadwaterError
from headwater.runtime import stack
from headwater.runtime.endpoints import endpoints
from headwater.settings import Settings, load

_EVERY_S = 1.0
_SELDOM_S = 60.0


def supervise(
    settings: Settings, say: Callable[[str], None], until: Callable[[], bool] = lambda: False
) -> None:
    """Look every second, and mend what is broken. What cannot be mended is tried ever less often.

    The processes and each job are looked after side by side: a job may wait long for a process that is down.
    """
    tasks = [partial(_mend_processes, settings, say)]
    if not settings.flink:  # a Flink elsewhere looks after its own
        tasks += [partial(_mend_job, settings, name, say) for name in jobs.JOBS]
    with ThreadPoolExecutor(len(tasks)) as pool:
        list(pool.map(lambda task: _again_and_again(task, say, until), tasks))


def _again_and_again(task: Callable[[], None], say: Callable[[str], None], until: Callable[[], bool]) -> None:
    wait_s, due_s = _EVERY_S, 0.0
    while not until():
        if time.monotonic() >= due_s:
            try:
                task()
                wait_s = _EVERY_S
            except (HeadwaterError, OSError) as error:
                say(str(error))
                wait_s = min(2 * wait_s, _SELDOM_S)
            due_s = time.monotonic() + wait_s
        time.sleep(_EVERY_S / 4)


def _dead(settings: Settings) -> list[str]:
    return [part.name for part in stack.status(settings, time.time()) if not part.alive]


def _mend_processes(settings: Settings, say: Callable[[str], None]) -> None:
    if dead := _dead(settings):
        say(f"{', '.join(dead)} died")
        stack.up(settings, say)
    if settings.monitor:
        MONITOR.start(settings)


def _mend_job(settings: Settings, name: str, say: Callable[[str], None]) -> None:
    if not _dead(settings):
        jobs.mend(settings, endpoints(settings), name, say)


if __name__ == "__main__":
    supervise(load(), partial(print, flush=True))
