"""The model of take on the real stack, its workers or the TaskManager killed on the way.

It is exactly what a naive reading learns, in one go and without a failure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import pytest

from flink_jobs.take_examples import BATCH_MS, COLUMNS, WAIT_MS
from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from headwater.traffic.delivery import deliver, wall_ms
from headwater.traffic.generate import traffic
from headwater.traffic.population import make_world
from headwater.traffic.producer import KafkaSink
from headwater.traffic.truth import Truth
from online_models.catalog import TAKE
from online_models.model import OnlineModel
from schemas.codec import Record
from sinks.redis_features import connect
from sinks.redis_models import RedisModels
from tests.runtime import chaos
from tests.stacks import up

pytestmark = pytest.mark.runtime

RATE_PER_S, SECONDS, SEED = 250, 20, 5
WINDOW_MS = 2_000
PATIENCE_S = 90.0


@pytest.fixture
def running(
    tmp_path: Path, make_settings: Callable[[Path], Settings]
) -> Iterator[tuple[Settings, Endpoints]]:
    """A stack of its own: the model learns from all that is in the topics."""
    settings = make_settings(tmp_path).model_copy(update={"take_window_ms": WINDOW_MS, "monitor": False})
    with up(settings, "update_models", "validate_events") as where:
        yield settings, where


@pytest.mark.parametrize("victim", ["workers", pytest.param("taskmanager", marks=pytest.mark.soak)])
def test_no_example_is_lost_or_learnt_twice(running: tuple[Settings, Endpoints], victim: str) -> None:
    settings, where = running
    killed: list[int] = []

    def kill_half_way(sent: int) -> None:
        if not killed and sent > RATE_PER_S * SECONDS // 2:
            killed.extend(chaos.workers(settings))
            if victim == "workers":
                chaos.end(killed)
            else:
                chaos.kill(victim)(settings)

    messages = traffic(make_world(Random(SEED), 200, 12), RATE_PER_S, SECONDS, wall_ms() + 500, SEED, 0.0)
    with chaos.Mending(settings):
        truth = deliver(messages, KafkaSink(where.kafka), Truth(records=[]), on_tick=kill_half_way)
        assert truth.records
        assert killed
        # The watermark stands WAIT_MS and up to a batch behind the newest event; a batch closes a window
        # later.
        newest_ms = max(record["event_time"] for _, record in truth.records)
        found = published(where, until_ms=newest_ms - WINDOW_MS - WAIT_MS - 4 * BATCH_MS)

    end_ms = (found["learnt_until_ms"] // BATCH_MS + 1) * BATCH_MS
    rows = naive_rows([r for e, r in truth.records if e == "hover" and r["event_time"] < end_ms], truth)
    expected = OnlineModel(TAKE)
    for batch in batches(rows):
        expected.learn(TAKE.examples(batch))
    assert found["examples"] == len(rows) > 300
    assert found["positives"] == sum(row[COLUMNS.index("taken")] for row in rows) > 30
    assert found["digest"] == expected.summary()["digest"], "to the last bit, without a failure"
    assert found["log_loss"] == expected.prequential.log_loss


def published(where: Endpoints, until_ms: int) -> dict[str, Any]:
    """The snapshot, once it has learnt until then; the newest when it never does."""
    deadline = time.monotonic() + PATIENCE_S
    with closing(connect(where.redis)) as redis:
        while True:
            found = RedisModels(redis).read(TAKE.name) or {"learnt_until_ms": 0}
            if found["learnt_until_ms"] >= until_ms or time.monotonic() > deadline:
                return found
            time.sleep(0.5)


def naive_rows(hovers: list[Record], truth: Truth) -> list[tuple[Any, ...]]:
    plays = [record for event, record in truth.records or [] if event == "play"]
    rows = []
    for h in hovers:
        taken = any(
            (p["member_id"], p["title_id"]) == (h["member_id"], h["title_id"])
            and 0 <= p["event_time"] - h["event_time"] <= WINDOW_MS
            for p in plays
        )
        rows.append(tuple((h | {"taken": int(taken), "genres": None})[c] for c in COLUMNS))
    return rows


def batches(rows: list[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
    """What falls into one stretch of event time is learnt from together."""
    ordered = sorted(rows)
    return [list(batch) for _, batch in groupby(ordered, key=lambda row: row[0] // BATCH_MS)]
