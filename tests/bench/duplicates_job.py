"""All that the gate wrote, read to its end into a sink that drops it; arguments: a form, and those of a job.

What a form costs is its CPU without that of `reading`.
"""

from __future__ import annotations

import sys

from flink_jobs import arrivals
from flink_jobs.environment import add, table_environment
from flink_jobs.options import Options
from flink_jobs.script import Script

#: What each form keeps.
FORMS = {
    "reading": "SELECT * FROM judged_events",
    # Insert-only as well, and the state of every id for ever.
    "count_over_id": """SELECT * FROM (
  SELECT *, COUNT(*) OVER (
    PARTITION BY event_id ORDER BY arrived ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS copies
  FROM judged_events
) WHERE copies = 1""",
    "repeats_by_position": "SELECT * FROM arrivals WHERE NOT repeated",
}
_COLUMNS = ("event", "event_id", "member_id", "event_time", "verdict", "source_partition", "source_offset")


def script(form: str, options: Options) -> Script:
    """A form as SQL; its sources end where their topics do now."""
    sources = arrivals.declarations({"event_id"}, options, "bench-duplicates")
    bounded = "'connector' = 'kafka',\n  'scan.bounded.mode' = 'latest-offset'"
    columns = ", ".join(_COLUMNS)
    return Script(
        f"duplicates: {form}",
        (
            *(text.replace("'connector' = 'kafka'", bounded) for text in sources),
            f"CREATE TEMPORARY VIEW kept AS\n{FORMS[form]}",
            """\
CREATE TEMPORARY TABLE nowhere (
  event STRING, event_id STRING, member_id STRING, event_time BIGINT, verdict STRING,
  source_partition INT, source_offset BIGINT
) WITH ('connector' = 'blackhole')""",
        ),
        (f"INSERT INTO nowhere SELECT {columns} FROM kept",),
    )


if __name__ == "__main__":
    form, *arguments = sys.argv[1:]
    options = Options.parse(arguments)
    add(table_environment(options, pipeline_name=form), script(form, options)).execute()
