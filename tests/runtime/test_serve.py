"""`headwater serve` with a real Redis, which stops answering, goes away and comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx
import pyarrow.parquet as pq
import pytest

from features.catalog import VIEWS
from serving import FeatureReader
from sinks.redis_features import RedisTiles
from sinks.redis_generations import take_over
from tests.bench.servers import a_redis
from tests.naive import Event
from tests.reading import SAMPLE
from tests.stacks import free_ports
from tests.tiles import write_all

pytestmark = pytest.mark.runtime

POPULAR = "/candidates?member=new&country=BR&fallback=popularity"
ONE = {"ask": [{"views": ["title_engagement"], "entities": ["t1", "new"]}]}


def sent() -> list[Event]:
    """Events of this moment: a minute later they are stale."""
    now_ms = time.time_ns() // 1_000_000
    return [(name, record | {"event_time": now_ms}) for name, record in SAMPLE]


@contextmanager
def served(
    redis_port: int, *options: str, output: IO[bytes] | None = None
) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "headwater", "serve", "--port", str(port), *options]
    given = os.environ | {"HEADWATER_REDIS": f"redis://127.0.0.1:{redis_port}/0"}
    with (
        subprocess.Popen(command, env=given, stdout=output or subprocess.DEVNULL, stderr=output) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client,
    ):
        try:
            until(lambda: client.get("/health/ready").status_code == 200)
            yield client, process
        finally:
            process.terminate()


def until(what: Callable[[], bool], seconds: float = 180.0) -> None:
    deadline_s = time.monotonic() + seconds
    while True:
        try:
            if what():
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def test_it_answers_and_without_redis_it_says_so_at_once_and_falls_back() -> None:
    with a_redis() as (redis, process):
        take_over(redis, 0)
        for view in "title_engagement", "country_top":
            write_all(RedisTiles(redis), VIEWS[view], sent())
        port = redis.connection_pool.connection_kwargs["port"]
        with served(port) as (client, server):
            until(lambda: client.post("/features", json=ONE).status_code == 200)
            (table,) = client.post("/features", json=ONE).json()["tables"]
            (plain,) = FeatureReader(redis).read_many([("title_engagement", ["t1", "new"])])
            known = table["views"]["title_engagement"]
            assert known["status"] == plain.status.tolist() == ["fresh", "missing"]
            assert known["values"]["plays_1h"] == [1, 0]
            page = client.post("/rank", json={"member": "m1", "titles": ["t1", "new"]}).json()
            assert [each["title_id"] for each in page["ranked"]] == ["t1", "new"]
            assert page["titles_known"] is False, "there is no Kafka"

            assert client.get(POPULAR).json()["status"] == "read"

            process.send_signal(signal.SIGSTOP)
            for _ in range(3):
                began_s = time.monotonic()
                assert client.post("/features", json=ONE).status_code == 503
                assert time.monotonic() - began_s < 2.0, "the test of the time itself is the benchmark's"
            answer = client.post("/features", json={**ONE, "fallback": "last_good"}).json()
            fallen = answer["tables"][0]["views"]["title_engagement"]
            assert fallen["status"] == ["last good", "last good"]
            assert fallen["values"]["plays_1h"] == [1, 0]
            popular = client.get(POPULAR).json()
            assert popular["status"] == "popularity"
            assert [(of["title_id"], of["why"]) for of in popular["candidates"]] == [("t1", ["popular here"])]
            assert 0 < popular["age_s"] < 60
            process.send_signal(signal.SIGCONT)
            until(lambda: client.post("/features", json=ONE).status_code == 200)
            # An answer that nobody waited for is nobody else's.
            for entity, plays in ("new", 0), ("t1", 1), ("new", 0):
                found = client.get(f"/features/title_engagement/{entity}").json()
                assert (found["entity"], found["values"]["plays_1h"]) == (entity, plays)

            process.kill()
            until(lambda: client.get("/health/ready").status_code == 503)
            assert client.post("/features", json=ONE).status_code == 503
            assert client.get("/candidates?member=m1").status_code == 503
            assert client.post("/rank", json={"member": "m1"}).status_code == 503
            page = client.post(
                "/rank", json={"member": "m1", "titles": ["new", "t1"], "fallback": "popularity"}
            )
            assert [of["title_id"] for of in page.json()["ranked"]] == ["t1", "new"]
            assert (page.json()["status"], page.json()["models"]) == ("popularity", {})
            assert client.get("/models").status_code == 503
            assert client.get("/health/live").status_code == 200
            server.terminate()
            assert server.wait(20) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT])
def test_pages_that_somebody_looks_at_do_not_hold_up_its_end(
    ended_by: signal.Signals, workers: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The page of a row needs neither.
    monkeypatch.setenv("HEADWATER_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("HEADWATER_FLINK", "http://127.0.0.1:1")
    with a_redis() as (redis, _), (tmp_path / "told").open("wb") as told:
        port = redis.connection_pool.connection_kwargs["port"]
        with (
            served(port, "--workers", workers, output=told) as (client, server),
            client.stream("GET", "/live/row?stream=true") as stream,
        ):
            looks = stream.iter_text()
            assert next(looks).startswith("data: ")
            began_s = time.monotonic()
            server.send_signal(ended_by)
            for _ in looks:
                pass
            assert server.wait(20) == 0
            took_s = time.monotonic() - began_s
    said = (tmp_path / "told").read_text()
    assert "Traceback" not in said, said
    assert "Cancel" not in said, said
    assert took_s < 5.0, "for so long it would wait for the stream"


def test_processes_share_a_port_and_count_together(tmp_path: Path) -> None:
    with a_redis() as (redis, _):
        port = redis.connection_pool.connection_kwargs["port"]
        with served(port, "--workers", "2") as (client, _server):
            for _ in range(20):
                # A connection each: either of them may take it.
                with httpx.Client(base_url=client.base_url, timeout=10) as other:
                    assert other.get("/views").status_code == 200
            told = client.get("/metrics").text
    (line,) = [line for line in told.splitlines() if 'requests_total{route="/views"' in line]
    assert line.endswith(" 20.0")


def test_processes_keep_all_that_they_served_until_they_are_stopped(tmp_path: Path) -> None:
    with a_redis() as (redis, _):
        take_over(redis, 0)
        port = redis.connection_pool.connection_kwargs["port"]
        log = "--log-served", str(tmp_path), "--log-share", "1"
        with served(port, "--workers", "2", *log) as (client, _server):
            for _ in range(20):
                with httpx.Client(base_url=client.base_url, timeout=10) as other:
                    assert other.post("/features", json=ONE | {"fallback": "prior"}).status_code == 200
    files = [*tmp_path.glob("title_engagement@1/*/*")]
    assert {file.suffix for file in files} == {".parquet"}
    rows = [row for file in files for row in pq.read_table(file)["title_id"].to_pylist()]
    assert sorted(rows) == ["new"] * 20 + ["t1"] * 20
