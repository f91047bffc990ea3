"""Events as files would hold them, with what a log has beside what counts: repeats, duplicates, late ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa

from features.offline import Log, as_of
from features.offline.dialect import connect
from features.view import View
from schemas.events import EVENTS, Column
from schemas.titles import GENRES
from serving.question import Entity
from tests.naive import Event
from tests.oracle import naive_features
from tests.reading import DAY_MS, NOW_MS, SAMPLE, event, plain
from tests.samples import SOUND

_ARROW = {
    "string": pa.string(),
    "long": pa.int64(),
    "int": pa.int32(),
    "boolean": pa.bool_(),
    "double": pa.float64(),
}
_HEADERS = {"verdict": pa.string(), "partition": pa.int32(), "offset": pa.int64()}


_CHOICES: dict[str, list[Any]] = {
    "member_id": ["m1", "m2"],
    "title_id": ["t1", "t2"],
    "session_id": ["s1", "s2"],
    "country": ["BR", "JP"],
    "device_type": ["tv", "tv", "phone", "tablet", "web"],
    "row": [None, 0, 1, 3],
    "rank": [None, 1, 20, 190],
    "position_ms": [0, 30_000, 57_000],
    "dwell_ms": [100, 400_000],
    "query": ["heist", "heist noir", "noir", ""],
    "genres": [None, "drama", "drama,noir"],
    "stars": [1, 4, 5],
    "kind": [None, "skip", "rewind"],
    "throughput_kbps": [50, 9_000, 90_000],
    "error_code": [None, "E1"],
    "anomaly": [None, *(n / 32 for n in range(32))],
    "taste_number": [None, 1, 2],
    "taste": [None, "crime", "love"],
    "churn_risk": [None, 0.2, 0.6],
}
#: To connect takes longer than all the rest of a law.
_database = cache(connect)


def log_of(events: Sequence[Event], seed: int = 0) -> Log:
    """A log of these events; the one before is void."""
    return Log.of(tables(events, seed), _database())


def tables(events: Sequence[Event], seed: int = 0) -> dict[str, pa.Table]:
    """A table for each event type, in no order, with copies that do not count."""
    random = Random(seed)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in EVENTS}
    for offset, (name, record) in enumerate(events):
        place = {"partition": offset % 2, "offset": offset}
        counted = record | place | {"verdict": random.choice(["valid", "warned"])}
        rows[name] += [counted] * random.choice([1, 1, 2])
        if random.random() < 0.3:
            verdict = random.choice(["duplicate", "late", "rejected"])
            rows[name].append(counted | {"verdict": verdict, "offset": len(events) + offset})
    for of in rows.values():
        random.shuffle(of)
    return {name: _table(name, of) for name, of in rows.items()}


def crowded(random: Random, span_ms: int) -> list[Event]:
    """Many events of few entities within a span, up to NOW_MS."""
    events = []
    for i in range(150):
        name = random.choice(list(EVENTS))
        changes = {column: random.choice(values) for column, values in _CHOICES.items()}
        _, record = event(name, NOW_MS - random.randrange(span_ms), event_id=f"e{i}", **changes)
        record = SOUND | record
        events.append((name, {c.name: record[c.name] for c in (*EVENTS[name].columns, GENRES)}))
    return events


def values_at(view: View, log: Log, asked: Sequence[tuple[Entity, int]]) -> list[dict[str, Any]]:
    """What `as_of` gives for entities at instants, a row each, as plain objects."""
    parts = [(entity,) if isinstance(entity, str) else tuple(entity) for entity, _ in asked]
    keys = [[part[i] for part in parts] for i in range(len(view.entity))]
    found = as_of(log, view, keys, np.array([at_ms for _, at_ms in asked], dtype=np.int64))
    return [{name: plain(column[i]) for name, column in found.items()} for i in range(len(asked))]


def naive_at(view: View, events: Sequence[Event], entity: Entity, at_ms: int) -> dict[str, Any]:
    """What a naive reading says at an instant, of the events that had happened then."""
    (nothing,) = naive_features(view.name, SAMPLE, NOW_MS + 10 * DAY_MS).values()
    happened = [(name, record) for name, record in events if record["event_time"] <= at_ms]
    text = entity if isinstance(entity, str) else "|".join(entity)
    return naive_features(view.name, happened, at_ms).get(text, nothing)


def _table(name: str, rows: Sequence[dict[str, Any]]) -> pa.Table:
    types = {c.name: _type(c) for c in (*EVENTS[name].columns, GENRES)} | _HEADERS
    return pa.table({c: pa.array([row.get(c) for row in rows], kind) for c, kind in types.items()})


def _type(column: Column) -> pa.DataType:
    return pa.timestamp("ms") if column.name == "event_time" else _ARROW[column.avro]
