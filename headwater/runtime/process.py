"""Processes that outlive the command: started detached, known by pid *and* start time.

A pid alone is reused by the system sooner or later; nothing here touches a process whose start time is
not the recorded one.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from headwater.runtime.paths import Paths

#: The boot time that start times are counted from wobbles by a second when the clock is corrected.
CLOCK_SLACK_S = 2.0
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Record:
    """What ``pids/<name>.json`` says: who was started, when, under which settings."""

    pid: int
    started_s: float
    settings: dict[str, int | None]


def start(
    paths: Paths,
    name: str,
    command: Sequence[str],
    env: Mapping[str, str],
    settings: Mapping[str, int | None],
) -> Record:
    """Start a command in its own session, its output in ``logs/<name>.out``, and record it.

    ``posix_spawn`` rather than ``subprocess``: no parent object waits on it, since we are about to leave.
    """
    out = os.open(paths.out(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        pid = os.posix_spawn(
            command[0],
            list(command),
            {**os.environ, **env},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, out, 1),
                (os.POSIX_SPAWN_DUP2, out, 2),
            ],
            setsid=True,
        )
    finally:
        os.close(out)
    record = Record(pid, psutil.Process(pid).create_time(), dict(settings))
    paths.pid(name).write_text(json.dumps(asdict(record)))
    return record


def read(file: Path) -> Record | None:
    """The record, or None if there is none or it is unreadable."""
    try:
        return Record(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def find(record: Record | None) -> psutil.Process | None:
    """The recorded process if it still runs; None for a dead, defunct or different one."""
    process = _same(record) if record else None
    return process if process and _runs(process) else None


def stop(paths: Paths, name: str, patience_s: float = PATIENCE_S) -> bool:
    """End the recorded process and what it left in its session: SIGTERM, wait, SIGKILL. True if it ran."""
    record = read(paths.pid(name))
    leader = find(record)
    if record is not None:
        family = _session(record)
        if leader is not None:
            _end([leader], patience_s)
        _end(family, 2.0)
    paths.pid(name).unlink(missing_ok=True)
    return leader is not None


def _same(record: Record) -> psutil.Process | None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(record.pid)
        if abs(process.create_time() - record.started_s) < CLOCK_SLACK_S:
            return process
    return None


def _runs(process: psutil.Process) -> bool:
    """A defunct process counts as ended: under a container's pid 1 it may stay for ever."""
    with suppress(psutil.NoSuchProcess):
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            return True
        with suppress(ChildProcessError):
            os.waitpid(process.pid, os.WNOHANG)
    return False


def _session(record: Record) -> list[psutil.Process]:
    """The members of the recorded process's session: a TaskManager's Python workers, even as orphans.

    The system does not give a pid away while a session carries its number, so the number is a safe name
    unless a *different* process holds it as its pid.
    """
    if psutil.pid_exists(record.pid) and _same(record) is None:
        return []
    return [process for process in psutil.process_iter() if _session_of(process.pid) == record.pid]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _end(processes: Sequence[psutil.Process], patience_s: float) -> None:
    """psutil itself refuses to signal a pid that was taken over since it was looked up."""
    left = list(processes)
    for number, wait_s in ((signal.SIGTERM, patience_s), (signal.SIGKILL, 5.0)):
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        deadline_s = time.monotonic() + wait_s
        while (left := [process for process in left if _runs(process)]) and time.monotonic() < deadline_s:
            time.sleep(0.05)
