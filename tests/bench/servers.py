"""What the benchmarks run against: a Redis alone, or a whole stack, on free ports in a temporary folder."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import redis

from headwater.errors import HeadwaterError
from headwater.runtime import jars, stack
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.paths import Paths
from headwater.settings import Settings, load

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Stack:
    """A stack that is up."""

    settings: Settings
    endpoints: Endpoints
    paths: Paths


@contextmanager
def a_stack() -> Iterator[Stack]:
    """Kafka, Redis and Flink, taken down and forgotten at the end. The jars are those of `make setup`."""
    with tempfile.TemporaryDirectory(prefix="headwater-bench-", ignore_cleanup_errors=True) as directory:
        settings = _settings(Path(directory))
        try:
            yield Stack(settings, stack.up(settings), Paths.of(settings))
        finally:
            stack.down(settings)


@contextmanager
def a_redis() -> Iterator[tuple[redis.Redis, psutil.Process]]:
    """A Redis without a file, and its process."""
    server = shutil.which("redis-server")
    if server is None:
        raise HeadwaterError("redis-server is not installed", "make setup")
    (port,) = _free_ports(1)
    flags = {"port": str(port), "bind": "127.0.0.1", "save": "", "logfile": "/dev/null"}
    command = [server, *(word for name, value in flags.items() for word in (f"--{name}", value))]
    with subprocess.Popen(command) as process:
        try:
            with redis.Redis(port=port) as client:
                _wait(client)
                yield client, psutil.Process(process.pid)
        finally:
            process.terminate()


def _wait(client: redis.Redis) -> None:
    for _ in range(100):
        try:
            client.ping()
            return
        except redis.ConnectionError:
            time.sleep(0.05)
    raise HeadwaterError("redis-server does not answer", "start it by hand and look at what it says")


def _settings(directory: Path) -> Settings:
    fetched = Paths(ROOT / ".runtime")
    if jars.complete(fetched):
        directory.joinpath("jars").symlink_to(fetched.jars)
    names = ("kafka_port", "kafka_controller_port", "redis_port", "flink_port", "flink_rpc_port")
    numbers = dict(zip(names, _free_ports(len(names)), strict=True))
    return load(runtime_dir=directory, **numbers)


def _free_ports(count: int) -> list[int]:
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    numbers: list[int] = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return numbers
