"""The plan of score_members, and its rows on a mini cluster against a naive reading of the same events."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyflink.table import ExplainDetail, TableEnvironment

from flink_jobs import member_rows, score_members
from flink_jobs.environment import table_environment
from flink_jobs.kafka_tables import clock, sql_type
from flink_jobs.options import Options
from online_models.members.measure import EVENTS as OF
from online_models.members.scorer import Kind
from schemas.events import EVENTS
from tests.conduct import HORIZON_MS, KINDS
from tests.naive_conduct import Event, naive, some_events

pytestmark = pytest.mark.flink


def test_the_plan_forgets_and_updates_nothing_but_the_scorers() -> None:
    tables = table_environment(Options(), **score_members.SETTINGS)
    plan = score_members.build(tables, Options()).explain(ExplainDetail.CHANGELOG_MODE)
    physical = plan.split("== Optimized Physical Plan ==")[1].split("== Optimized Execution Plan ==")[0]
    execution = plan.split("== Optimized Execution Plan ==")[1]
    assert "UB" not in physical
    for kind in KINDS:
        assert physical.count(f"judge_{kind.name}(") == 1
    sources = [line for line in execution.splitlines() if "TableSourceScan(" in line]
    assert len(sources) == len(OF), "each type is read once for all scorers"
    assert execution.count("WindowAggregate(") >= 2 * len(KINDS)


def as_json(event: Event) -> str:
    told = {name: value for name, value in event.items() if name not in ("event", "verdict", "genres")}
    came = datetime.fromtimestamp(event["event_time"] / 1_000, UTC).isoformat(" ", "milliseconds")[:23] + "Z"
    headers = {name: event[name] for name in ("verdict", "genres") if event[name]}
    coded = {name: base64.b64encode(value.encode()).decode() for name, value in headers.items()}
    return json.dumps(told | {"ingested": came, "headers": coded})


@pytest.fixture(scope="module")
def tables() -> TableEnvironment:
    return table_environment(Options(churn_horizon_ms=HORIZON_MS), **score_members.SETTINGS)


@pytest.fixture(scope="module")
def events(tables: TableEnvironment, tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    """Some events, in tables of files in the place of those of Kafka."""
    made = some_events(900)
    folder: Path = tmp_path_factory.mktemp("valid")
    happened = clock("TO_TIMESTAMP_LTZ(event_time, 3)", member_rows.WAIT_MS)
    for event in OF:
        path = folder / f"{event}.json"
        path.write_text("\n".join(as_json(e) for e in made if e["event"] == event))
        columns = ", ".join(
            f"`{c.name}` {sql_type(c.avro)}{'' if c.nullable else ' NOT NULL'}" for c in EVENTS[event].columns
        )
        tables.execute_sql(
            f"CREATE TEMPORARY TABLE valid_{event} ({columns}, headers MAP<STRING, BYTES>, "
            f"ingested TIMESTAMP_LTZ(3) NOT NULL, {happened}) "
            f"WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '{path.as_uri()}')"
        )
    *_, deeds = member_rows.sources(Options(), "group")
    tables.execute_sql(deeds)
    return made


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_rows_are_those_of_a_naive_reading(tables: TableEnvironment, events: list[Event], kind: Kind) -> None:
    for statement in member_rows.declarations(kind):
        tables.execute_sql(statement)
    found = {}
    with tables.execute_sql(f"SELECT at_ms, batch FROM {kind.name}_batches").collect() as rows:
        for at_ms, batch in rows:
            for member, said, *measures in map(json.loads, batch):
                found[at_ms, member] = [json.loads(said), *measures]
    expected = naive(kind, events)
    assert len(expected) > 60
    assert found == expected
