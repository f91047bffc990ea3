"""What is written to the log of facts: every event that counts, as it was, with what is known of it then."""

from __future__ import annotations

import base64
import json
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyflink.table import DataTypes
from pyflink.table.udf import udf

from flink_jobs.environment import table_environment
from flink_jobs.facts import LookUp, insert, picked, wanted_of
from flink_jobs.kafka_tables import sql_type
from flink_jobs.options import Options
from online_models.outcome import OUTCOMES, Outcome
from schemas.events import EVENTS
from schemas.titles import GENRES
from tests.samples import sound

pytestmark = pytest.mark.flink


def as_json(events: list[dict[str, Any]], ingested_ms: int) -> str:
    """As a table of files tells it."""
    came = datetime.fromtimestamp(ingested_ms / 1_000, UTC).isoformat(" ", "milliseconds")[:23] + "Z"
    lines = []
    for event in events:
        headers = {
            name: base64.b64encode(event.pop(name).encode()).decode() for name in ("verdict", "genres")
        }
        lines.append(json.dumps(event | {"ingested": came, "headers": headers}))
    return "\n".join(lines)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.name)
def test_every_event_that_counts_is_written_though_no_redis_answers(tmp_path: Path, outcome: Outcome) -> None:
    began_ms = time.time_ns() // 1_000_000
    verdicts = ["valid", "warned", "late", "duplicate"] * 10
    events = [
        sound(outcome.of) | {"event_id": f"e{n}", "verdict": verdict, "genres": "drama,noir"}
        for n, verdict in enumerate(verdicts)
    ]
    expected = {
        e["event_id"]: {column: e[column] for column in picked(outcome)}
        for e in events
        if e["verdict"] in ("valid", "warned")
    }
    # Ahead, so that none is too late however slow the machine is.
    (tmp_path / "valid.json").write_text(as_json(events, began_ms + 3_600_000))
    tables = table_environment(
        Options(), **{"restart-strategy_type": "none", "python_executable": sys.executable}
    )
    event = EVENTS[outcome.of]
    types = {c.name: sql_type(c.avro) for c in (*event.columns, GENRES)} | {"known": "STRING"}
    for table, names, more in (
        ("valid", [c.name for c in event.columns], ", headers MAP<STRING, BYTES>"),
        ("facts", [*picked(outcome), "known"], ""),
    ):
        columns = ", ".join(f"`{name}` {types[name]}" for name in names)
        path = (tmp_path / ("valid.json" if table == "valid" else table)).as_uri()
        tables.execute_sql(
            f"CREATE TEMPORARY TABLE {table}_{outcome.of} ({columns}{more}, ingested TIMESTAMP_LTZ(3)) "
            f"WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '{path}')"
        )
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        # It takes connections, and says nothing.
        looking = LookUp(wanted_of(outcome.of), f"redis://127.0.0.1:{nobody.getsockname()[1]}/0")
        look_up = udf(looking, result_type=DataTypes.STRING(), func_type="pandas")
        tables.create_temporary_system_function(f"look_up_{outcome.of}", look_up)
        tables.execute_sql(insert(outcome)).wait()
    written = [
        json.loads(line) for path in (tmp_path / "facts").iterdir() for line in path.read_text().splitlines()
    ]
    found = {row["event_id"]: {column: row.get(column) for column in expected["e0"]} for row in written}
    assert found == expected
    assert len(written) == len(expected)
    for row in written:
        read_ms, known = json.loads(row["known"])
        assert read_ms >= began_ms
        assert known == {}
