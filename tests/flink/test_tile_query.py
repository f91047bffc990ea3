"""Every view's SQL on Flink, folded from its changelog, against a naive reading of the same events."""

from __future__ import annotations

import sys
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from pyflink.common import RowKind
from pyflink.table import DataTypes, TableEnvironment
from pyflink.table.udf import udf

from features.catalog import VIEWS
from features.layout import layouts
from features.listing_layout import ListLayout, list_layouts
from features.view import View
from flink_jobs.environment import table_environment
from flink_jobs.options import Options
from flink_jobs.outputs import outputs
from headwater.settings import Settings
from schemas.events import EVENT_NAMES, EVENTS
from schemas.titles import GENRES
from serving.reader import FeatureReader
from sinks.memory import MemoryTiles
from sinks.redis_generations import take_over
from tests.bench.servers import a_redis
from tests.gallery import EVERY, GALLERY
from tests.naive import Event
from tests.reading import NOW_MS, check
from tests.samples import sound
from tests.tiles import COLUMNS, query_of, write

pytestmark = pytest.mark.flink

LATEST_MS = (NOW_MS + 60_000) // 1_000 * 1_000
TYPES = {
    "string": DataTypes.STRING(),
    "long": DataTypes.BIGINT(),
    "int": DataTypes.INT(),
    "double": DataTypes.DOUBLE(),
}
AVRO = {c.name: c.avro for event in EVENTS.values() for c in (*event.columns, GENRES)}
READ = [name for name in COLUMNS if AVRO[name] in TYPES]


def traffic(seed: int, count: int) -> list[Event]:
    """Events of few entities, denser towards now; many share a moment, some names are long or not ASCII."""
    rng, of_scores = Random(seed), Random(f"{seed}/scores")
    events = []
    for n in range(count):
        runtime_ms = rng.randrange(60_000, 86_400_000)
        changes = {
            # Many stand at the first or the last millisecond of a tile.
            "event_time": LATEST_MS - int(rng.expovariate(1) ** 4 * 300) * 1_000 - rng.randrange(2),
            "member_id": rng.choice(["m1", "m2"]),
            "title_id": rng.choice(["t1", "t2"]),
            "country": rng.choice(["BR", "JP"]),
            "device_type": rng.choice(
                ["tv", "web", "a very long name", "a very long nâme", "電話", "\U0001f4f1"]
            ),
            "runtime_ms": runtime_ms,
            "position_ms": rng.randrange(runtime_ms),
            "dwell_ms": rng.randrange(600_000),
            "row": rng.choice([None, 0, 1, 3]),
            "query": rng.choice(["heist", "heist noir", "noir heist noir", "dawn ", ""]),
            "event_id": f"e{n}",
            "rank": rng.choice([None, 3, 17]),
            "utc_offset_min": rng.choice([None, -180, 0, 330]),
            "genres": rng.choice([None, "drama", "drama,noir"]),
            "stars": rng.randrange(1, 6),
            "kind": rng.choice([None, "skip", "rewind"]),
            "throughput_kbps": rng.randrange(2_000_000),
            "error_code": rng.choice([None, "E1"]),
            "anomaly": of_scores.choice([None, 0.125, 0.9]),
            "churn_risk": of_scores.choice([None, 0.03125, 1.0]),
        }
        name = rng.choice(EVENT_NAMES)
        record = sound(name) | changes
        events.append((name, {c.name: record[c.name] for c in (*EVENTS[name].columns, GENRES)}))
    return events


#: The gallery has one of each that can be declared; what else is shipped takes minutes more.
SOONER = {*Settings().views.split(","), *(name for name in EVERY if name not in VIEWS)}
TRIED = [
    pytest.param(view, id=name, marks=() if name in SOONER else pytest.mark.soak)
    for name, view in EVERY.items()
]
EVENTS_SENT = traffic(7, 1_000)


@pytest.fixture(scope="module")
def tables() -> TableEnvironment:
    """The events as `counted`; mini-batches so small that a tile is updated many times."""
    small = {"table.exec.mini-batch.size": "3", "python.executable": sys.executable}
    tables = table_environment(Options(), **small)
    fields = [DataTypes.FIELD("event", DataTypes.STRING())]
    fields += [DataTypes.FIELD(name, TYPES[AVRO[name]]) for name in READ]
    rows = [(name, *(record.get(c) for c in READ)) for name, record in EVENTS_SENT]
    tables.create_temporary_view("counted", tables.from_elements(rows, DataTypes.ROW(fields)))
    return tables


def folded(tables: TableEnvironment, sql: str, key_columns: int) -> tuple[list[tuple[Any, ...]], int]:
    """The final rows of an upsert stream by their key, and how many changes made them."""
    final: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    changes = 0
    with tables.execute_sql(sql).collect() as rows:
        for row in rows:
            assert row.get_row_kind() != RowKind.DELETE
            changes += 1
            final[tuple(row)[:key_columns]] = tuple(row)
    return list(final.values()), changes


@pytest.mark.parametrize("view", TRIED)
def test_tiles_and_lists_read_back_are_what_a_naive_reading_gives(
    tables: TableEnvironment, view: View
) -> None:
    store = MemoryTiles()
    keys = [(layout, [*view.entity, "tile"]) for layout in layouts(view)]
    keys += [(layout, [*view.entity, *layout.of.columns()]) for layout in list_layouts(view)]
    for layout, of_group in keys:
        rows, changes = folded(tables, query_of(layout), len(of_group))
        # An entry that is told apart by the id of its event comes once.
        once = isinstance(layout, ListLayout) and layout.of.of == "event_id"
        assert (changes == len(rows)) == once, "some row was updated"
        write(store, layout, rows)
    for later_ms in (0, 9_999, 61_000, 3_000_000):
        check(view, FeatureReader(store), EVENTS_SENT, NOW_MS + later_ms)


def test_what_the_writers_store_is_what_a_naive_reading_gives(tables: TableEnvironment) -> None:
    """With Python workers and a real Redis: columns reach them with the types that they expect."""
    # Of members a writer asks Kafka whom to forget; here they have another name.
    viewers = replace(GALLERY, entity=("viewer",), derived={"viewer": "member_id"})
    with a_redis() as (client, _):
        take_over(client, 0)
        job = tables.create_statement_set()
        for output in outputs(viewers):
            port = client.connection_pool.connection_kwargs["port"]
            writer = output.writer(Options(redis=f"redis://127.0.0.1:{port}/0"))
            function = udf(writer, result_type=DataTypes.BOOLEAN(), func_type="pandas")
            tables.create_temporary_system_function(output.function, function)
            tables.execute_sql(output.declaration())
            job.add_insert_sql(output.insert())
        job.execute().wait()
        check(viewers, FeatureReader(client), EVENTS_SENT, NOW_MS)
