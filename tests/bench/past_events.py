"""Past events of all types as Parquet files, drawn by numpy: as many as a day of a large service has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.events import EVENTS, Column, EventType
from schemas.titles import GENRES

NOW_MS, DAY_MS = 1_780_000_000_000, 86_400_000
#: How much of traffic is of a type, as in simulated traffic; the rest is of the others alike.
SHARES = {"hover": 0.35, "impression": 0.2, "playback_health": 0.15, "play": 0.08, "pause": 0.08}
_TITLES = 10_000
TEXTS = {
    "device_type": ["tv", "phone", "tablet", "web"],
    "country": ["BR", "JP", "DE", "US", "IN", "FR"],
    "app_version": ["8.12.0", "8.13.0"],
    "query": ["heist", "heist noir", "love in paris", "dawn", "space war"],
    "kind": ["skip", "rewind", "fast_forward"],
    GENRES.name: ["drama", "drama,noir", "comedy", "war,history"],
}
_HIGH = {"runtime_ms": 7_200_000, "position_ms": 3_600_000, "stars": 5, "row": 20, "rank": 200}


def write_events(folder: Path, events: int, members: int, only: tuple[str, ...] = tuple(EVENTS)) -> int:
    """Write about so many events of the day until NOW_MS, a file each type; how many there are.

    Each member has as many as another; titles are as popular as by Zipf's law.
    """
    rng, offset = np.random.default_rng(1), 0
    rest = (1 - sum(SHARES.values())) / (len(EVENTS) - len(SHARES))
    whole = sum(SHARES.get(name, rest) for name in only)
    for name in only:
        n = int(events * SHARES.get(name, rest) / whole)
        pq.write_table(_table(EVENTS[name], rng, n, offset, members), folder / f"{name}.parquet")
        offset += n
    return offset


def _table(event: EventType, rng: np.random.Generator, n: int, offset: int, members: int) -> pa.Table:
    who = (offset + rng.permutation(n)) % members
    columns = {column.name: _values(column, rng, n, who) for column in (*event.columns, GENRES)}
    columns["event_id"] = _named("e", np.arange(offset, offset + n))
    columns["event_time"] = pa.array(np.sort(NOW_MS - rng.integers(0, DAY_MS, n)), pa.timestamp("ms"))
    columns["title_id"] = _named("t", np.minimum(rng.zipf(1.2, n), _TITLES))
    place = {"partition": pa.array(np.zeros(n, np.int32)), "offset": pa.array(np.arange(offset, offset + n))}
    return pa.table({**columns, "verdict": pa.array(["valid"]).take(pa.array(np.zeros(n, np.int8))), **place})


def _values(column: Column, rng: np.random.Generator, n: int, who: Any) -> pa.Array:
    if column.name in ("member_id", "profile_id", "session_id", "device_id"):
        return _named(column.name[0], who)
    if column.avro == "string":
        texts = pa.array(TEXTS.get(column.name, [column.name]))
        return texts.take(pa.array(rng.integers(0, len(texts), n)))
    if column.avro == "boolean":
        return pa.array(rng.random(n) < 0.5)
    if column.avro == "double":
        return pa.array(rng.random(n).round(6))
    high = _HIGH.get(column.name, 1_000)
    numbers = rng.integers(1, high + 1, n)
    return pa.array(numbers.astype(np.int32) if column.avro == "int" else numbers)


def _named(letter: str, numbers: Any) -> pa.Array:
    """Such as m0000042."""
    texts = np.char.add(letter, np.char.zfill(numbers.astype("U8"), 8))
    return pa.array(texts)
