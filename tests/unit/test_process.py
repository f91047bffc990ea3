from __future__ import annotations

import dataclasses
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from headwater.runtime import process
from headwater.runtime.paths import Paths, opened
from headwater.settings import load

pytestmark = pytest.mark.unit

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('up', flush=True); time.sleep(60)"
)
WITH_WORKER = (
    "import subprocess, time; p = subprocess.Popen(['sleep', '60']);print(p.pid, flush=True); time.sleep(60)"
)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    with opened(load(runtime_dir=tmp_path)) as found:
        return found


@pytest.fixture
def run(paths: Paths) -> Iterator[Callable[[str], process.Record]]:
    """Start a line of Python as the part ``x``; whatever the test leaves is killed."""
    started: list[process.Record] = []

    def start(line: str) -> process.Record:
        started.append(process.start(paths, "x", [sys.executable, "-c", line], {}, {"kafka_port": 1}))
        return started[-1]

    yield start
    for record in started:
        if found := process.find(record):
            found.kill()
            found.wait(5)


def said(paths: Paths) -> str:
    deadline_s = time.monotonic() + 10
    while not (text := paths.out("x").read_text()) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return text


def test_what_is_recorded_is_what_runs(paths: Paths, run: Callable[[str], process.Record]) -> None:
    record = run("import time; time.sleep(60)")
    assert process.read(paths.pid("x")) == record
    found = process.find(record)
    assert found is not None
    assert os.getsid(found.pid) == found.pid, "its own session: it must outlive the terminal"
    assert process.stop(paths, "x")
    assert process.find(record) is None
    assert not paths.pid("x").exists()
    assert not process.stop(paths, "x"), "stopping twice is harmless"


def test_a_reused_pid_is_never_touched(paths: Paths, run: Callable[[str], process.Record]) -> None:
    record = run("import time; time.sleep(60)")
    other = dataclasses.replace(record, started_s=record.started_s - 3600)
    paths.pid("x").write_text(json.dumps(dataclasses.asdict(other)))
    assert process.find(other) is None
    assert not process.stop(paths, "x")
    assert process.find(record) is not None


def test_a_dead_process_is_dead_before_anyone_waits_for_it(run: Callable[[str], process.Record]) -> None:
    record = run("import time; time.sleep(60)")
    os.kill(record.pid, signal.SIGKILL)
    while psutil.Process(record.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert process.find(record) is None


def test_one_that_ignores_sigterm_is_killed(paths: Paths, run: Callable[[str], process.Record]) -> None:
    record = run(STUBBORN)
    said(paths)
    assert process.stop(paths, "x", patience_s=0.2)
    assert process.find(record) is None


@pytest.mark.parametrize("killed_first", [False, True])
def test_stop_ends_the_workers_too(
    paths: Paths, run: Callable[[str], process.Record], killed_first: bool
) -> None:
    record = run(WITH_WORKER)
    worker = psutil.Process(int(said(paths)))
    if killed_first:
        os.kill(record.pid, signal.SIGKILL)
        while process.find(record):
            time.sleep(0.01)
    process.stop(paths, "x")
    deadline_s = time.monotonic() + 5
    while worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "x": 2}'])
def test_an_unreadable_record_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    assert process.read(tmp_path / "x.json") is None
