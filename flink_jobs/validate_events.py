"""The gate: every raw event is judged once and goes to `valid.<event>` or `quarantine.<event>`.

It keeps no state but its Kafka offsets, so it can be stopped, rescaled and upgraded freely: what it must
remember, the ids of the last hour, it reads back from the log.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from pyflink.table import DataTypes, StatementSet, TableEnvironment
from pyflink.table.udf import FunctionContext, ScalarFunction, udf

from flink_jobs.environment import add, table_environment
from flink_jobs.event_log import KafkaLog
from flink_jobs.gate_metrics import GateMetrics
from flink_jobs.kafka_tables import judged_sink, raw_source
from flink_jobs.kept_topic import KeptTopic
from flink_jobs.live_rules import LiveRules
from flink_jobs.live_titles import LiveTitles
from flink_jobs.options import Options
from flink_jobs.script import Script
from schemas.titles import GENRES
from schemas.topics import MAX_DATUM_BYTES, RULES, TITLES
from validators import ruleset
from validators.gate import Gate, Records
from validators.lint_rule import errors
from validators.source import RuleError

NAME = "validate_events"

Column = pd.Series

_ROUTE = f"""\
-- Judge each record once; every column of the output reads the one row that the judge returns.
INSERT INTO judged
SELECT
  CASE WHEN j.verdict = 'rejected' THEN `key` ELSE ENCODE(j.member_id, 'UTF-8') END,
  CASE WHEN j.verdict = 'rejected' THEN `value` ELSE j.datum END,
  CASE WHEN j.verdict = 'rejected' THEN 'quarantine' ELSE 'valid' END || SUBSTR(`topic`, 7),
  CASE WHEN j.verdict = 'valid' AND j.reasons IS NULL THEN MAP[
    'verdict', ENCODE(j.verdict, 'UTF-8'),
    'ruleset', ENCODE(j.ruleset, 'UTF-8'),
    'partition', ENCODE(CAST(`partition` AS STRING), 'UTF-8'),
    'offset', ENCODE(CAST(`offset` AS STRING), 'UTF-8'),
    '{GENRES.name}', ENCODE(j.genres, 'UTF-8')
  ] ELSE MAP[
    'verdict', ENCODE(j.verdict, 'UTF-8'),
    'ruleset', ENCODE(j.ruleset, 'UTF-8'),
    'partition', ENCODE(CAST(`partition` AS STRING), 'UTF-8'),
    'offset', ENCODE(CAST(`offset` AS STRING), 'UTF-8'),
    'topic', ENCODE(`topic`, 'UTF-8'),
    'time', ENCODE(CAST(`timestamp` AS STRING), 'UTF-8'),
    'reasons', ENCODE(COALESCE(refused, j.reasons), 'UTF-8'),
    'slice', ENCODE(j.slice, 'UTF-8'),
    'attempts', `headers`['attempts'],
    '{GENRES.name}', ENCODE(j.genres, 'UTF-8')
  ] END,
  `timestamp`
FROM (
  SELECT
    *,
    judge(
      `topic`, `partition`, `offset`, ingested,
      CASE WHEN refused IS NULL THEN `value` ELSE CAST(NULL AS BYTES) END
    ) AS j
  FROM (
    SELECT
      *,
      CAST(`timestamp` AS TIMESTAMP(3)) AS ingested,
      -- Batches are bounded by rows, so a row must be bounded by bytes before Python sees it. Without a key
      -- the copies of an event would be spread over partitions.
      CASE
        WHEN CHAR_LENGTH(DECODE(`value`, 'ISO-8859-1')) > {MAX_DATUM_BYTES} THEN 'oversize'
        WHEN `key` IS NULL THEN 'null_key'
      END AS refused
    FROM raw_events
  )
)"""


class Judge(ScalarFunction):  # type: ignore[misc]
    """Judges a batch of records of any event types by the rules in force when it comes."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka

    def open(self, function_context: FunctionContext) -> None:
        """Find the rules and titles in force, and follow what becomes of them."""
        self._topics = [KeptTopic(self._kafka, name) for name in (RULES, TITLES)]
        self._rules, self._titles = LiveRules(self._topics[0], ruleset.load()), LiveTitles(self._topics[1])
        self._rules.start()
        self._titles.start()
        log = KafkaLog(self._kafka, lambda: max(self._rules.changed_ms(), self._titles.changed_ms()))
        self._gate = Gate(self._rules, log, self._titles.current)
        self._metrics = GateMetrics(function_context.get_metric_group())

    def close(self) -> None:
        """Follow no more."""
        self._rules.stop()
        self._titles.stop()
        for topic in self._topics:
            topic.close()

    def eval(
        self, topic: Column, partition: Column, offset: Column, ingested: Column, value: Column
    ) -> pd.DataFrame:
        """A row each record: verdict, reasons, ruleset, slice, datum, member_id, genres."""
        ingestion_ms = ingested.to_numpy().astype("datetime64[ms]").astype(np.int64)
        positions = partition.to_numpy().astype(np.int64), offset.to_numpy().astype(np.int64)
        records = Records(topic.tolist(), *positions, ingestion_ms, value.tolist())
        found = self._gate.judge(records)
        self._metrics.add(records, found)
        return pd.DataFrame(
            {
                "verdict": found.verdict,
                "reasons": found.reasons,
                "ruleset": found.ruleset,
                "slice": found.slice,
                "datum": found.datum,
                "member_id": found.member_id,
                "genres": found.genres,
            }
        )


JUDGEMENT = DataTypes.ROW(
    [
        DataTypes.FIELD("verdict", DataTypes.STRING()),
        DataTypes.FIELD("reasons", DataTypes.STRING()),
        DataTypes.FIELD("ruleset", DataTypes.STRING()),
        DataTypes.FIELD("slice", DataTypes.STRING()),
        DataTypes.FIELD("datum", DataTypes.BYTES()),
        DataTypes.FIELD("member_id", DataTypes.STRING()),
        DataTypes.FIELD("genres", DataTypes.STRING()),
    ]
)


def script(options: Options) -> Script:
    """The job as SQL; `judge` is the Python function."""
    return Script(
        f"{NAME}: the gate",
        (raw_source("raw_events", options.kafka, NAME), judged_sink("judged", options.kafka)),
        (_ROUTE,),
    )


def build(tables: TableEnvironment, options: Options) -> StatementSet:
    """The job, declared and not started. Raises RuleError where a worker would fail for ever."""
    if broken := errors(ruleset.load()):
        raise RuleError("; ".join(broken))
    tables.create_temporary_system_function(
        "judge", udf(Judge(options.kafka), result_type=JUDGEMENT, func_type="pandas")
    )
    return add(tables, script(options))


def main() -> None:
    """Submit the job to the cluster that `flink run` names."""
    options = Options.parse(sys.argv[1:])
    build(table_environment(options, pipeline_name=NAME), options).execute()


if __name__ == "__main__":
    main()
