"""The Python side of a view: a batch of tiles becomes packed records in Redis, in one call."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pyflink.table.udf import ScalarFunction

from features.layout import Layout, entity_texts
from sinks.redis_features import RedisTiles, connect


class TileWriter(ScalarFunction):  # type: ignore[misc]
    """Writes the tiles of one ring. It holds nothing back: a batch is in Redis before `eval` returns."""

    def __init__(self, layout: Layout, redis_url: str, generation: int) -> None:
        self._layout = layout
        self._redis_url = redis_url
        self._generation = generation

    def open(self, function_context: object) -> None:
        """Connect once a worker."""
        self._tiles = RedisTiles(connect(self._redis_url), self._generation)

    def eval(self, *columns: pd.Series[Any]) -> pd.Series[bool]:
        """True for each tile. The columns are those of the tile query, in its order."""
        width = len(self._layout.view.entity)
        entities = entity_texts([c.tolist() for c in columns[:width]])
        newest_ms = columns[width + 2]
        records = self._layout.pack([c.to_numpy() for c in columns[width:]])
        self._tiles.write(self._layout, entities, records, int(newest_ms.max()))
        return pd.Series(True, index=range(len(entities)))
