"""An emptied Redis is filled from an archive that is behind, its job goes on, and nothing is wrong after."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from flink_jobs.stretches import consumer
from headwater import jobs, runs
from headwater.archive.folder import Folder
from headwater.archive.keeping import HASTY, keep, lanes_of
from headwater.positions import FEATURES, Watcher
from headwater.rebuilding import rebuild
from headwater.runtime import stack
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.flink_rest import FlinkRest
from headwater.runtime.paths import Paths
from headwater.settings import Settings
from headwater.traffic.delivery import wall_ms
from schemas.events import EVENT_NAMES
from schemas.topics import raw, valid
from sinks import redis_generations
from sinks.redis_features import connect
from tests.runtime import chaos

pytestmark = [pytest.mark.runtime, pytest.mark.soak]


@pytest.fixture
def settings(make_settings: Callable[[Path], Settings], tmp_path: Path) -> Iterator[Settings]:
    made = make_settings(tmp_path)
    try:
        yield made
    finally:
        stack.down(made)


def archive(where: Endpoints, out: Path) -> int:
    """What `headwater archive --once` does; how many records were kept."""
    topics = [of(event) for event in EVENT_NAMES for of in (raw, valid)]
    with Folder.opened(out) as folder, consumer(where.kafka, "archive", **HASTY) as reader:
        return sum(kept.records for lane in lanes_of(reader, topics) for kept in keep(reader, folder, lane))


def caught_up(where: Endpoints, generation: int) -> None:
    """Return once the job of the features has read all that there is."""
    deadline_s = time.monotonic() + 120
    with Watcher(where.kafka) as kafka:
        while any(kafka.look(generation).lag()[job] for job in chaos.JOBS):
            assert time.monotonic() < deadline_s
            time.sleep(1)


def test_an_emptied_redis_is_filled_and_its_job_goes_on(settings: Settings, tmp_path: Path) -> None:
    where = stack.up(settings)
    chaos.start_jobs(settings, where)
    before = runs.read(Paths.of(settings), FEATURES)
    assert before is not None
    with chaos.Traffic(where, rate_per_s=500, seconds=20, seed=5, faults=0.01) as first:
        assert first.gap_s() < 120
        assert archive(where, tmp_path / "archive") > 0
    caught_up(where, before.generation)
    chaos.empty_redis(settings)

    with chaos.Traffic(where, rate_per_s=200, seconds=10, seed=6, faults=0.01) as second:
        found = rebuild(
            settings, where.kafka, where.redis, tmp_path / "archive", [], wall_ms(), lambda *_: None
        )
    assert (found.generation, found.whole, found.lost) == (before.generation, True, 0)
    assert found.since > 0
    jobs.mend(settings, where, FEATURES, print)
    after = runs.read(Paths.of(settings), FEATURES)
    assert after == before, "the job was left alone"
    assert [job.id for job in FlinkRest(where.flink).running(FEATURES)] == [before.job_id]
    with closing(connect(where.redis)) as client:
        assert str(redis_generations.live(client)) == str(before.generation)
    caught_up(where, before.generation)
    records = [*(first.truth.records or ()), *(second.truth.records or ())]
    assert chaos.wrong_features(where, records) == {}
    assert archive(where, tmp_path / "archive") > 0
