"""Examples of take, joined in event time: a hover, and whether a play of its title followed in the window.

A hover becomes an example when its window has closed, taken or not: were the taken ones learnt at once and
the others only then, the model would believe that more is taken than is.
"""

from __future__ import annotations

from flink_jobs import kafka_tables
from flink_jobs.kafka_tables import interval, valid_source
from flink_jobs.options import Options
from online_models.catalog import TAKE
from schemas.events import EVENTS
from schemas.titles import GENRES

#: What a row of a batch holds, in this order: the label is whether the title was taken.
COLUMNS = ("event_time", "event_id", "taken", *TAKE.columns)

#: Hovers are learnt from in batches of this much event time.
BATCH_MS = 1_000
#: How long an event waits for those that happened before it. A hover that comes later still is no example; a
#: play counts as long as the window of its hover is open.
WAIT_MS = 3_000

# The time of a hover is that of its batch. The join passes the watermark on one millisecond before it gives
# the zeros that are due: with exact times a batch could close without its last ones.
_TIMES = {"hover": f"event_time - MOD(event_time, {BATCH_MS})", "play": "event_time"}


def sources(options: Options, group: str) -> tuple[str, ...]:
    """The judged hovers and plays in Kafka."""
    return tuple(valid_source(EVENTS[name], options, group, clock(name)) for name in _TIMES)


def clock(event: str) -> str:
    """`happened`, and its watermark, for a table of hovers or plays that knows when one was `ingested`."""
    return kafka_tables.clock(f"TO_TIMESTAMP_LTZ({_TIMES[event]}, 3)", WAIT_MS)


def declarations(take_window_ms: int) -> tuple[str, ...]:
    """From `valid_hover` and `valid_play` to `take_batches`: an array of rows of COLUMNS each BATCH_MS."""
    own = ", ".join(f"MAX(`{c}`) AS `{c}`" for c in COLUMNS if c not in ("event_id", "taken"))
    return (
        f"""\
-- Every hover, beside each play that followed it in time or beside none. The first bound is what lets the
-- join forget; the second is the window. A hover that comes after the watermark is left out, for the plays
-- that followed it may be forgotten: it would be a false zero.
CREATE TEMPORARY VIEW hover_outcomes AS
SELECT h.*, CASE WHEN p.event_id IS NULL THEN 0 ELSE 1 END AS taken
FROM (
  SELECT *, DECODE(headers['{GENRES.name}'], 'UTF-8') AS `{GENRES.name}` FROM valid_hover
  WHERE {_judged()} AND (CURRENT_WATERMARK(happened) IS NULL OR happened > CURRENT_WATERMARK(happened))
) h
LEFT JOIN (SELECT * FROM valid_play WHERE {_judged()}) p
  ON p.member_id = h.member_id AND p.title_id = h.title_id
  AND p.happened BETWEEN h.happened AND h.happened + {interval(take_window_ms + BATCH_MS)}
  AND p.event_time BETWEEN h.event_time AND h.event_time + {take_window_ms}""",
        f"""\
-- One example a hover, however many plays followed and however often the gate wrote it.
CREATE TEMPORARY VIEW take_examples AS
SELECT window_start, window_end, event_id, {own}, MAX(taken) AS taken
FROM TABLE(TUMBLE(TABLE hover_outcomes, DESCRIPTOR(happened), {interval(BATCH_MS)}))
GROUP BY window_start, window_end, event_id""",
        f"""\
CREATE TEMPORARY VIEW take_batches AS
SELECT ARRAY_AGG(ROW({", ".join(f"`{c}`" for c in COLUMNS)})) AS batch
FROM take_examples
GROUP BY window_start, window_end""",
    )


def _judged() -> str:
    return "DECODE(headers['verdict'], 'UTF-8') IN ('valid', 'warned')"
