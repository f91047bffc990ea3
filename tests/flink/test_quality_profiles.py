"""The histograms of the audit, against a naive reading of the same events."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from pyflink.table import DataTypes

from flink_jobs import quality_profiles
from flink_jobs.environment import table_environment
from flink_jobs.options import Options
from schemas.events import EVENTS

pytestmark = pytest.mark.flink

START_MS = 1_780_000_000_000
KINDS = {
    "string": DataTypes.STRING(),
    "long": DataTypes.BIGINT(),
    "int": DataTypes.INT(),
    "boolean": DataTypes.BOOLEAN(),
    "double": DataTypes.DOUBLE(),
}
COLUMNS = {c.name: c.avro for event in EVENTS.values() for c in event.columns}
HEAD = {
    "event": DataTypes.STRING(),
    "verdict": DataTypes.STRING(),
    "source_offset": DataTypes.BIGINT(),
    "ingested": DataTypes.TIMESTAMP_LTZ(3),
    "top": DataTypes.BIGINT(),
    "repeated": DataTypes.BOOLEAN(),
}


def value(rng: Random, avro: str) -> Any:
    number = rng.choice([-5, 0, 1, 2, 3, 90, 1_000_000_007])
    return {
        "string": rng.choice(["x", "y"]),
        "boolean": rng.random() < 0.5,
        "double": number / 2,
    }.get(avro, number)


def arrival(rng: Random, offset: int) -> dict[str, Any]:
    event = EVENTS[rng.choice(list(EVENTS))]
    own = {c.name: None if c.nullable and rng.random() < 0.2 else value(rng, c.avro) for c in event.columns}
    return {
        **dict.fromkeys(COLUMNS),
        **own,
        "event": event.name,
        "verdict": rng.choice(["valid", "warned", "late", "duplicate"]),
        "source_offset": offset,
        "ingested": START_MS + rng.randrange(150_000),
        "top": 1,
        "repeated": rng.random() < 0.1,
    }


def bucket(field: str, of: Any) -> str:
    if of is None:
        return "null"
    if field.endswith("_id"):
        return hashlib.md5(of.encode()).hexdigest()[0]
    if isinstance(of, bool):
        return str(of).upper()
    if isinstance(of, str):
        return of
    return "<0" if of < 0 else "<1" if of < 1 else str(math.floor(2 * math.log2(of)))


def naive(arrivals: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    cells: Counter[tuple[Any, ...]] = Counter()
    for a in arrivals:
        if a["repeated"] or a["verdict"] not in ("valid", "warned") or a["source_offset"] % 8:
            continue
        unlike = {"event_id", "member_id", "profile_id", "session_id", "device_id", "query", "event_time"}
        fields = [c.name for c in EVENTS[a["event"]].columns if c.name not in unlike]
        minute = a["ingested"] // 60_000 * 60_000
        parts = [("all", "")]
        parts += [(kind, a[kind] or "") for kind in ("device_type", "country", "app_version")]
        cells.update(
            (minute, a["event"], field, *part, bucket(field, a[field])) for field in fields for part in parts
        )
    return cells


def test_every_sampled_event_is_in_the_histogram_of_each_field_and_slice() -> None:
    rng = Random(4)
    arrivals = [arrival(rng, offset) for offset in range(4_000)]
    tables = table_environment(Options())
    kinds = HEAD | {name: KINDS[avro] for name, avro in COLUMNS.items()}
    row = DataTypes.ROW([DataTypes.FIELD(name, kind) for name, kind in kinds.items()])
    rows = [
        tuple(datetime.fromtimestamp(a[c] / 1_000, UTC) if c == "ingested" else a[c] for c in kinds)
        for a in arrivals
    ]
    tables.create_temporary_view("arrivals", tables.from_elements(rows, row))
    query = quality_profiles.insert().partition("INSERT INTO profiles\n")[2]
    found: Counter[tuple[Any, ...]] = Counter()
    with tables.execute_sql(query).collect() as changes:
        for *key, n in changes:
            found[tuple(key)] = max(found[tuple(key)], n)
    assert found == naive(arrivals)
    assert len(found) > 300
