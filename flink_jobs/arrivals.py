"""The shared source stage: every judged event as one row, and whether a restart of the gate repeated it.

The gate writes at least once, so after a restart a stretch of its output stands in Kafka twice. Each record
names its place in the raw topic. The records of one source partition reach one partition here in the order of
their offsets, so a repeat is an offset that is not above all before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flink_jobs.kafka_tables import (
    COUNTED,
    clock,
    header,
    own_columns,
    quarantine_source,
    sql_type,
    valid_source,
)
from flink_jobs.options import Options
from schemas.events import EVENTS, EventType
from schemas.titles import GENRES

_LANE = "event, lane, source_partition, lane_partition"


def declarations(
    columns: Iterable[str], options: Options, group: str, wait_ms: int | None = None
) -> tuple[str, ...]:
    """The sources, their union `judged_events` with these columns of events, of which GENRES may be one,
    `arrivals`, and `counted`: what features may count.

    With `wait_ms` rows also have `ingested`, and the time attribute `happened`, whose watermark waits so long
    for what happened before; that of what was set aside is `ingested`, and `slice` tells where it belongs.

    Every reader of `arrivals` must filter by what the OVERs compute: only then do the branches keep their
    whole rows, and only equal branches are computed once.
    """
    names, timed = sorted({"event_time", "member_id", *columns}), wait_ms is not None
    happened, aside = (
        "" if wait_ms is None else clock(time, wait_ms)
        for time in ("TO_TIMESTAMP_LTZ(event_time, 3)", "ingested")
    )
    return (
        *(valid_source(event, options, group, happened) for event in EVENTS.values()),
        quarantine_source("quarantined", options, group, aside),
        _union(names, timed),
        f"""\
-- A frame must end at the current row, so the greatest offset before it is the LAG of a running MAX.
CREATE TEMPORARY VIEW arrivals AS
SELECT *, COALESCE(source_offset <= LAG(top) OVER (PARTITION BY {_LANE} ORDER BY arrived), FALSE) AS repeated
FROM (
  SELECT *, MAX(source_offset) OVER (
    PARTITION BY {_LANE} ORDER BY arrived ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS top
  FROM judged_events
)""",
        f"""\
-- What features count: not a repeat, not a duplicate, not too late.
CREATE TEMPORARY VIEW counted AS
SELECT * FROM arrivals WHERE NOT repeated AND verdict IN {COUNTED}""",
    )


def _union(columns: Sequence[str], timed: bool) -> str:
    types = {c.name: sql_type(c.avro) for e in EVENTS.values() for c in (*e.columns, GENRES)}
    selects = [_valid(event, columns, types, timed) for event in EVENTS.values()]
    aside = [_null(c, types) for c in columns]
    selects.append(_select("SUBSTR(`topic`, 12)", "quarantine", aside, "quarantined", timed))
    return "-- All judged events, with the columns that are read of them.\n" + (
        "CREATE TEMPORARY VIEW judged_events AS\n" + "\nUNION ALL\n".join(selects)
    )


def _valid(event: EventType, columns: Sequence[str], types: dict[str, str], timed: bool) -> str:
    own = own_columns(event)
    picked = [own.get(c) or _null(c, types) for c in columns]
    return _select(f"'{event.name}'", "valid", picked, f"valid_{event.name}", timed)


def _null(column: str, types: dict[str, str]) -> str:
    return f"CAST(NULL AS {types[column]}) AS `{column}`"


def _select(event: str, lane: str, picked: Iterable[str], table: str, timed: bool) -> str:
    times = f",\n  ingested, happened, {header('slice')} AS slice" if timed else ""
    return f"""\
SELECT {event} AS event, {", ".join(picked)},
  {header("verdict")} AS verdict, {header("reasons")} AS reasons,
  '{lane}' AS lane, `partition` AS lane_partition,
  CAST({header("partition")} AS INT) AS source_partition,
  CAST({header("offset")} AS BIGINT) AS source_offset, arrived{times}
FROM {table}"""
