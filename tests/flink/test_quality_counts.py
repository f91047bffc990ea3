"""The counts of the audit, against a naive reading of the same judged events."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from pyflink.table import DataTypes

from flink_jobs import quality_counts
from flink_jobs.environment import table_environment
from flink_jobs.options import Options

pytestmark = pytest.mark.flink

START_MS = 1_780_000_000_000
FIELDS = {
    "event": DataTypes.STRING(),
    "verdict": DataTypes.STRING(),
    "reasons": DataTypes.STRING(),
    "lane": DataTypes.STRING(),
    "slice": DataTypes.STRING(),
    "device_type": DataTypes.STRING(),
    "country": DataTypes.STRING(),
    "app_version": DataTypes.STRING(),
    "ingested": DataTypes.TIMESTAMP_LTZ(3),
    "top": DataTypes.BIGINT(),
    "repeated": DataTypes.BOOLEAN(),
}


def arrival(rng: Random) -> dict[str, Any]:
    known = rng.choice(["tv", "web", None]), rng.choice(["BR", "US"]), rng.choice(["8.1.0", None])
    aside = rng.random() < 0.3
    readable = rng.random() < 0.7
    return {
        "event": rng.choice(["play", "hover"]),
        "verdict": "rejected" if aside else rng.choice(["valid", "warned", "late", "duplicate"]),
        "reasons": rng.choice(["a", "a,b"]) if aside else None,
        "lane": "quarantine" if aside else "valid",
        "slice": "|".join(part or "" for part in known) if aside and readable else None,
        **dict(zip(("device_type", "country", "app_version"), (None,) * 3 if aside else known, strict=True)),
        "ingested": START_MS + rng.randrange(150_000),
        "top": 1,
        "repeated": rng.random() < 0.1,
    }


def naive(arrivals: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    counts: Counter[tuple[Any, ...]] = Counter()
    for a in arrivals:
        if a["repeated"]:
            continue
        if a["lane"] == "valid":
            parts = [a["device_type"] or "", a["country"] or "", a["app_version"] or ""]
        else:
            parts = (a["slice"] or "||").split("|")
        head = a["ingested"] // 60_000 * 60_000, a["event"]
        tail = a["verdict"], a["reasons"] or ""
        counts[(*head, "all", "", *tail)] += 1
        for kind, value in zip(("device_type", "country", "app_version"), parts, strict=True):
            counts[(*head, kind, value, *tail)] += 1
    return counts


def test_every_event_is_counted_in_each_of_its_slices() -> None:
    rng = Random(3)
    arrivals = [arrival(rng) for _ in range(2_000)]
    rows = [
        tuple(datetime.fromtimestamp(a[c] / 1_000, UTC) if c == "ingested" else a[c] for c in FIELDS)
        for a in arrivals
    ]
    tables = table_environment(Options())
    kinds = DataTypes.ROW([DataTypes.FIELD(name, kind) for name, kind in FIELDS.items()])
    tables.create_temporary_view("arrivals", tables.from_elements(rows, kinds))
    query = quality_counts.insert().partition("INSERT INTO counts\n")[2]
    found: Counter[tuple[Any, ...]] = Counter()
    with tables.execute_sql(query).collect() as changes:
        for *key, n in changes:
            found[tuple(key)] = max(found[tuple(key)], n)
    assert found == naive(arrivals)
    assert len(found) > 100
