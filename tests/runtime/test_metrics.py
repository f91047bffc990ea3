"""Every metric that a dashboard or an alert asks for is told by a live run, with its labels."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from random import Random

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from headwater.metrics.catalogue import BY_SOURCE
from headwater.monitor.run import monitor
from headwater.positions import AUDIT, FEATURES, GATE, MODELS
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.topics import reachable
from headwater.settings import Settings
from headwater.traffic.delivery import deliver, wall_ms
from headwater.traffic.generate import traffic
from headwater.traffic.population import make_world
from headwater.traffic.producer import KafkaSink
from headwater.traffic.truth import Truth
from tests.meanwhile import meanwhile
from tests.stacks import free_ports, settings_in, up

pytestmark = [pytest.mark.runtime, pytest.mark.soak]

RATE_PER_S, SECONDS, FAULTS, MISCONDUCT = 150, 20, 0.1, 0.03
PATIENCE_S = 180.0
ONE = {"ask": [{"views": ["title_engagement"], "entities": ["t00001"]}]}
#: Names of series with their labels.
Told = dict[str, set[str]]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Settings, Endpoints]]:
    """A stack of its own, whose JobManager and TaskManager have ports for Prometheus."""
    settings = settings_in(tmp_path, metrics=True, take_window_ms=2_000)
    with up(settings, GATE, AUDIT, MODELS, FEATURES) as where:
        yield settings, where


def test_all_that_dashboards_ask_for_is_told(running: tuple[Settings, Endpoints], tmp_path: Path) -> None:
    settings, where = running
    assert settings.metrics_port
    monitoring = meanwhile(lambda ended: monitor(settings, where, print, ended.is_set))
    with monitoring, served(where, tmp_path / "log") as client:
        send(where)
        assert client.post("/features", json=ONE).status_code == 200
        assert client.post("/features", content=b" " * (2 << 20)).status_code == 413
        flink = [f"http://127.0.0.1:{settings.metrics_port + n}/metrics" for n in (0, 1)]
        deadline_s = time.monotonic() + PATIENCE_S
        while missing := not_told(
            {"serve": told(client.get("/metrics")), "flink": told(*map(client.get, flink))}
        ):
            assert time.monotonic() < deadline_s, missing
            time.sleep(2)


@contextmanager
def served(where: Endpoints, log: Path) -> Iterator[httpx.Client]:
    """A client of `headwater serve`, which answers while the block runs, and keeps what it said in a log."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "headwater", "serve", "--port", str(port), "--patience-ms", "5000"]
    command += ["--log-served", str(log), "--log-share", "1"]
    given = os.environ | {f"HEADWATER_{name.upper()}": at for name, at in asdict(where).items()}
    with (
        subprocess.Popen(command, env=given, stdout=subprocess.DEVNULL) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        try:
            deadline_s = time.monotonic() + PATIENCE_S
            while not reachable(f"127.0.0.1:{port}"):
                assert time.monotonic() < deadline_s
                time.sleep(0.2)
            yield client
        finally:
            process.terminate()


def send(where: Endpoints) -> None:
    """Traffic in which all goes wrong that can, some of it for a model to learn from."""
    messages = traffic(
        make_world(Random(3), members=200, titles=20),
        RATE_PER_S,
        SECONDS,
        wall_ms() + 500,
        seed=7,
        fault_rate=FAULTS,
        misconduct=MISCONDUCT,
        servers=True,
    )
    deliver(messages, KafkaSink(where.kafka), Truth())


def not_told(found: dict[str, Told]) -> dict[str, set[str]]:
    """The series of the catalogue that are not found, by their names, or come without some labels: these."""
    return {
        metric.series: set(metric.labels) - found[source].get(metric.series, set())
        for source in found
        for metric in BY_SOURCE[source]
        if metric.series not in found[source] or not set(metric.labels) <= found[source][metric.series]
    }


def told(*scrapes: httpx.Response) -> Told:
    """The series of scrapes, each with all labels that it comes with."""
    found: Told = defaultdict(set)
    for scrape in scrapes:
        for family in text_string_to_metric_families(scrape.text):
            for sample in family.samples:
                found[sample.name].update(sample.labels)
    return found
