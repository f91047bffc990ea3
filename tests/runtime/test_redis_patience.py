"""A writer that starts while Redis is down waits for it, as one does whose Redis goes down."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest

from sinks.redis_features import connect
from tests.stacks import free_ports

pytestmark = pytest.mark.runtime


def test_a_redis_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    server = shutil.which("redis-server")
    assert server
    (port,) = free_ports(1)
    started: list[subprocess.Popen[bytes]] = []

    def later() -> None:
        time.sleep(1.5)
        command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))

    thread = threading.Thread(target=later)
    thread.start()
    try:
        with connect(f"redis://127.0.0.1:{port}/0") as client:
            assert client.set("key", 1)
            started[0].kill()
            started[0].wait()
            thread = threading.Thread(target=later)
            thread.start()
            assert client.set("key", 2)
    finally:
        thread.join()
        for process in started:
            process.kill()
            process.wait()
