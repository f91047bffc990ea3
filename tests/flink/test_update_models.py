"""The labels of take on a mini cluster, against a naive reading of the same hovers and plays."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyflink.table import ExplainDetail, TableEnvironment

from flink_jobs import update_models
from flink_jobs.environment import table_environment
from flink_jobs.options import Options
from flink_jobs.take_examples import BATCH_MS, COLUMNS, clock, declarations

pytestmark = pytest.mark.flink

WINDOW_MS = 5_000
START_MS = 1_780_000_000_000
Event = dict[str, Any]

TYPES = {
    "event_id": "STRING NOT NULL",
    "event_time": "BIGINT NOT NULL",
    "member_id": "STRING NOT NULL",
    "title_id": "STRING NOT NULL",
    "row": "INT",
    "rank": "INT",
    "device_type": "STRING",
    "country": "STRING",
    "dwell_ms": "BIGINT NOT NULL",
    "headers": "MAP<STRING, BYTES>",
    "ingested": "TIMESTAMP_LTZ(3) NOT NULL",
}


def judged(event: Event, verdict: str = "valid") -> Event:
    return event | {"headers": {"verdict": base64.b64encode(verdict.encode()).decode()}}


def ingested(event: Event, ahead_ms: int) -> Event:
    """As the broker takes it, from a device whose clock runs ahead by so much."""
    at_s = (event["event_time"] - ahead_ms) / 1_000
    return event | {"ingested": datetime.fromtimestamp(at_s, UTC).isoformat(" ", "milliseconds")[:23] + "Z"}


def traffic(seed: int) -> tuple[list[Event], list[Event]]:
    """Few members and titles, so that most hovers have a play somewhere near the bounds of the window."""
    rng = Random(seed)
    hovers, plays = [], []
    for n in range(1_500):
        at = {
            "event_id": f"e{n}",
            "event_time": START_MS + rng.randrange(60_000),
            "member_id": f"m{rng.randrange(60)}",
            "title_id": f"t{rng.randrange(3)}",
            "row": rng.choice([None, 0, 3]),
            "rank": rng.choice([None, 1, 2]),
            "device_type": rng.choice([None, "tv"]),
            "country": "US",
            "dwell_ms": rng.randrange(9_000),
        }
        verdict = rng.choice(["valid"] * 6 + ["warned", "late", "duplicate"])
        (hovers if rng.random() < 0.6 else plays).append(judged(at, verdict))
    for hover in rng.sample(hovers, 150):
        # Just within and just outside of the window, a play at the very moment, and copies.
        for after_ms in rng.sample([0, -1, WINDOW_MS, WINDOW_MS + 1], 2):
            plays.append(hover | {"event_id": f"p{len(plays)}", "event_time": hover["event_time"] + after_ms})
    hovers += rng.sample(hovers, 100)
    clocks = {f"m{n}": rng.choice([0] * 9 + [50_000]) for n in range(60)}
    hovers, plays = (
        sorted((ingested(e, clocks[e["member_id"]]) for e in events), key=lambda e: e["ingested"])
        for events in (hovers, plays)
    )
    return hovers, plays


def naive(hovers: list[Event], plays: list[Event]) -> dict[str, tuple[Any, ...]]:
    counted = {judged({}, v)["headers"]["verdict"] for v in ("valid", "warned")}
    examples = {}
    for h in hovers:
        if h["headers"]["verdict"] not in counted:
            continue
        taken = any(
            p["headers"]["verdict"] in counted
            and p["member_id"] == h["member_id"]
            and p["title_id"] == h["title_id"]
            and h["event_time"] <= p["event_time"] <= h["event_time"] + WINDOW_MS
            for p in plays
        )
        told = h | {"taken": int(taken), "genres": None}
        examples[h["event_id"]] = tuple(told[c] for c in COLUMNS)
    return examples


@pytest.fixture(scope="module")
def tables() -> TableEnvironment:
    return table_environment(Options(), **update_models.SETTINGS)


@pytest.mark.parametrize("seed", [1])
def test_every_hover_is_one_example_labelled_as_a_naive_reading_does(
    tables: TableEnvironment, tmp_path: Path, seed: int
) -> None:
    hovers, plays = traffic(seed)
    for name, events in (("valid_hover", hovers), ("valid_play", plays)):
        path = tmp_path / f"{name}.json"
        path.write_text("\n".join(map(json.dumps, events)))
        columns = ", ".join(f"`{column}` {kind}" for column, kind in TYPES.items())
        tables.execute_sql(
            f"CREATE TEMPORARY TABLE {name} ({columns}, {clock(name.removeprefix('valid_'))}) "
            f"WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '{path.as_uri()}')"
        )
    for statement in declarations(WINDOW_MS):
        tables.execute_sql(statement)
    names = ", ".join(f"`{c}`" for c in COLUMNS)
    unnested = f"SELECT e.* FROM take_batches CROSS JOIN UNNEST(batch) AS e ({names})"
    with tables.execute_sql(unnested).collect() as rows:
        found = [tuple(row) for row in rows]

    expected = naive(hovers, plays)
    assert 0.2 < sum(e[COLUMNS.index("taken")] for e in expected.values()) / len(expected) < 0.9
    assert len(found) == len(expected), "one example a hover"
    assert {example[COLUMNS.index("event_id")]: example for example in found} == expected
    starts = [example[0] // BATCH_MS for example in found]
    assert starts == sorted(starts), "batches come in the order of their times"


def test_the_plan_forgets_and_never_takes_back(tables: TableEnvironment) -> None:
    plan = update_models.build(table_environment(Options(), **update_models.SETTINGS), Options()).explain(
        ExplainDetail.CHANGELOG_MODE
    )
    physical = plan.split("== Optimized Physical Plan ==")[1].split("== Optimized Execution Plan ==")[0]
    assert "IntervalJoin(joinType=[LeftOuterJoin]" in physical
    assert " Join(" not in physical
    assert "UB" not in physical
    assert physical.count("[I,UA]") == 2, "only the model and its snapshots are ever updated"
    assert physical.count("learn_take(") == physical.count("publish_take(") == 1
