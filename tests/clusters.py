"""Redis servers of a test: a real cluster of three nodes."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from tests.stacks import free_ports


def server(port: int, folder: Path, *flags: str) -> subprocess.Popen[bytes]:
    found = shutil.which("redis-server")
    assert found
    folder.mkdir()
    command = [found, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder), *flags]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def until(what: Any, seconds: float = 20.0) -> None:
    deadline_s = time.monotonic() + seconds
    while True:
        try:
            if what():
                return
        except (redis.RedisError, subprocess.CalledProcessError) as error:
            last: object = error
        else:
            last = "it is not so"
        assert time.monotonic() < deadline_s, last
        time.sleep(0.1)


@contextmanager
def a_cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A cluster of three, by one of them, and its nodes."""
    ports = free_ports(3)
    # The bus of a node is on the next port: 10,000 further on, as usual, somebody's client may have it.
    nodes = [
        server(p, folder / str(p), "--cluster-enabled", "yes", "--cluster-port", str(p + 1)) for p in ports
    ]
    try:
        until(lambda: all(redis.Redis(port=p).ping() for p in ports))
        addresses = [f"127.0.0.1:{p}" for p in ports]
        create = ["redis-cli", "--cluster", "create", *addresses, "--cluster-yes"]
        subprocess.run(create, check=True, stdout=subprocess.DEVNULL)
        until(lambda: all(redis.Redis(port=p).cluster("info")["cluster_state"] == "ok" for p in ports))
        yield f"redis+cluster://127.0.0.1:{ports[0]}", nodes
    finally:
        for node in nodes:
            node.kill()
            node.wait()
