"""The ledger: what became of every event, counted in the stream and kept in Redis."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pyflink.table.udf import ScalarFunction

from flink_jobs.kafka_tables import quarantine_source
from flink_jobs.options import Options
from sinks.redis_features import connect
from sinks.redis_ledger import RedisLedger


def declarations(options: Options, group: str) -> tuple[str, ...]:
    """The set-aside records, and where the ledger's rows go."""
    return (
        quarantine_source("quarantined", options.kafka, group),
        """\
CREATE TEMPORARY TABLE ledger (
  `event` STRING, `verdict` STRING, `reasons` STRING, `written` BOOLEAN,
  PRIMARY KEY (`event`, `verdict`, `reasons`) NOT ENFORCED
) WITH ('connector' = 'blackhole')""",
    )


INSERT = """\
-- Every judged event by what became of it; a later copy of a countable event is a duplicate.
INSERT INTO ledger
SELECT event, verdict, reasons, write_ledger(event, verdict, reasons, n, newest_ms)
FROM (
  SELECT event, verdict, reasons, COUNT(*) AS n, MAX(event_time) AS newest_ms
  FROM (
    SELECT
      event,
      CASE WHEN copies > 1 AND verdict <> 'late' THEN 'duplicate' ELSE verdict END AS verdict,
      COALESCE(reasons, '') AS reasons,
      event_time
    FROM arrivals
    WHERE copies >= 1
    UNION ALL
    SELECT SUBSTR(`topic`, 12), 'rejected', COALESCE(DECODE(headers['reasons'], 'UTF-8'), ''), 0
    FROM quarantined
  )
  GROUP BY event, verdict, reasons
)"""


class LedgerWriter(ScalarFunction):  # type: ignore[misc]
    """Keeps the ledger's totals in Redis. They are absolute, so a repeat changes nothing."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url

    def open(self, function_context: object) -> None:
        """Connect once a worker."""
        self._ledger = RedisLedger(connect(self._redis_url))

    def eval(self, *columns: pd.Series[Any]) -> pd.Series[bool]:
        """True for each row of event, verdict, reasons, n, newest_ms."""
        event, verdict, reasons, n, _ = columns
        self._ledger.write(zip(event, verdict, reasons, map(int, n), strict=True))
        return pd.Series(True, index=range(len(event)))
