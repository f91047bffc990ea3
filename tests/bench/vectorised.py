"""The other opponent: a loop over batches, with the same duties, from our own parts and polars; no engine."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pyruhvro
from confluent_kafka import Message, Producer

from features.layout import Layout, layouts
from features.partial import Array
from schemas.events import EVENTS
from schemas.topics import event_of
from sinks.redis_features import RedisTiles, connect
from tests.bench.contender import refused, run
from tests.bench.views import RACE
from validators import ruleset
from validators.gate import Gate, NoLog, Records, Unchanging
from validators.judge import Judgement

_CALL, _ROOM = 2_000, 100_000


class View:
    """The tiles of one view: rows of an array, found by entity and tile."""

    def __init__(self, layout: Layout, store: RedisTiles) -> None:
        self._layout, self._store = layout, store
        self._entity = layout.view.entity[0]
        self._summed = ["n", *(p.name for p in layout.view.partials)]
        self._place: dict[tuple[str, int], int] = {}
        self._sums = np.zeros((_ROOM, len(self._summed)), dtype=np.int64)
        self._newest_ms = np.zeros(_ROOM, dtype=np.int64)

    def add(self, rows: pl.DataFrame) -> None:
        """Merge prepared rows into their tiles, and store the tiles that changed."""
        tile = (pl.col("event_time") // self._layout.ring.tile_ms).alias("tile")
        sums = [pl.col(name).sum() for name in self._summed]
        fresh = rows.group_by(self._entity, tile).agg(pl.col("event_time").max(), *sums)
        entities, tiles = fresh[self._entity].to_list(), fresh["tile"]
        keys = zip(entities, tiles.to_list(), strict=True)
        places = np.fromiter(
            (self._place.setdefault(k, len(self._place)) for k in keys), np.int64, len(tiles)
        )
        self._grow()
        self._sums[places] += fresh.select(self._summed).to_numpy()
        self._newest_ms[places] = np.maximum(self._newest_ms[places], fresh["event_time"].to_numpy())
        for start in range(0, len(tiles), _CALL):
            chunk = slice(start, start + _CALL)
            self._write(entities[chunk], tiles[chunk].to_numpy(), places[chunk])

    def _grow(self) -> None:
        while len(self._place) > len(self._newest_ms):
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
            self._newest_ms = np.concatenate([self._newest_ms, np.zeros_like(self._newest_ms)])

    def _write(self, entities: list[str], tile: Array, places: Array) -> None:
        n, *partials = self._sums[places].T
        newest_ms = self._newest_ms[places]
        records = self._layout.pack([tile, n, newest_ms, *partials])
        self._store.write(self._layout, entities, records, int(newest_ms.max()))


class Vectorised:
    """The whole of it."""

    def __init__(self, redis_url: str, producer: Producer) -> None:
        self.verdicts: Counter[str] = Counter()
        self._gate, self._producer = Gate(Unchanging(ruleset.load()), NoLog()), producer
        store = RedisTiles(connect(redis_url))
        self._views = [View(layout, store) for view in RACE for layout in layouts(view)]
        self._waiting: list[pl.DataFrame] = []

    def take(self, messages: list[Message]) -> None:
        if not messages:
            return
        topics = [m.topic() or "" for m in messages]
        aside = [refused(m.key(), m.value()) for m in messages]
        found = self._gate.judge(
            Records(
                topics,
                np.array([m.partition() for m in messages]),
                np.array([m.offset() for m in messages]),
                np.array([m.timestamp()[1] for m in messages]),
                [None if reason else m.value() for m, reason in zip(messages, aside, strict=True)],
            )
        )
        self.verdicts.update(f"{event_of(t)} {v}" for t, v in zip(topics, found.verdict, strict=True))
        self._pass_on(messages, aside, found)
        counts = np.isin(found.verdict.astype(str), ("valid", "warned"))
        for topic in set(topics):
            event = event_of(topic)
            datums = [d for d, t, c in zip(found.datum, topics, counts, strict=True) if c and t == topic]
            if datums:
                self._waiting.append(prepared(event, datums))

    def _pass_on(self, messages: list[Message], aside: list[str | None], found: Judgement) -> None:
        produce = self._producer.produce
        columns = messages, aside, found.verdict, found.reasons, found.datum, found.member_id
        for message, reason, verdict, reasons, datum, member in zip(*columns, strict=True):
            if verdict == "rejected":
                told = [("verdict", verdict), ("reasons", reason or reasons)]
                produce("bench.quarantine", message.value(), message.key(), headers=told)
            else:
                produce("bench.valid", datum, member, headers=[("verdict", verdict)])

    def flush(self) -> None:
        if not self._waiting:
            return
        rows = pl.concat(self._waiting)
        self._waiting.clear()
        by_member, by_title = self._views
        by_member.add(rows)
        titles = rows.filter(pl.col("title_id").is_not_null())
        by_title.add(titles)


def prepared(event: str, datums: list[bytes]) -> pl.DataFrame:
    """The columns and partials of both views, from canonical datums of one event type."""
    read = pl.DataFrame(pl.from_arrow(pyruhvro.deserialize_array(datums, EVENTS[event].schema_json)))

    def one(on: str) -> pl.Expr:
        return pl.lit(int(event == on), dtype=pl.Int64)

    def number(name: str, on: str) -> pl.Expr:
        return pl.col(name).cast(pl.Int64) if event == on else pl.lit(0, dtype=pl.Int64)

    return read.select(
        pl.col("event_time").cast(pl.Int64),
        "member_id",
        "title_id" if "title_id" in read.columns else pl.lit(None, dtype=pl.String).alias("title_id"),
        n=pl.lit(1, dtype=pl.Int64),
        plays=one("play"),
        searches=one("search"),
        hovers=one("hover"),
        dwell_ms_mean_sum=number("dwell_ms", "hover"),
        dwell_ms_mean_n=one("hover"),
        position_ms_mean_sum=number("position_ms", "pause"),
        position_ms_mean_n=one("pause"),
    )


if __name__ == "__main__":
    run(Vectorised)
