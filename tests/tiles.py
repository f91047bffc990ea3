"""Tiles from the views' own SQL, run by SQLite: what Flink would give, without Flink."""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any, Protocol

import numpy as np
from hypothesis import strategies as st

from features.layout import Layout, layouts
from features.listing_layout import ListLayout, list_layouts
from features.listing_sql import list_query
from features.sql import tile_query
from features.view import View
from flink_jobs import row_writing
from schemas.events import EVENT_NAMES, EVENTS
from schemas.titles import GENRES
from tests.naive import Event
from tests.samples import sound

COLUMNS = sorted({c.name for event in EVENTS.values() for c in (*event.columns, GENRES)})


class Store(Protocol):
    """A store of tiles and lists, in memory or in Redis."""

    def write(self, layout: Layout, entities: Sequence[str], records: Any, newest_ms: int) -> int: ...

    def write_list(self, layout: ListLayout, entities: Sequence[str], rows: Any) -> int: ...


def rows_of(layout: Layout | ListLayout, events: Iterable[Event]) -> list[tuple[Any, ...]]:
    """The rows over the events of the query of a ring or a list."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.create_function("POWER", 2, pow)
        database.create_function("MOD", 2, _mod)
        database.create_function("LPAD", 3, lambda text, width, pad: str(text).rjust(width, pad))
        database.create_function("CHAR_LENGTH", 1, lambda text: None if text is None else len(str(text)))
        database.create_function("GREATEST", 2, max)
        database.create_function("LEAST", 2, min)
        database.create_function("LN", 1, math.log)
        database.create_function("CEIL", 1, math.ceil)
        database.create_function(
            "SPLIT", 2, lambda text, by: None if text is None else json.dumps(text.split(by))
        )
        database.execute(f"CREATE TABLE counted (event, {', '.join(COLUMNS)})")
        database.executemany(
            f"INSERT INTO counted VALUES (?{', ?' * len(COLUMNS)})",
            [(name, *(record.get(c) for c in COLUMNS)) for name, record in events],
        )
        return database.execute(in_sqlite(query_of(layout))).fetchall()


def _mod(number: int | None, by: int) -> int | None:
    return None if number is None else number % by


def in_sqlite(sql: str) -> str:
    """The SQL with SQLite's words for texts and for a row of each part."""
    sql = sql.replace(" AS STRING)", " AS TEXT)")
    unnested = re.sub(r"UNNEST\((.*)\) AS part \(`\w+`\)", r"json_each(\1) AS part", sql)
    return re.sub(r"part\.`(\w+)`", r"part.value AS `\1`", unnested)


def query_of(layout: Layout | ListLayout) -> str:
    """The SQL whose rows it stores."""
    if isinstance(layout, ListLayout):
        return list_query(layout.view, layout.of)
    return tile_query(layout.view, layout.ring)


def write(store: Store, layout: Layout | ListLayout, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write rows of a query as the job does."""
    if rows:
        width = len(layout.view.entity)
        columns: list[Any] = [np.array(column, dtype=_dtype(column)) for column in zip(*rows, strict=True)]
        entity = [column.tolist() for column in columns[:width]]
        row_writing.write(store, layout, None, entity, layout.pack(columns[width:]))


def write_all(store: Store, view: View, events: Sequence[Event]) -> None:
    """The tiles of every ring and the entries of every list of a view over the events."""
    for layout in (*layouts(view), *list_layouts(view)):
        write(store, layout, rows_of(layout, events))


def _dtype(column: Sequence[Any]) -> type:
    """As pandas gives it to the writer: a number that may be null is a float."""
    if any(isinstance(value, str) for value in column) or all(value is None for value in column):
        return object
    return np.float64 if any(value is None or isinstance(value, float) for value in column) else np.int64


def countable(now_ms: int, ago_ms: int, ahead_ms: int) -> st.SearchStrategy[list[Event]]:
    """Events that count, of few entities, so that tiles have more than one."""
    text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
    device = st.sampled_from(["tv", "phone", "tablet", "web"]) | text
    recent = st.integers(now_ms - 100_000, now_ms + ahead_ms)
    changes = st.fixed_dictionaries(
        {
            "event_time": recent | st.integers(now_ms - ago_ms, now_ms + ahead_ms),
            "member_id": st.sampled_from(["m1", "m2"]),
            "title_id": st.sampled_from(["t1", "t2"]),
            "country": st.sampled_from(["BR", "JP"]),
            "device_type": device,
            "runtime_ms": st.integers(60_000, 86_400_000),
            "dwell_ms": st.integers(0, 600_000),
            "row": st.none() | st.integers(0, 3),
            "query": st.sampled_from(["heist", "heist noir", "noir heist noir", "heist ", ""]),
            "rank": st.none() | st.integers(0, 200),
            "utc_offset_min": st.none() | st.sampled_from([-180, 0, 330]),
            "genres": st.sampled_from([None, "drama", "drama,noir"]),
            "stars": st.integers(1, 5),
            "kind": st.sampled_from([None, "skip", "rewind", "fast_forward"]),
            "throughput_kbps": st.integers(0, 2_000_000),
            "rebuffers": st.integers(0, 3),
            "error_code": st.none() | st.just("E1"),
            "share": st.floats(0, 1),
        }
    )
    drawn = st.lists(st.tuples(st.sampled_from(EVENT_NAMES), changes), max_size=30)
    return drawn.map(lambda events: [_event(n, *one) for n, one in enumerate(events)])


def _event(n: int, name: str, changes: dict[str, Any]) -> Event:
    position_ms = int(changes["runtime_ms"] * changes["share"])
    record = sound(name) | changes | {"position_ms": position_ms, "event_id": f"e{n}"}
    return name, {column.name: record[column.name] for column in (*EVENTS[name].columns, GENRES)}
