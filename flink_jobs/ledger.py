"""The ledger: what became of every event, counted in the stream and kept in Redis."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pyflink.table.udf import ScalarFunction

from sinks.redis_features import connect
from sinks.redis_ledger import RedisLedger, Total

DECLARATION = """\
CREATE TEMPORARY TABLE ledger (
  `event` STRING, `verdict` STRING, `reasons` STRING, `source_partition` INT, `written` BOOLEAN,
  PRIMARY KEY (`event`, `verdict`, `reasons`, `source_partition`) NOT ENFORCED
) WITH ('connector' = 'blackhole')"""

INSERT = """\
-- Every judged event by what became of it. Repeats are shown, and stand for no event of their own.
INSERT INTO ledger
SELECT event, verdict, reasons, source_partition,
  write_ledger(event, verdict, reasons, source_partition, n, first_offset)
FROM (
  SELECT
    event, verdict, reasons, source_partition, COUNT(*) AS n, MIN(source_offset) AS first_offset
  FROM (
    SELECT
      event,
      CASE WHEN repeated THEN 'repeat' ELSE verdict END AS verdict,
      COALESCE(reasons, '') AS reasons,
      source_partition,
      source_offset
    FROM arrivals
    WHERE top >= 0 AND verdict IS NOT NULL AND source_partition IS NOT NULL
  )
  GROUP BY event, verdict, reasons, source_partition
)"""


class LedgerWriter(ScalarFunction):  # type: ignore[misc]
    """Keeps the ledger's totals in Redis. They are absolute, so a repeat changes nothing."""

    def __init__(self, redis_url: str, generation: int) -> None:
        self._redis_url, self._generation = redis_url, generation

    def open(self, function_context: object) -> None:
        """Connect once a worker."""
        self._ledger = RedisLedger(connect(self._redis_url), self._generation)

    def eval(self, *columns: pd.Series[Any]) -> pd.Series[bool]:
        """True for each row of event, verdict, reasons, source partition, n, first offset."""
        self._ledger.write(
            Total(e, v, r, int(p), int(n), int(f)) for e, v, r, p, n, f in zip(*columns, strict=True)
        )
        return pd.Series(True, index=range(len(columns[0])))
