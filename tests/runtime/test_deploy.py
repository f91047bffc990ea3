"""Features are counted again under traffic, and nobody who reads them notices."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from headwater import jobs, runs
from headwater.runtime import stack
from headwater.runtime.flink_rest import ENDED, FlinkRest
from headwater.runtime.paths import Paths
from headwater.settings import Settings
from serving import FeatureReader
from sinks import redis_generations
from sinks.redis_features import connect
from tests.runtime import chaos

pytestmark = [pytest.mark.runtime, pytest.mark.soak]


@pytest.fixture(scope="module")
def settings(
    make_settings: Callable[[Path], Settings], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    made = make_settings(tmp_path_factory.mktemp("deploy"))
    try:
        yield made
    finally:
        stack.down(made)


class Watched:
    """Reads one title again and again while the block runs: what it saw, oldest first."""

    def __init__(self, redis_url: str) -> None:
        self.seen: list[tuple[int, str]] = []
        self._url, self._stop = redis_url, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Watched:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with closing(connect(self._url)) as client:
            reader = FeatureReader(client)
            while not self._stop.wait(0.02):
                found = reader.read("title_engagement", ["t00001"])
                self.seen.append((int(found.values["hovers_1h"][0]), str(found.status[0])))


def test_a_reader_sees_no_gap_and_no_half_filled_window(settings: Settings) -> None:
    where = stack.up(settings)
    chaos.start_jobs(settings, where)
    with chaos.Traffic(where, rate_per_s=500, seconds=25, seed=5, faults=0.01) as traffic:
        assert traffic.gap_s() < 60
        first = runs.read(Paths.of(settings), "compute_features")
        assert first is not None
        with Watched(where.redis) as watched:
            assert not jobs.deploy(settings, where, again=False, say=print).started
            deployed = jobs.deploy(settings, where, again=True, say=print)
        assert deployed.started
    counts = [count for count, _ in watched.seen]
    assert counts == sorted(counts), "a count went back"
    assert {status for count, status in watched.seen if count} <= {"fresh", "stale"}

    running = [j.id for j in FlinkRest(where.flink).jobs() if j.state not in ENDED]
    assert deployed.id in running
    assert first.job_id not in running
    with closing(connect(where.redis)) as client:
        live = redis_generations.live(client)
        assert live.generation > first.generation
        assert not list(client.scan_iter(f"hw:*:g{first.generation:x}"))
    found = chaos.settle(where, traffic.truth.sent, patience_s=60.0)
    assert all(entry["balanced"] for entry in found["ledger"]), found["ledger"]
    assert chaos.wrong_features(where, list(traffic.truth.records or ())) == {}


def test_an_emptied_redis_is_filled_again_and_says_so_until_it_is(settings: Settings) -> None:
    where = stack.up(settings)
    chaos.empty_redis(settings)
    run = runs.read(Paths.of(settings), "compute_features")
    assert run is not None
    jobs.mend(settings, where, "compute_features", print)
    again = runs.read(Paths.of(settings), "compute_features")
    assert again is not None
    assert again.generation > run.generation
    with closing(connect(where.redis)) as client:
        if redis_generations.live(client).rebuilding:
            assert set(FeatureReader(client).read("title_engagement", ["t00001"]).status) == {"rebuilding"}
    jobs.ensure_all(settings, where, chaos.JOBS, print)
    with closing(connect(where.redis)) as client:
        assert str(redis_generations.live(client)) == str(again.generation)
        found = FeatureReader(client).read("title_engagement", ["t00001"])
    assert found.values["hovers_1h"][0] > 0
