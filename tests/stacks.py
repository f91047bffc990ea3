"""Settings of a stack of its own: in a folder of its own, on ports that are free now."""

from __future__ import annotations

import socket
from pathlib import Path

from headwater.runtime import jars
from headwater.runtime.paths import Paths
from headwater.settings import Settings, load

ROOT = Path(__file__).parents[1]


def settings_in(directory: Path) -> Settings:
    """With the jars of `make setup`, if they have been fetched."""
    fetched = Paths(ROOT / ".runtime")
    if jars.complete(fetched):
        directory.joinpath("jars").symlink_to(fetched.jars)
    names = ("kafka_port", "kafka_controller_port", "redis_port", "flink_port", "flink_rpc_port")
    return load(runtime_dir=directory, **dict(zip(names, free_ports(len(names)), strict=True)))


def free_ports(count: int) -> list[int]:
    """Different ports on which nothing listens."""
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    numbers: list[int] = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return numbers
