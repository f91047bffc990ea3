"""What dies under traffic is mended, and every value is right afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from tests.runtime import chaos
from tests.stacks import up

RATE_PER_S, FAULTS = 1_000, 0.02

KILLS: dict[str, chaos.Kill] = {
    "worker": chaos.kill_worker,
    "taskmanager": chaos.kill("taskmanager"),
    "jobmanager": chaos.kill("jobmanager"),
    "redis": chaos.kill("redis"),
    "redis emptied": chaos.empty_redis,
}


class Survivor:
    """A stack under a supervisor, and all that was ever sent to it."""

    def __init__(self, settings: Settings, where: Endpoints) -> None:
        self._settings, self._where = settings, where
        self._sent: list[chaos.Traffic] = []

    def survive(self, kills: list[tuple[float, str]], seconds: int, seed: int) -> None:
        """Send traffic, kill what is said at its time (s), and hold everything against what was sent."""
        with chaos.Traffic(self._where, RATE_PER_S, seconds, seed, FAULTS) as traffic:
            self._sent.append(traffic)
            began = time.monotonic()
            for at_s, name in kills:
                time.sleep(max(0.0, began + at_s - time.monotonic()))
                KILLS[name](self._settings)
                gap_s = traffic.gap_s()
                print(f"{name}: what was sent at the kill could be read {gap_s:.1f} s later")
        found = chaos.settle(self._where, sum(t.truth.sent for t in self._sent), patience_s=180.0)
        assert all(entry["balanced"] for entry in found["ledger"]), found["ledger"]
        records = [record for t in self._sent for record in t.truth.records or ()]
        assert chaos.wrong_features(self._where, records) == {}


@pytest.fixture(scope="module")
def survivor(
    make_settings: Callable[[Path], Settings], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Survivor]:
    settings = make_settings(tmp_path_factory.mktemp("kills"))
    with up(settings) as where:
        chaos.start_jobs(settings, where)
        with chaos.Mending(settings):
            yield Survivor(settings, where)


@pytest.mark.runtime
@pytest.mark.soak
def test_a_worker_and_a_taskmanager_die(survivor: Survivor) -> None:
    survivor.survive([(6, "worker"), (16, "taskmanager")], seconds=30, seed=1)


@pytest.mark.soak
def test_everything_dies_in_turn(survivor: Survivor) -> None:
    survivor.survive([(8 + 30 * i, name) for i, name in enumerate(KILLS)], seconds=180, seed=2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [3, 4, 5])
def test_ten_random_kills(survivor: Survivor, seed: int) -> None:
    random = Random(seed)
    names = [random.choice(list(KILLS)) for _ in range(10)]
    survivor.survive([(8 + 25 * i, name) for i, name in enumerate(names)], seconds=280, seed=seed)
