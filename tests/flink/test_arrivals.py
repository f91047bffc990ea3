"""A restart of the gate writes a stretch of its output again; each record still counts once."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from pyflink.table import DataTypes

from features.catalog import VIEWS
from flink_jobs import arrivals
from flink_jobs.environment import table_environment
from flink_jobs.options import Options

pytestmark = pytest.mark.flink

OPTIONS = Options()
COLUMNS = frozenset[str]().union(*(view.reads for view in VIEWS.values()))
*_, ARRIVALS, COUNTED = arrivals.declarations(COLUMNS, OPTIONS, "test")
VERDICTS = ["valid"] * 4 + ["warned", "late", "duplicate"]
FIELDS = {
    "event": DataTypes.STRING(),
    "verdict": DataTypes.STRING(),
    "lane": DataTypes.STRING(),
    "source_partition": DataTypes.INT(),
    "lane_partition": DataTypes.INT(),
    "source_offset": DataTypes.BIGINT(),
}
Row = tuple[Any, ...]


def raw(seed: int, count: int) -> list[Row]:
    """What the gate makes of each raw record once: two events, two source partitions, three of valid.*."""
    rng = Random(seed)
    offsets = {(event, source): 0 for event in ("play", "hover") for source in (0, 1)}
    rows = []
    for _ in range(count):
        event, source = rng.choice(list(offsets))
        verdict = rng.choice([*VERDICTS, "rejected"])
        lane, partitions = ("quarantine", 1) if verdict == "rejected" else ("valid", 3)
        rows.append((event, verdict, lane, source, rng.randrange(partitions), offsets[event, source]))
        offsets[event, source] += 1
    return rows


def delivered(rows: list[Row], seed: int, restarts: int) -> list[Row]:
    """The same as it stands in Kafka after restarts of the gate, each of which goes back some way."""
    rng, sent, at = Random(seed), list[Row](), 0
    for _ in range(restarts):
        until = rng.randint(at, len(rows))
        sent += rows[at:until]
        at = max(0, until - rng.randrange(len(rows) // 3))
    return sent + rows[at:]


@pytest.mark.parametrize(("seed", "restarts"), [(1, 0), (2, 6)])
def test_what_counts_is_each_record_once(seed: int, restarts: int) -> None:
    once = raw(seed, 600)
    sent = delivered(once, seed, restarts)
    assert (len(sent) > len(once)) == (restarts > 0)
    tables = table_environment(OPTIONS)
    kind = DataTypes.ROW([DataTypes.FIELD(name, of) for name, of in FIELDS.items()])
    tables.create_temporary_view("sent", tables.from_elements(sent, kind))
    tables.execute_sql("CREATE TEMPORARY VIEW judged_events AS SELECT *, PROCTIME() AS arrived FROM sent")
    for declaration in (ARRIVALS, COUNTED):
        tables.execute_sql(declaration)
    with tables.execute_sql(f"SELECT {', '.join(FIELDS)} FROM counted").collect() as rows:
        found = sorted(tuple(row) for row in rows)
    assert found == sorted(row for row in once if row[1] in ("valid", "warned"))


def test_genres_are_a_column_of_events_for_those_who_ask() -> None:
    tables = table_environment(OPTIONS)
    for declaration in arrivals.declarations({"genres", "title_id"}, OPTIONS, "test"):
        tables.execute_sql(declaration)
    schema = tables.from_path("counted").get_schema()
    assert str(schema.get_field_data_type("genres")) == "VARCHAR"
    assert "genres" not in "".join(arrivals.declarations({"title_id"}, OPTIONS, "test"))
