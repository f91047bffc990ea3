"""All models on the real stack, their workers or the TaskManager killed on the way, again and again.

Each is exactly what a naive reading learns, in one go and without a failure.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import pytest

from features.catalog import VIEWS
from flink_jobs.outcomes import BATCH_MS, WAIT_MS
from flink_jobs.stretches import between, consumer, ends, lanes, since
from headwater.model_orders import give
from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from headwater.traffic.delivery import deliver, wall_ms
from headwater.traffic.generate import traffic
from headwater.traffic.population import make_world
from headwater.traffic.producer import KafkaSink
from headwater.traffic.truth import Truth
from online_models.catalog import MODELS
from online_models.declaration import Declaration
from online_models.examples import Examples, Numbers
from online_models.model import OnlineModel
from online_models.outcome import Outcome
from schemas.codec import Record
from schemas.orders import HAND, Action, Order
from schemas.topics import LEARNT_FROM, facts
from serving import ModelReader
from sinks.redis_features import RedisTiles, connect
from sinks.redis_generations import take_over
from sinks.redis_models import RedisModels
from tests.reading import event
from tests.runtime import chaos
from tests.stacks import up
from tests.tiles import write_all

pytestmark = pytest.mark.runtime

SEED, TITLES = 5, 12
WINDOW_MS = 2_000
PATIENCE_S = 90.0
_TASKMANAGER = chaos.kill("taskmanager")


@pytest.fixture
def running(
    tmp_path: Path, make_settings: Callable[[Path], Settings]
) -> Iterator[tuple[Settings, Endpoints]]:
    """A stack of its own: the model learns from all that is in the topics."""
    settings = make_settings(tmp_path).model_copy(update={"take_window_ms": WINDOW_MS, "monitor": False})
    with up(settings, "update_models", "validate_events") as where:
        yield settings, where


@pytest.mark.parametrize(
    ("victims", "rate_per_s", "seconds"),
    [
        # Time enough between two deaths for some to be looked up at once, even on a busy machine.
        pytest.param([chaos.kill_workers], 100, 40, id="workers"),
        pytest.param([chaos.kill_workers] * 3, 100, 80, id="workers thrice", marks=pytest.mark.soak),
        pytest.param([_TASKMANAGER], 250, 20, id="taskmanager", marks=pytest.mark.soak),
        pytest.param([chaos.kill_workers, _TASKMANAGER] * 10, 100, 300, id="twenty", marks=pytest.mark.soak),
    ],
)
def test_no_example_is_lost_or_learnt_twice(
    running: tuple[Settings, Endpoints], victims: list[chaos.Kill], rate_per_s: int, seconds: int
) -> None:
    settings, where = running
    left = list(victims)

    def kill_on_the_way(sent: int) -> None:
        killed = len(victims) - len(left)
        if left and sent > rate_per_s * seconds * (killed + 1) // (len(victims) + 1):
            # What is looked up again after this is not what it was.
            played(where, wall_ms(), 100)
            left.pop()(settings)

    played(where, wall_ms(), 3)
    start_ms = wall_ms() + 500
    messages = traffic(make_world(Random(SEED), 200, TITLES), rate_per_s, seconds, start_ms, SEED, 0.0)
    orders = {name: frozen_meanwhile(name, start_ms) for name in MODELS}
    give(where.kafka, [order for those in orders.values() for order in those])
    with chaos.Mending(settings):
        truth = deliver(messages, KafkaSink(where.kafka), Truth(records=[]), on_tick=kill_on_the_way)
        assert truth.records
        assert not left
        # The watermark stands WAIT_MS and up to a batch behind the newest event; a batch closes a window
        # later.
        newest_ms = max(record["event_time"] for _, record in truth.records)
        until_ms = newest_ms - WINDOW_MS - WAIT_MS - 4 * BATCH_MS
        asked = {name: asked_of(declared, truth) for name, declared in MODELS.items()}
        found = {name: published(where, name, until_ms, asked[name]) for name in MODELS}
        known = {of: facts_of(where.kafka, of) for of in LEARNT_FROM}

    for of, texts in known.items():
        prompt = [text for text in texts.values() if json.loads(text)[1]]
        print(f"{of}: {len(prompt)} of {len(texts)} were looked up in time")
        assert len(prompt) > 20
    for name, declared in MODELS.items():
        told, predicted = found[name]
        expected, n = learnt(declared, truth, told["learnt_until_ms"], orders[name], known)
        assert told["examples"] == expected.examples > 30, name
        assert n > told["examples"] or declared.outcome.of == "hover", (
            "viewings that say neither are no examples"
        )
        assert told["positives"] == expected.positives > 15
        assert told["refused"] == expected.guard.refused
        assert told["refused"]["frozen"] > 5
        assert told["frozen"] is None
        assert told["digest"] == expected.summary()["digest"], f"{name}: to the last bit, without a failure"
        assert predicted.tobytes() == expected.predict(asked[name]).tobytes(), f"{name}: as a ranker reads it"
        expected_told = json.loads(json.dumps(expected.summary()))
        for figure in ("log_loss", "base_log_loss", "auc", "ece", "calibration", "slices"):
            assert told[figure] == expected_told[figure]


def played(where: Endpoints, now_ms: int, times: int) -> None:
    """Redis says that each title was played so often, as if the features were computed here."""
    plays = [
        event("play", now_ms, title_id=f"t{n:05}", event_id=f"{n}-{i}")
        for n in range(1, TITLES + 1)
        for i in range(times)
    ]
    with closing(connect(where.redis)) as redis:
        write_all(RedisTiles(redis), VIEWS["title_engagement"], plays)
        take_over(redis, 0)


def published(where: Endpoints, name: str, until_ms: int, asked: Examples) -> tuple[dict[str, Any], Numbers]:
    """The snapshot, once it has learnt until then (the newest when it never does), and what a ranker predicts
    by it."""
    deadline = time.monotonic() + PATIENCE_S
    with closing(connect(where.redis)) as redis:
        while True:
            found = RedisModels(redis).read(name) or {"learnt_until_ms": 0, "version": 0}
            reader = ModelReader(RedisModels(redis), poll_s=PATIENCE_S)
            predicted = reader.predict(name, asked)
            complete = found["learnt_until_ms"] >= until_ms and found["version"] == reader.version(name)
            if complete or time.monotonic() > deadline:
                return found, predicted
            time.sleep(0.5)


def asked_of(declared: Declaration, truth: Truth) -> Examples:
    """All that happened."""
    return declared.examples([json.dumps(row) for row in sorted(rows(declared.outcome, truth, {}))])


def facts_of(kafka: str, event: str) -> dict[str, str]:
    """What the log says was known of each event when it was first looked up."""
    found: dict[str, str] = {}
    with consumer(kafka, "test-facts") as reader:
        of = lanes(reader, facts(event))
        first = since(reader, dict.fromkeys(of, 0))
        for messages in between(reader, first, ends(reader, of)):
            for row in (json.loads(message.value() or b"") for message in messages):
                found[row["event_id"]] = min(row["known"], found.get(row["event_id"], row["known"]))
    return found


def frozen_meanwhile(model: str, start_ms: int) -> list[Order]:
    """Three seconds of which nothing is to be learnt."""
    edges: list[tuple[Action, int]] = [("freeze", 6_000), ("unfreeze", 9_000)]
    return [Order(model, action, start_ms + after_ms, HAND, "") for action, after_ms in edges]


def learnt(
    declared: Declaration,
    truth: Truth,
    until_ms: int,
    orders: Sequence[Order],
    known: Mapping[str, Mapping[str, str]],
) -> tuple[OnlineModel, int]:
    """What a model is after all batches up to then, and of how many outcomes."""
    end_ms = (until_ms // BATCH_MS + 1) * BATCH_MS
    ordered = sorted(row for row in rows(declared.outcome, truth, known) if row[0] < end_ms)
    model = OnlineModel(declared)
    for _, batch in groupby(ordered, key=lambda row: row[0] // BATCH_MS):
        model.learn(declared.examples([json.dumps(row) for row in batch]), orders)
    return model, len(ordered)


def rows(outcome: Outcome, truth: Truth, known: Mapping[str, Mapping[str, str]]) -> list[list[Any]]:
    """Every event, what was known of it, and whether another followed it in the window."""
    texts = known.get(outcome.of, {})
    of, by = ([r for event, r in truth.records or [] if event == name] for name in (outcome.of, outcome.by))
    told = [
        {**a, "genres": None, "known": texts.get(a["event_id"]), "followed": followed(outcome, a, by)}
        for a in of
    ]
    return [[each[column] for column in outcome.columns] for each in told]


def followed(outcome: Outcome, a: Record, by: list[Record]) -> int:
    return int(
        any(
            0 <= b["event_time"] - a["event_time"] <= WINDOW_MS and all(a[c] == b[c] for c in outcome.on)
            for b in by
        )
    )
