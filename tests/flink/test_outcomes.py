"""Every outcome on a mini cluster, against a naive reading of the same events."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyflink.table import TableEnvironment

from flink_jobs import update_models
from flink_jobs.environment import table_environment
from flink_jobs.facts import picked
from flink_jobs.kafka_tables import sql_type
from flink_jobs.options import Options
from flink_jobs.outcomes import BATCH_MS, clock, declarations
from online_models.outcome import OUTCOMES, Outcome
from schemas.events import EVENTS
from schemas.titles import GENRES

pytestmark = pytest.mark.flink

WINDOW_MS = 5_000
START_MS = 1_780_000_000_000
Event = dict[str, Any]


def headers(verdict: str) -> dict[str, str]:
    return {"verdict": base64.b64encode(verdict.encode()).decode()}


def some_event(rng: Random, event: str, n: int) -> Event:
    """One of few members and titles, so that most have another somewhere near the bounds of the window."""
    few = {"member_id": 60, "session_id": 60, "title_id": 3}
    values: Event = {}
    for column in EVENTS[event].columns:
        texts = [f"{column.name} {n}" for n in range(few.get(column.name, 2))] + ['a "quoted", text']
        some = {"string": texts, "boolean": [True, False]}.get(column.avro, list(range(9_000)))
        values[column.name] = rng.choice(some) if not column.nullable or rng.random() < 0.7 else None
    verdict = rng.choice(["valid"] * 6 + ["warned", "late", "duplicate"])
    at = {"event_id": f"{event[0]}{n}", "event_time": START_MS + rng.randrange(60_000)}
    return values | at | {"verdict": verdict, "genres": rng.choice([None, "drama,noir", "x"])}


def traffic(outcome: Outcome, seed: int) -> tuple[list[Event], list[Event]]:
    rng = Random(seed)
    of, by = (
        [some_event(rng, event, n) for n in range(many)]
        for event, many in ((outcome.of, 900), (outcome.by, 600))
    )
    for n, event in enumerate(rng.sample(of, 150)):
        same = {c: event[c] for c in (*outcome.on, "member_id")}
        # Just within and just outside of the window, another at the very moment.
        for after_ms in rng.sample([0, -1, WINDOW_MS, WINDOW_MS + 1], 2):
            again = some_event(rng, outcome.by, 10_000 + 10 * n + after_ms % 7)
            by.append(again | same | {"event_time": event["event_time"] + after_ms})
    of += [dict(copy) for copy in rng.sample(of, 100)]
    for read_ms, event in enumerate(rng.sample(of, len(of))):
        event["known"] = f'[{START_MS + read_ms},{{"a":{read_ms}}}]'
    # One clock for all events that can meet: after an event whose clock is ahead, Flink gives the zeros of
    # those that could meet the same too late, since it sets one alarm for all of them.
    who = outcome.on[0]
    ahead_ms = {name: rng.choice([0] * 9 + [50_000]) for name in sorted({e[who] for e in of + by})}
    for event in of + by:
        event["came_ms"] = event["event_time"] - ahead_ms[event[who]]
    return sorted(of, key=lambda e: e["came_ms"]), sorted(by, key=lambda e: e["came_ms"])


def as_json(events: list[Event]) -> str:
    """As a table of files tells it: the broker's time, and the verdict in a header."""
    lines = []
    for event in events:
        told = {name: value for name, value in event.items() if name not in ("came_ms", "verdict")}
        came = datetime.fromtimestamp(event["came_ms"] / 1_000, UTC).isoformat(" ", "milliseconds")[:23] + "Z"
        lines.append(json.dumps(told | {"ingested": came, "headers": headers(event["verdict"])}))
    return "\n".join(lines)


def naive(outcome: Outcome, of: list[Event], by: list[Event]) -> dict[str, list[Any]]:
    counted = ("valid", "warned")
    examples: dict[str, list[Any]] = {}
    # Of copies the one that was read first is the last to be put here.
    for a in sorted(of, key=lambda event: str(event["known"]), reverse=True):
        if a["verdict"] in counted:
            followed = any(
                b["verdict"] in counted
                and all(a[c] == b[c] for c in outcome.on)
                and 0 <= b["event_time"] - a["event_time"] <= WINDOW_MS
                for b in by
            )
            examples[a["event_id"]] = [{**a, "followed": int(followed)}[c] for c in outcome.columns]
    return examples


@pytest.fixture(scope="module")
def tables() -> TableEnvironment:
    return table_environment(Options(), **update_models.SETTINGS)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.name)
def test_every_event_is_one_example_labelled_as_a_naive_reading_does(
    tables: TableEnvironment, tmp_path: Path, outcome: Outcome
) -> None:
    of, by = traffic(outcome, seed=1)
    facts = [event for event in of if event["verdict"] in ("valid", "warned")]
    types = {
        c.name: sql_type(c.avro) for c in (*EVENTS[outcome.of].columns, *EVENTS[outcome.by].columns, GENRES)
    }
    types |= {"known": "STRING", "headers": "MAP<STRING, BYTES>"}
    for table, events, names, batched in (
        (f"facts_{outcome.of}", facts, (*picked(outcome), "known"), True),
        (f"valid_{outcome.by}", by, (*(c.name for c in EVENTS[outcome.by].columns), "headers"), False),
    ):
        path = tmp_path / f"{table}.json"
        path.write_text(as_json(events))
        columns = ", ".join(f"`{name}` {types[name]}" for name in names)
        tables.execute_sql(f"DROP TEMPORARY TABLE IF EXISTS {table}")
        tables.execute_sql(
            f"CREATE TEMPORARY TABLE {table} ({columns}, "
            f"ingested TIMESTAMP_LTZ(3) NOT NULL, {clock(batched)}) "
            f"WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '{path.as_uri()}')"
        )
    for statement in declarations(outcome, WINDOW_MS):
        tables.execute_sql(statement)
    with tables.execute_sql(f"SELECT batch FROM {outcome.name}_batches").collect() as rows:
        found = [json.loads(text) for row in rows for text in row[0]]

    expected = naive(outcome, of, by)
    followed = outcome.columns.index("followed")
    assert 0.1 < sum(e[followed] for e in expected.values()) / len(expected) < 0.9
    assert len(found) == len(expected), "one example each"
    assert {example[1]: example for example in found} == expected
    starts = [example[0] // BATCH_MS for example in found]
    assert starts == sorted(starts), "batches come in the order of their times"
