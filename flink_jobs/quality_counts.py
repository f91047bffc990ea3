"""How many events of each slice had which verdict, minute by minute: what data quality is measured by."""

from __future__ import annotations

from flink_jobs.kafka_tables import upsert_sink
from schemas import topics
from schemas.quality import SLICES
from schemas.topics import LATENESS_HORIZON_MS, MINUTE_MS

#: What was counted in a minute may change for as long as an event may be late, and then some.
STATE_TTL_MS = 2 * LATENESS_HORIZON_MS

#: The minute in which the broker took an event, by its column `ingested`.
MINUTE = f"CAST({MINUTE_MS} AS BIGINT) * TIMESTAMPDIFF(MINUTE, TO_TIMESTAMP_LTZ(0, 3), ingested) AS minute_ms"

_KEY = ("minute_ms", "event", "slice", "value", "verdict", "reasons")


def declaration(kafka: str) -> str:
    """Where the counts go: totals so far, each time that they have grown."""
    columns = dict.fromkeys(_KEY, "STRING") | {"minute_ms": "BIGINT", "n": "BIGINT"}
    return upsert_sink("counts", topics.COUNTS, columns, _KEY, kafka)


def insert() -> str:
    """From `arrivals`, whose events have the columns of SLICES; of what was set aside the gate tells them."""
    known = ",\n      ".join(
        f"COALESCE(CASE WHEN lane = 'valid' THEN {column} ELSE SPLIT_INDEX(slice, '|', {i}) END, '')"
        f" AS {column}"
        for i, column in enumerate(SLICES[1:])
    )
    slices = ", ".join(f"ROW('{column}', {column})" for column in SLICES[1:])
    return f"""\
-- By the minute in which the broker took them: it stays the same whenever this is counted again.
INSERT INTO counts
SELECT /*+ STATE_TTL('told' = '{STATE_TTL_MS} ms') */
  minute_ms, event, slice, `value`, verdict, reasons, COUNT(*) AS n
FROM (
  SELECT minute_ms, event, part.slice, part.`value`, verdict, reasons
  FROM (
    SELECT *, ARRAY[ROW('{SLICES[0]}', ''), {slices}] AS parts
    FROM (
      SELECT
        event, verdict, COALESCE(reasons, '') AS reasons,
        {MINUTE},
        {known}
      FROM arrivals
      WHERE NOT repeated AND top >= 0 AND verdict IS NOT NULL
    )
  ) CROSS JOIN UNNEST(parts) AS part (slice, `value`)
) AS told
GROUP BY minute_ms, event, slice, `value`, verdict, reasons"""
