"""Scores on the real stack, workers killed and models frozen on the way: to the last bit what a reading of
all that was sent in one go gives, and readable as features."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from headwater import jobs
from headwater.experiments.conduct import Deeds
from headwater.model_orders import give
from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from headwater.titles import announce
from headwater.traffic.delivery import deliver, wall_ms
from headwater.traffic.generate import traffic
from headwater.traffic.population import catalogued, make_world
from headwater.traffic.producer import KafkaSink
from headwater.traffic.truth import Truth
from online_models.members.catalog import scorers
from online_models.members.models import MemberModels
from online_models.members.scorer import Score
from schemas.orders import HAND, Action, Order
from schemas.topics import TITLES
from serving import FeatureReader
from sinks.redis_features import connect
from sinks.redis_models import RedisModels
from tests.runtime import chaos
from tests.stacks import up

pytestmark = [pytest.mark.runtime, pytest.mark.soak]

#: Half an hour that has just passed: late for nobody, and over at once.
RATE_PER_S, SECONDS, SEED = 20, 1_800, 5
HORIZON_MS = 240_000
#: The newest windows are open, and wait for what happened before their end.
OPEN_MS = 130_000
PATIENCE_S = 120.0
#: Within so long a gate knows of the catalogue.
CATALOGUE_S = 6.0
VIEW = "member_scores"


@pytest.fixture
def running(
    tmp_path: Path, make_settings: Callable[[Path], Settings]
) -> Iterator[tuple[Settings, Endpoints]]:
    """A stack of its own."""
    more = {"churn_horizon_ms": HORIZON_MS, "monitor": False, "views": VIEW}
    settings = make_settings(tmp_path).model_copy(update=more)
    with up(settings, "compute_features", "validate_events") as where:
        yield settings, where


def test_scores_are_those_of_what_was_sent_and_are_features(running: tuple[Settings, Endpoints]) -> None:
    settings, where = running
    killed: list[int] = []

    def kill_half_way(sent: int) -> None:
        if not killed and sent > RATE_PER_S * SECONDS // 2:
            killed.extend(pid for pid in chaos.workers(settings) if pid not in others)
            chaos.end(killed)

    start_ms = wall_ms() - 1_000 * SECONDS
    world = make_world(Random(SEED), 300, 40)
    genres = {title.title_id: ",".join(sorted(title.genres)) for title in world.titles}
    announce(catalogued(world.titles), KafkaSink(where.kafka, topics=[TITLES]))
    time.sleep(CATALOGUE_S)
    # Those of the gate live: it would write some events again, which are counted as often as they are there.
    others = chaos.workers(settings)
    assert others
    jobs.ensure_running(settings, where, "score_members", print)
    orders = frozen_meanwhile(start_ms)
    give(where.kafka, orders)
    messages = traffic(world, RATE_PER_S, SECONDS, start_ms, SEED)
    with chaos.Mending(settings):
        truth = deliver(messages, KafkaSink(where.kafka), Truth(records=[]), on_tick=kill_half_way)
        assert truth.records
        assert killed
        found = published(where, start_ms + 1_000 * SECONDS - OPEN_MS)

    said: dict[str, Score] = {}
    for kind in scorers(HORIZON_MS):
        learnt_until_ms = found[kind.models[0]]["learnt_until_ms"]
        deeds = Deeds.of(((e, r, None) for e, r in truth.records), genres, learnt_until_ms)
        models = MemberModels(kind)
        for rows, _ in deeds.rows(kind, start_ms):
            for member, score in zip(rows.member, models.score(rows, orders), strict=True):
                said.setdefault(member, {}).update(score)
        for name, summary in models.summaries(models.to_bytes()).items():
            assert found[name]["examples"] == summary["examples"] > 100, name
            assert found[name]["refused"] == summary["refused"], name
            assert found[name]["refused"]["frozen"] > 10, name
            assert found[name]["frozen"] is None, name
            assert found[name]["digest"] == summary["digest"], f"{name}: to the last bit, without a failure"
    held = readable(where, said)
    for of in ("anomaly", "churn_risk"):
        expected = [said[member].get(of, np.nan) for member in said]
        assert held[f"{of}_24h"] == pytest.approx(np.array(expected), nan_ok=True)


def frozen_meanwhile(start_ms: int) -> list[Order]:
    """Two minutes of which no model is to learn, of each its own."""
    models = [model for kind in scorers(HORIZON_MS) for model in kind.models]
    edges: list[tuple[Action, int]] = [("freeze", 0), ("unfreeze", 120_000)]
    return [
        Order(model, action, start_ms + 600_000 + 200_000 * n + after_ms, HAND, "")
        for n, model in enumerate(models)
        for action, after_ms in edges
    ]


def published(where: Endpoints, until_ms: int) -> dict[str, dict[str, Any]]:
    """The snapshots, once all have learnt until then and nothing more comes; else the newest."""
    deadline = time.monotonic() + PATIENCE_S
    names = [name for kind in scorers(HORIZON_MS) for name in kind.models]
    found: dict[str, dict[str, Any]] = {}
    with closing(connect(where.redis)) as redis:
        models = RedisModels(redis)
        while time.monotonic() < deadline:
            before = found
            found = {name: models.read(name) or {"learnt_until_ms": 0, "examples": 0} for name in names}
            if min(of["learnt_until_ms"] for of in found.values()) >= until_ms and found == before:
                break
            time.sleep(3)
    return found


def readable(where: Endpoints, said: dict[str, Score]) -> dict[str, Any]:
    """What is read, once it is what was said last; the newest when it never is."""
    deadline = time.monotonic() + PATIENCE_S
    told = [score.get("churn_risk", np.nan) for score in said.values()]
    with closing(connect(where.redis)) as redis:
        while True:
            held = FeatureReader(redis).read(VIEW, list(said)).values
            same = np.allclose(held["churn_risk_24h"], told, equal_nan=True)
            if same or time.monotonic() > deadline:
                return dict(held)
            time.sleep(0.5)
