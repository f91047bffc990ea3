"""The audit: what only many events together can tell. It counts; the monitor judges the counts.

No Python runs in it. It reads what the gate has judged and never changes what becomes of an event.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pyflink.table import StatementSet, TableEnvironment

from flink_jobs import arrivals, quality_counts, quality_profiles, violations
from flink_jobs.environment import add, table_environment
from flink_jobs.options import Options
from flink_jobs.script import Script
from schemas.events import EVENTS
from schemas.topics import HOUR_MS
from validators.stream_rule import Kind
from validators.stream_ruleset import shipped

NAME = "audit_streams"

#: How long an event waits for those that happened before it. What comes later still is counted, but seen by
#: no rule over many events: a play that is later than its pause by more makes that look like an orphan.
WAIT_MS = 5_000

#: How long keys are remembered that nothing happens to: longer than the windows of rules that look back at
#: one last event, such as the play of a pause. Counts by minute are forgotten before (`quality_counts`).
STATE_TTL_MS = 5 * HOUR_MS

SETTINGS = {
    # Counts and violations are looked at by people: a second is soon enough, and costs less than a tenth.
    "table.exec.mini-batch.allow-latency": "1 s",
    "table.exec.state.ttl": f"{STATE_TTL_MS} ms",
    # Alone, counts would batch by processing time and rules by event time, and share nothing of the source.
    "table.optimizer.reuse-optimize-block-with-digest-enabled": "true",
    # A partition that is silent for so long does not hold the others back.
    "table.exec.source.idle-timeout": "10 s",
}


def script(options: Options, rules: Sequence[Kind] | None = None) -> Script:
    """The job as SQL; with the shipped rules unless others are given."""
    columns = {column.name for event in EVENTS.values() for column in event.columns}
    return Script(
        f"{NAME}: counts and histograms by slice and minute, and what broke rules over many events",
        (
            *arrivals.declarations(columns, options, NAME, WAIT_MS),
            quality_counts.declaration(options.kafka),
            quality_profiles.declaration(options.kafka),
            violations.view(shipped() if rules is None else rules),
            violations.declaration(options.kafka),
        ),
        (quality_counts.insert(), quality_profiles.insert(), violations.insert()),
    )


def build(tables: TableEnvironment, options: Options, rules: Sequence[Kind] | None = None) -> StatementSet:
    """The job, declared and not started."""
    return add(tables, script(options, rules))


def main() -> None:
    """Submit the job to the cluster that `flink run` names."""
    options = Options.parse(sys.argv[1:])
    build(table_environment(options, pipeline_name=NAME, **SETTINGS), options).execute()


if __name__ == "__main__":
    main()
