"""The shared source stage: every judged event as one row, and whether a restart of the gate repeated it.

The gate writes at least once, so after a restart a stretch of its output stands in Kafka twice. Each record
names its place in the raw topic. The records of one source partition reach one partition here in the order of
their offsets, so a repeat is an offset that is not above all before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from features.view import View
from flink_jobs.kafka_tables import quarantine_source, sql_type, valid_source
from flink_jobs.options import Options
from schemas.events import EVENTS, EventType

_LANE = "event, lane, source_partition, lane_partition"


def declarations(views: Sequence[View], options: Options, group: str) -> tuple[str, ...]:
    """The sources, their union `judged_events`, `arrivals`, and `counted`: what features may count.

    Every reader of `arrivals` must filter by what the OVERs compute: only then do the branches keep their
    whole rows, and only equal branches are computed once.
    """
    columns = sorted({"event_time", "member_id"}.union(*(v.columns for v in views)))
    return (
        *(valid_source(event, options, group) for event in EVENTS.values()),
        quarantine_source("quarantined", options, group),
        _union(columns),
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
        """\
-- What features count: not a repeat, not a duplicate, not too late.
CREATE TEMPORARY VIEW counted AS
SELECT * FROM arrivals WHERE NOT repeated AND verdict IN ('valid', 'warned')""",
    )


def _union(columns: Sequence[str]) -> str:
    types = {c.name: sql_type(c.avro) for e in EVENTS.values() for c in e.columns}
    selects = [_valid(event, columns, types) for event in EVENTS.values()]
    selects.append(_select("SUBSTR(`topic`, 12)", "quarantine", (), columns, types, "quarantined"))
    return "-- All judged events, with the columns that the views read.\n" + (
        "CREATE TEMPORARY VIEW judged_events AS\n" + "\nUNION ALL\n".join(selects)
    )


def _valid(event: EventType, columns: Sequence[str], types: dict[str, str]) -> str:
    own = [c.name for c in event.columns]
    return _select(f"'{event.name}'", "valid", own, columns, types, f"valid_{event.name}")


def _select(
    event: str, lane: str, own: Iterable[str], columns: Iterable[str], types: dict[str, str], table: str
) -> str:
    picked = ", ".join(f"`{c}`" if c in own else f"CAST(NULL AS {types[c]}) AS `{c}`" for c in columns)
    return f"""\
SELECT {event} AS event, {picked},
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  '{lane}' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM {table}"""
