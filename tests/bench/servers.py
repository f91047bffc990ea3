"""What the benchmarks run against: a Redis alone, or a whole stack, on free ports in a temporary folder."""

from __future__ import annotations

import shutil
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
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.paths import Paths
from headwater.settings import Settings
from tests.stacks import ROOT as ROOT
from tests.stacks import free_ports, settings_in, up


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
        settings = settings_in(Path(directory))
        with up(settings) as where:
            yield Stack(settings, where, Paths.of(settings))


@contextmanager
def a_redis() -> Iterator[tuple[redis.Redis, psutil.Process]]:
    """A Redis without a file, and its process."""
    server = shutil.which("redis-server")
    if server is None:
        raise HeadwaterError("redis-server is not installed", "make setup")
    (port,) = free_ports(1)
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
