"""Histograms of the fields of events, by slice and minute: what drift and missing fields are seen by."""

from __future__ import annotations

from collections.abc import Iterable

from flink_jobs.kafka_tables import COUNTED, upsert_sink
from flink_jobs.quality_counts import MINUTE, STATE_TTL_MS
from schemas import topics
from schemas.events import EVENTS, Column, EventType
from schemas.quality import NULL, SAMPLED, SLICES

_KEY = ("minute_ms", "event", "field", "slice", "value", "bucket")
#: A minute's cells change with nearly every event, and are looked at when it is over.
_REST_MS = 10_000
#: What is different in every event, or nearly.
_UNBOUNDED = ("event_id", "member_id", "profile_id", "session_id", "device_id", "query", "event_time")


def profiled(event: EventType) -> tuple[Column, ...]:
    """The fields with a histogram.

    >>> [column.name for column in profiled(EVENTS["search"])]
    ['device_type', 'country', 'app_version', 'results']
    """
    return tuple(c for c in event.columns if c.name not in _UNBOUNDED)


def declaration(kafka: str) -> str:
    """Where the cells go: totals so far, each time that they have grown."""
    columns = dict.fromkeys(_KEY, "STRING") | {"minute_ms": "BIGINT", "n": "BIGINT"}
    return upsert_sink("profiles", topics.PROFILES, columns, _KEY, kafka, _REST_MS)


def insert() -> str:
    """From `arrivals` with all columns of all events."""
    cells = "\n".join(
        f"        WHEN '{event.name}' THEN ARRAY[\n          {_rows(profiled(event))}\n        ]"
        for event in EVENTS.values()
    )
    parts = ", ".join(f"ROW('{column}', COALESCE({column}, ''))" for column in SLICES[1:])
    return f"""\
-- One event in {SAMPLED}: a histogram needs no more, and each event is told in every field and every slice.
INSERT INTO profiles
SELECT /*+ STATE_TTL('told' = '{STATE_TTL_MS} ms') */
  minute_ms, event, field, slice, `value`, bucket, COUNT(*) AS n
FROM (
  SELECT minute_ms, event, cell.field, part.slice, part.`value`, cell.bucket
  FROM (
    SELECT
      event,
      {MINUTE},
      ARRAY[ROW('{SLICES[0]}', ''), {parts}] AS parts,
      CASE event
{cells}
      END AS cells
    FROM arrivals
    WHERE NOT repeated AND top >= 0 AND verdict IN {COUNTED} AND MOD(source_offset, {SAMPLED}) = 0
  )
  CROSS JOIN UNNEST(parts) AS part (slice, `value`)
  CROSS JOIN UNNEST(cells) AS cell (field, bucket)
) AS told
GROUP BY minute_ms, event, field, slice, `value`, bucket"""


def _rows(columns: Iterable[Column]) -> str:
    # As a STRING: of names of several lengths in the branches of a CASE Flink cuts the longest.
    return ",\n          ".join(f"ROW(CAST('{c.name}' AS STRING), {_bucket(c)})" for c in columns)


def _bucket(column: Column) -> str:
    """The bucket of a value, as text: of a number twice its binary logarithm, rounded down; of an id a digit
    of its hash, since there are too many."""
    name = f"`{column.name}`"
    if column.name.endswith("_id"):
        return f"COALESCE(SUBSTR(MD5({name}), 1, 1), '{NULL}')"
    if column.avro == "string":
        return f"COALESCE({name}, '{NULL}')"
    if column.avro == "boolean":
        return f"COALESCE(CAST({name} AS STRING), '{NULL}')"
    half_octave = f"CAST(CAST(FLOOR(2 * LOG2({name})) AS INT) AS STRING)"
    return (
        f"CASE WHEN {name} IS NULL THEN '{NULL}' WHEN {name} < 0 THEN '<0' WHEN {name} < 1 THEN '<1'"
        f" ELSE {half_octave} END"
    )
