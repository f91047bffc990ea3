"""Outcomes, joined in event time: an event, and whether another followed it before its window closed."""

from __future__ import annotations

from collections.abc import Iterable

from flink_jobs import facts, kafka_tables
from flink_jobs.facts import JUDGED, picked
from flink_jobs.kafka_tables import interval, valid_source
from flink_jobs.options import Options
from online_models.outcome import Outcome
from schemas.events import EVENTS

#: Events are learnt from in batches of this much event time.
BATCH_MS = 1_000
#: How long an event waits for those that happened before it. One that comes later still is no example; what
#: follows it counts as long as its window is open.
WAIT_MS = 3_000


def sources(outcomes: Iterable[Outcome], options: Options, group: str) -> tuple[str, ...]:
    """The judged events in Kafka, and the log of facts, of each type once."""
    of = {o.of: facts.declarations(o, options, group, clock(batched=True)) for o in outcomes}
    by = {o.by: (valid_source(EVENTS[o.by], options, group, clock(batched=False)),) for o in outcomes}
    return tuple(sql for name in sorted(of | by) for sql in (of | by)[name])


def clock(batched: bool) -> str:
    """`happened`, and its watermark, for a table of events that knows when one was `ingested`.

    The time of an event that is learnt from is that of its batch. The join passes the watermark on one
    millisecond before it gives the zeros that are due: with exact times a batch could close without its last.
    """
    time = f"event_time - MOD(event_time, {BATCH_MS})" if batched else "event_time"
    return kafka_tables.clock(f"TO_TIMESTAMP_LTZ({time}, 3)", WAIT_MS)


def declarations(outcome: Outcome, window_ms: int) -> tuple[str, ...]:
    """From `facts_<of>` and `valid_<by>` to `<name>_batches`: an array of texts each BATCH_MS.

    Each text is a JSON array of the outcome's columns.
    """
    name, columns = outcome.name, outcome.columns
    told = ", ".join(
        f"{'MIN' if c == 'known' else 'MAX'}(`{c}`) AS `{c}`" for c in columns if c != "event_id"
    )
    equal = " AND ".join(f"b.{c} = a.{c}" for c in outcome.on)
    return (
        f"""\
-- Every {outcome.of}, beside each {outcome.by} that followed it in time or beside none. The first bound is
-- what lets the join forget; the second is the window. What comes after the watermark is left out, for what
-- followed it may be forgotten: it would be a false zero.
CREATE TEMPORARY VIEW {name}_followed AS
SELECT a.*, CASE WHEN b.event_id IS NULL THEN 0 ELSE 1 END AS followed
FROM (
  SELECT {", ".join(f"`{c}`" for c in ("happened", *picked(outcome), "known"))}
  FROM facts_{outcome.of}
  WHERE CURRENT_WATERMARK(happened) IS NULL OR happened > CURRENT_WATERMARK(happened)
) a
LEFT JOIN (SELECT * FROM valid_{outcome.by} WHERE {JUDGED}) b
  ON {equal}
  AND b.happened BETWEEN a.happened AND a.happened + {interval(window_ms + BATCH_MS)}
  AND b.event_time BETWEEN a.event_time AND a.event_time + {window_ms}""",
        f"""\
-- One example each, however many followed and however often it was written: then with what was read first.
CREATE TEMPORARY VIEW {name} AS
SELECT window_start, window_end, event_id, {told}
FROM TABLE(TUMBLE(TABLE {name}_followed, DESCRIPTOR(happened), {interval(BATCH_MS)}))
GROUP BY window_start, window_end, event_id""",
        f"""\
-- As texts: Python reads a batch of them in one go, where it would read rows field by field.
CREATE TEMPORARY VIEW {name}_batches AS
SELECT ARRAY_AGG(JSON_ARRAY({", ".join(f"`{c}`" for c in columns)} NULL ON NULL)) AS batch
FROM {name}
GROUP BY window_start, window_end""",
    )
