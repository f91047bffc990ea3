"""Settings of a stack of its own: in a folder of its own, on ports that are free now."""

from __future__ import annotations

import itertools
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from headwater import jobs
from headwater.runtime import jars, stack
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.paths import Paths
from headwater.settings import Settings, load

ROOT = Path(__file__).parents[1]


def settings_in(directory: Path, metrics: bool = False, **more: Any) -> Settings:
    """With the jars of `make setup`, if they have been fetched; with `metrics`, Flink tells its own."""
    fetched = Paths(ROOT / ".runtime")
    if jars.complete(fetched):
        directory.joinpath("jars").symlink_to(fetched.jars)
    names = ["kafka_port", "kafka_controller_port", "redis_port", "flink_port", "flink_rpc_port"]
    names += ["metrics_port"] if metrics else []
    return load(runtime_dir=directory, **dict(zip(names, free_ports(len(names)), strict=True)), **more)


@contextmanager
def up(settings: Settings, *names: str) -> Iterator[Endpoints]:
    """A stack with these jobs while the block runs, taken down at the end, come what may."""
    try:
        where = stack.up(settings)
        for name in names:
            jobs.ensure_running(settings, where, name, print)
        yield where
    finally:
        stack.down(settings)


def free_ports(count: int) -> list[int]:
    """Different ports on which nothing listens, nor on the next ones.

    They are below those that Linux gives to who asks for any (ip_local_port_range begins at 32768): one of
    these may be another test's by the time it is used.
    """
    numbers = (
        number for number in random.SystemRandom().sample(range(20_000, 32_000, 2), 1_000) if _is_free(number)
    )
    return list(itertools.islice(numbers, count))


def _is_free(number: int) -> bool:
    try:
        for each in (number, number + 1):
            socket.create_server(("127.0.0.1", each)).close()
    except OSError:
        return False
    return True
