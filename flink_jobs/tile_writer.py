"""The Python side of a view: a batch of tiles becomes packed records in Redis, in one call."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pyflink.table.udf import ScalarFunction

from features.layout import Layout, entity_texts
from flink_jobs.kept_topic import KeptTopic
from flink_jobs.live_forgotten import LiveForgotten
from flink_jobs.options import Options
from schemas.topics import FORGOTTEN
from sinks.redis_features import RedisTiles, connect
from sinks.redis_members import MEMBER


class TileWriter(ScalarFunction):  # type: ignore[misc]
    """Writes the tiles of one ring. It holds nothing back: a batch is in Redis before `eval` returns.

    Of members who asked to be forgotten it writes no tile that began before.
    """

    def __init__(self, layout: Layout, options: Options) -> None:
        self._layout = layout
        self._options = options

    def open(self, function_context: object) -> None:
        """Connect once a worker; for a view of members, learn whom to forget, and follow."""
        self._tiles = RedisTiles(connect(self._options.redis), self._options.generation)
        if MEMBER in self._layout.view.entity:
            self._topic = KeptTopic(self._options.kafka, FORGOTTEN)
            self._forgotten = LiveForgotten(self._topic)
            self._forgotten.start()

    def close(self) -> None:
        """Follow no more."""
        if MEMBER in self._layout.view.entity:
            self._forgotten.stop()
            self._topic.close()

    def eval(self, *columns: pd.Series[Any]) -> pd.Series[bool]:
        """True for each tile. The columns are those of the tile query, in its order."""
        rows, kept = len(columns[0]), self._kept(columns)
        if kept is not None:
            columns = tuple(column[kept] for column in columns)
        if len(columns[0]):
            self._write(columns)
        return pd.Series(True, index=range(rows))

    def _kept(self, columns: tuple[pd.Series[Any], ...]) -> Any:
        entity = self._layout.view.entity
        if MEMBER not in entity:
            return None
        starts_ms = columns[len(entity)].to_numpy() * self._layout.ring.tile_ms
        return self._forgotten.keeps(columns[entity.index(MEMBER)].tolist(), starts_ms)

    def _write(self, columns: tuple[pd.Series[Any], ...]) -> None:
        width = len(self._layout.view.entity)
        entities = entity_texts([c.tolist() for c in columns[:width]])
        newest_ms = columns[width + 2]
        records = self._layout.pack([c.to_numpy() for c in columns[width:]])
        self._tiles.write(self._layout, entities, records, int(newest_ms.max()))
