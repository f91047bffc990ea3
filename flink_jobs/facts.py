"""Facts: events that are learnt from, with what views said when they came, in a log that models learn from.

What is read once stands in the log, so whoever learns from it again learns the same. The log is written at
least once, and of copies the first is what counts: texts of what is known are ordered by when it was read.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pyflink.table.udf import ScalarFunction

from flink_jobs.kafka_tables import COUNTED, header, kept_table, own_columns, sql_type, valid_source
from flink_jobs.options import Options
from online_models.catalog import MODELS
from online_models.known import Known
from online_models.outcome import Outcome
from schemas.events import EVENTS
from schemas.titles import GENRES
from schemas.topics import facts
from serving import FeatureReader
from serving.facts import texts
from sinks.redis_features import hasty

#: The verdict is one that counts, in SQL.
JUDGED = f"{header('verdict')} IN {COUNTED}"
_KEY, _KNOWN = "member_id", "known"


class LookUp(ScalarFunction):  # type: ignore[misc]
    """What views say of a batch of events, as they come."""

    def __init__(self, wanted: Sequence[Known], redis_url: str) -> None:
        self._wanted, self._redis_url = tuple(wanted), redis_url

    def open(self, function_context: object) -> None:
        """Connect once a worker."""
        self._reader = FeatureReader(hasty(self._redis_url))

    def eval(
        self, event_time: pd.Series[Any], ingested: pd.Series[Any], *columns: pd.Series[Any]
    ) -> pd.Series[str]:
        """What `texts` says; the columns are those that `looked_up_by` names."""
        names = looked_up_by(self._wanted)
        asked = {name: column.to_numpy() for name, column in zip(names, columns, strict=True)}
        ingested_ms = ingested.to_numpy().astype("datetime64[ms]").astype(np.int64)
        now_ms = time.time_ns() // 1_000_000
        return pd.Series(texts(self._reader, self._wanted, asked, event_time.to_numpy(), ingested_ms, now_ms))


def wanted_of(event: str) -> tuple[Known, ...]:
    """All that models of the catalogue want to know of an event of this type."""
    return tuple(dict.fromkeys(of for m in MODELS.values() if m.outcome.of == event for of in m.known))


def looked_up_by(wanted: Iterable[Known]) -> tuple[str, ...]:
    """The columns of the event that name entities."""
    return tuple(dict.fromkeys(column for known in wanted for column in known.of))


def declarations(outcome: Outcome, options: Options, group: str, clock: str) -> tuple[str, ...]:
    """`valid_<of>`, from where the group stands, and `facts_<of>`, which is written and read."""
    event = EVENTS[outcome.of]
    types = {c.name: sql_type(c.avro) for c in (*event.columns, GENRES)} | {_KNOWN: "STRING"}
    always = {"event_id", "event_time", _KEY, *outcome.on}
    columns = {c: types[c] + (" NOT NULL" if c in always else "") for c in (*picked(outcome), _KNOWN)}
    return (
        "-- Looked up as they come, and not again: after a restart from where the group has come to.\n"
        + valid_source(event, options, group, clock, resumed=True),
        "-- What was known of each when it came, and for ever after in this log.\n"
        + kept_table(f"facts_{outcome.of}", facts(outcome.of), columns, _KEY, options, group, clock),
    )


def insert(outcome: Outcome) -> str:
    """Every event that counts, into the log, with what is known of it."""
    event, wanted = outcome.of, wanted_of(outcome.of)
    names = "".join(f"\n--   {of.name} by {', '.join(of.of)}" for of in wanted)
    by = ", ".join(f"`{c}`" for c in ("event_time", "at", *looked_up_by(wanted)))
    columns = ", ".join(f"`{c}`" for c in picked(outcome))
    told = own_columns(EVENTS[event])
    own = ", ".join(told[c] for c in picked(outcome))
    return f"""\
-- Of each {event} what is read now, at once, and not when its outcome is known:{names}
INSERT INTO facts_{event}
SELECT {columns}, look_up_{event}({by}) AS `{_KNOWN}`, ingested
FROM (
  SELECT {own}, ingested, CAST(ingested AS TIMESTAMP(3)) AS `at`
  FROM valid_{event}
  WHERE {JUDGED}
)"""


def picked(outcome: Outcome) -> tuple[str, ...]:
    """The columns of the event that are learnt from, or joined by."""
    names = ("event_time", "event_id", *outcome.on, *outcome.texts, *outcome.numbers)
    return tuple(dict.fromkeys(names))
