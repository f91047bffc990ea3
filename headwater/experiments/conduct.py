"""What members do in a simulated stream, as the rows that scorers are given; by the SQL that the job runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Self

import numpy as np
import pyarrow as pa

from features.offline.dialect import connect
from headwater.experiments.stream import START_MS, Plan
from headwater.traffic.leaving import leaving
from headwater.traffic.message import plain
from headwater.traffic.misconduct import misbehave
from headwater.traffic.population import World
from headwater.traffic.sessions import happenings
from online_models.members.measure import EVENTS, Rows
from online_models.members.scorer import Kind
from schemas.codec import Record
from schemas.titles import SEPARATOR

#: What measures may read.
_TEXTS = ("member_id", "session_id", "device_id", "country", "title_id")


#: An event type, an event of it, and the kind of misconduct that it is part of, or none.
Deed = tuple[str, Record, str | None]


@dataclass(frozen=True)
class Deeds:
    """Events in a database, as the table `deeds`; `misdeed` is the kind of misconduct, or null."""

    database: Any
    until_ms: int

    @classmethod
    def of(cls, deeds: Iterable[Deed], genres: Mapping[str, str], until_ms: int) -> Self:
        """Those of the types that tell of conduct; `genres` are those of each title."""
        told: dict[str, list[Any]] = {of: [] for of in ("event", "event_time", *_TEXTS, "genres", "misdeed")}
        for event, record, misdeed in deeds:
            if event in EVENTS:
                told["event"].append(event)
                told["event_time"].append(record["event_time"])
                for name in _TEXTS:
                    told[name].append(record.get(name))
                told["genres"].append(genres.get(record.get("title_id", "")))
                told["misdeed"].append(misdeed)
        database, kinds = connect(), dict.fromkeys(told, pa.string()) | {"event_time": pa.int64()}
        database.register("told", pa.table(told, schema=pa.schema(kinds)))
        database.execute("CREATE TABLE deeds AS SELECT * FROM told ORDER BY event_time")
        return cls(database, until_ms)

    def rows(self, kind: Kind, from_ms: int, more: str = "NULL") -> Iterator[tuple[Rows, list[Any]]]:
        """The rows of each window that ends after a time and is over, and what `more`, an aggregate of SQL,
        says of each. Nothing of who and where."""
        measures = ", ".join(measure.sql for measure in kind.measures)
        for end_ms in range((from_ms // kind.every_ms + 1) * kind.every_ms, self.until_ms + 1, kind.every_ms):
            query = f"""\
SELECT member_id, {measures}, {more.replace("$end_ms", str(end_ms))} FROM deeds
WHERE event_time >= {end_ms - kind.window_ms} AND event_time < {end_ms}
GROUP BY member_id ORDER BY member_id"""
            found = self.database.sql(query).to_arrow_table()
            member, *value, told = (column.to_pylist() for column in found.columns)
            if member:
                # An average of whole numbers is cut by Flink and not by DuckDB.
                numbers = np.floor(np.array(value, float).T)
                yield Rows(end_ms, tuple(member), ("",) * len(member), numbers), told


def simulate(plan: Plan, misconduct: float, leave: float) -> tuple[World, Deeds]:
    """The same for the same plan."""
    world = plan.world()
    ids = [member.member_id for member in world.members]
    gone = leaving(Random(f"leaving/{plan.seed}"), ids, leave, plan.seconds)
    world = replace(world, leaving=gone)
    genres = {title.title_id: SEPARATOR.join(sorted(title.genres)) for title in world.titles}
    stream = map(plain, happenings(world, plan.rate_per_s, plan.seconds, START_MS, plan.seed))
    messages = misbehave(stream, misconduct, Random(f"misconduct/{plan.seed}"))
    deeds = ((message.event, message.record, message.fault) for message in messages)
    return world, Deeds.of(deeds, genres, START_MS + plan.seconds * 1_000)
