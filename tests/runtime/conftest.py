"""One real stack for all runtime tests: Kafka, Redis and Flink on free ports, taken down at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from sinks.redis_features import connect
from sinks.redis_generations import take_over
from tests.clusters import a_cluster
from tests.stacks import settings_in, up


@dataclass(frozen=True)
class Running:
    """A stack that is up, as commands see it."""

    settings: Settings
    endpoints: Endpoints


@pytest.fixture(scope="session", autouse=True)
def workers_apart() -> None:
    """Nothing has told PyFlink to run the Python of jobs in this process, where no test could kill it."""
    assert "PYTHON_LOOPBACK_SERVER_ADDRESS" not in os.environ


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real Redis Cluster of three nodes."""
    with a_cluster(tmp_path_factory.mktemp("cluster")) as (url, _):
        yield url


@pytest.fixture
def client(cluster: str) -> Iterator[Any]:
    """A client of it, as jobs have one; it is empty, and what is written is read."""
    with connect(cluster) as connected:
        connected.flushall()
        take_over(connected, 0)
        yield connected


@pytest.fixture(scope="session")
def make_settings() -> Callable[[Path], Settings]:
    """Settings for one more stack in a directory of its own, on ports that are free now."""
    return settings_in


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The shared stack. Leave its parts alive; topics and jobs are yours to name and to end."""
    settings = settings_in(tmp_path_factory.mktemp("stack"), views="all", task_heap_mb=2_048)
    with up(settings) as where:
        yield Running(settings, where)
