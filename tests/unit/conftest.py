"""A real Redis for the tests that compare its double with it."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.fresh import Fresh

PORTS = range(24_000, 24_100)


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Redis]:
    """A Redis of its own, without a file."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("redis-server is not installed")
    directory = tmp_path_factory.mktemp("redis")
    for port in PORTS:
        process = start(server, port, directory)
        with redis.Redis(port=port) as connected:
            if answers(connected, process):
                yield connected
                process.terminate()
                process.wait()
                return
    pytest.fail(f"no Redis came up on ports {PORTS}")


@pytest.fixture(
    scope="module",
    params=[pytest.param("memory", marks=pytest.mark.unit), pytest.param("redis", marks=pytest.mark.runtime)],
)
def fresh(request: pytest.FixtureRequest) -> Fresh:
    """Makes empty stores of one kind."""
    return Fresh(request.getfixturevalue("client") if request.param == "redis" else None)


def start(server: str, port: int, directory: Path) -> subprocess.Popen[bytes]:
    flags = {"port": str(port), "bind": "127.0.0.1", "save": "", "logfile": "log"}
    command = [server, *(word for name, value in flags.items() for word in (f"--{name}", value))]
    return subprocess.Popen(command, cwd=directory)


def answers(connected: redis.Redis, process: subprocess.Popen[bytes]) -> bool:
    """Whether it came up; it ends at once when its port is taken."""
    for _ in range(100):
        time.sleep(0.05)
        if process.poll() is not None:
            return False
        try:
            return bool(connected.ping())
        except redis.ConnectionError:
            continue
    process.kill()
    process.wait()
    return False
