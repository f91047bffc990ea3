"""Scores of members: what they did becomes rows, scorers learn and judge them, and scores are events.

A scorer is the accumulator of a Python aggregate over all batches: Flink keeps it as bytes in the same
checkpoint as the offsets of Kafka. What is told again after a failure has the same ids: the gate marks it.
"""

from __future__ import annotations

import sys

from pyflink.table import StatementSet, TableEnvironment
from pyflink.table.udf import udaf

from flink_jobs import member_rows
from flink_jobs.environment import add, table_environment
from flink_jobs.member_judge import Judge
from flink_jobs.options import Options
from flink_jobs.script import Script
from online_models.members.catalog import scorers
from online_models.members.scorer import Kind, digest

NAME = "score_members"

#: A partition that is silent for so long does not hold the others back. Longer than a gate is down that
#: starts again, since it catches up on one partition before the next; no longer, for scores would be late.
IDLE_MS = 60_000
SETTINGS = {
    # The operators of this job forget by watermark, and the scorers must never be forgotten.
    "table.exec.state.ttl": "0",
    "table.exec.mini-batch.enabled": "false",
    "table.exec.source.idle-timeout": f"{IDLE_MS} ms",
}

_SINK = "CREATE TEMPORARY TABLE judged (`until_ms` BIGINT) WITH ('connector' = 'blackhole')"


def script(options: Options) -> Script:
    """The job as SQL; `judge_<scorer>` are the Python functions."""
    kinds = scorers(options.churn_horizon_ms)
    return Script(
        f"{NAME}: {', '.join(kind.name for kind in kinds)}",
        (
            *member_rows.sources(options, NAME),
            *(sql for kind in kinds for sql in member_rows.declarations(kind)),
            _SINK,
        ),
        tuple(map(_insert, kinds)),
    )


def build(tables: TableEnvironment, options: Options) -> StatementSet:
    """The job, declared and not started."""
    for kind in scorers(options.churn_horizon_ms):
        tables.create_temporary_system_function(f"judge_{kind.name}", udaf(Judge(kind, options)))
    return add(tables, script(options))


def main() -> None:
    """Submit the job to the cluster that `flink run` names."""
    options = Options.parse(sys.argv[1:])
    build(table_environment(options, pipeline_name=NAME, **SETTINGS), options).execute()


def _insert(kind: Kind) -> str:
    return f"""\
-- {kind.name}, which tells of {", ".join(kind.models)}. Without a key there is one scorer, in one place, and
-- its batches come in the order of their times. Declared as {digest(kind)}: with another declaration this is
-- another job, which begins without a state.
INSERT INTO judged
SELECT judge_{kind.name}(at_ms, batch) FROM {kind.name}_batches"""


if __name__ == "__main__":
    main()
