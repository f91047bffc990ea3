"""One real stack for all runtime tests: Kafka, Redis and Flink on free ports, taken down at the end."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from headwater.runtime import jars
from headwater.runtime import stack as runtime
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.paths import Paths
from headwater.settings import Settings, load

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Running:
    """A stack that is up, as commands see it."""

    settings: Settings
    endpoints: Endpoints


@pytest.fixture(scope="session")
def make_settings() -> Callable[[Path], Settings]:
    """Settings for one more stack in a directory of its own, on ports that are free now."""
    return _settings


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The shared stack. Leave its parts alive; topics and jobs are yours to name and to end."""
    settings = _settings(tmp_path_factory.mktemp("stack"))
    try:
        yield Running(settings, runtime.up(settings))
    finally:
        runtime.down(settings)


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
