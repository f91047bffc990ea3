"""The shared source stage: every judged event as one row, and how many times its id has arrived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from features.view import View
from flink_jobs.kafka_tables import sql_type, valid_source
from flink_jobs.options import Options
from schemas.events import EVENTS, EventType


def declarations(views: Sequence[View], options: Options, group: str) -> tuple[str, ...]:
    """The sources, their union `arrivals`, and `counted`: what features may count.

    Every reader of `copies` must filter by it: only then do the branches keep the whole row of the OVER, and
    only equal branches are computed once.
    """
    columns = sorted({"event_id", "event_time", "member_id"}.union(*(v.columns for v in views)))
    return (
        *(valid_source(event, options.kafka, group) for event in EVENTS.values()),
        _union(columns),
        """\
-- How many times each event_id has arrived so far; insert-only, as tiles need it.
CREATE TEMPORARY VIEW arrivals AS
SELECT *, COUNT(*) OVER (
  PARTITION BY event_id ORDER BY arrived ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
) AS copies
FROM judged_events""",
        """\
-- What features count: the first copy of each event that the gate did not find too late.
CREATE TEMPORARY VIEW counted AS
SELECT * FROM arrivals WHERE copies = 1 AND verdict IN ('valid', 'warned')""",
    )


def _union(columns: Iterable[str]) -> str:
    types = {c.name: sql_type(c.avro) for e in EVENTS.values() for c in e.columns}
    selects = [_select(event, columns, types) for event in EVENTS.values()]
    return "-- The judged events of all types, with the columns that the views read.\n" + (
        "CREATE TEMPORARY VIEW judged_events AS\n" + "\nUNION ALL\n".join(selects)
    )


def _select(event: EventType, columns: Iterable[str], types: dict[str, str]) -> str:
    own = {c.name for c in event.columns}
    picked = ", ".join(f"`{c}`" if c in own else f"CAST(NULL AS {types[c]}) AS `{c}`" for c in columns)
    headers = ", ".join(f"DECODE(headers['{h}'], 'UTF-8') AS {h}" for h in ("verdict", "reasons"))
    return f"SELECT '{event.name}' AS event, {picked}, {headers}, arrived FROM valid_{event.name}"
