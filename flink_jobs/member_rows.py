"""What each member did in windows of event time, as batches of rows for scorers."""

from __future__ import annotations

from flink_jobs import kafka_tables
from flink_jobs.kafka_tables import COUNTED, header, interval, own_columns, valid_source
from flink_jobs.options import Options
from online_models.members.measure import COLUMNS, WHO
from online_models.members.measure import EVENTS as OF
from online_models.members.scorer import Kind
from schemas.events import EVENTS

#: How long an event waits for those that happened before it. One that comes later still is in no row.
WAIT_MS = 3_000


def sources(options: Options, group: str) -> tuple[str, ...]:
    """The judged events in Kafka, and `deeds`: those that count, of all types."""
    clock = kafka_tables.clock("TO_TIMESTAMP_LTZ(event_time, 3)", WAIT_MS)
    union = "\nUNION ALL\n".join(map(_deeds, OF))
    return (
        *(valid_source(EVENTS[event], options, group, clock) for event in OF),
        f"""\
-- What members did, of the types that tell of conduct. What a restarted gate repeats counts twice.
CREATE TEMPORARY VIEW deeds AS
{union}""",
    )


def declarations(kind: Kind) -> tuple[str, ...]:
    """From `deeds` to `<name>_batches`: when a window ended (ms), and an array of texts for `Rows.read`."""
    size, slide = interval(kind.window_ms), interval(kind.every_ms)
    window = (
        f"TUMBLE(TABLE deeds, DESCRIPTOR(happened), {size})"
        if kind.window_ms == kind.every_ms
        else f"HOP(TABLE deeds, DESCRIPTOR(happened), {slide}, {size})"
    )
    measures = ",\n  ".join(f"{measure.sql} AS `{measure.name}`" for measure in kind.measures)
    who = ", ".join(WHO)
    names = ", ".join(f"`{measure.name}`" for measure in kind.measures)
    return (
        f"""\
-- Beside the measures who and where: as the newest event says it, since its time stands first in the text.
CREATE TEMPORARY VIEW {kind.name} AS
SELECT window_start, window_end, member_id,
  MAX(JSON_ARRAY(event_time, {who} NULL ON NULL)) AS who,
  {measures}
FROM TABLE({window})
GROUP BY window_start, window_end, member_id""",
        f"""\
-- As texts: Python reads a batch of them in one go, where it would read rows field by field.
CREATE TEMPORARY VIEW {kind.name}_batches AS
SELECT
  1000 * CAST(TIMESTAMPDIFF(SECOND, TIMESTAMP '1970-01-01 00:00:00', window_end) AS BIGINT) AS at_ms,
  batch
FROM (
  SELECT window_start, window_end, ARRAY_AGG(JSON_ARRAY(member_id, who, {names} NULL ON NULL)) AS batch
  FROM {kind.name}
  GROUP BY window_start, window_end
)""",
    )


def _deeds(event: str) -> str:
    own = own_columns(EVENTS[event])
    picked = ", ".join(own.get(c, f"CAST(NULL AS STRING) AS `{c}`") for c in COLUMNS)
    return f"""\
SELECT happened, '{event}' AS event, {picked}
FROM valid_{event} WHERE {header("verdict")} IN {COUNTED}"""
