"""The audit: what only many events together can tell. It counts; the monitor judges the counts.

No Python runs in it. It reads what the gate has judged and never changes what becomes of an event.
"""

from __future__ import annotations

import sys

from pyflink.table import StatementSet, TableEnvironment

from flink_jobs import arrivals, quality_counts, quality_profiles
from flink_jobs.environment import add, table_environment
from flink_jobs.options import Options
from flink_jobs.script import Script
from schemas.events import EVENTS

NAME = "audit_streams"

#: How long an event waits for those that happened before it.
WAIT_MS = 3_000

SETTINGS = {
    # Counts and violations are looked at by people: a second is soon enough, and costs less than a tenth.
    "table.exec.mini-batch.allow-latency": "1 s",
    # What was counted in a minute may still change for as long as an event may be late, and no longer.
    "table.exec.state.ttl": "2 h",
    # A partition that is silent for so long does not hold the others back.
    "table.exec.source.idle-timeout": "10 s",
}


def script(options: Options) -> Script:
    """The job as SQL."""
    columns = {column.name for event in EVENTS.values() for column in event.columns}
    return Script(
        f"{NAME}: counts and histograms by slice and minute",
        (
            *arrivals.declarations(columns, options, NAME, WAIT_MS),
            quality_counts.declaration(options.kafka),
            quality_profiles.declaration(options.kafka),
        ),
        (quality_counts.insert(), quality_profiles.insert()),
    )


def build(tables: TableEnvironment, options: Options) -> StatementSet:
    """The job, declared and not started."""
    return add(tables, script(options))


def main() -> None:
    """Submit the job to the cluster that `flink run` names."""
    options = Options.parse(sys.argv[1:])
    build(table_environment(options, pipeline_name=NAME, **SETTINGS), options).execute()


if __name__ == "__main__":
    main()
