"""The Python side of a view: a batch of tiles, or of entries of lists, becomes packed rows in Redis."""

from __future__ import annotations

from itertools import compress
from typing import Any

import pandas as pd
from pyflink.table.udf import ScalarFunction

from features.layout import Layout, entity_texts
from features.listing_layout import ListLayout
from features.partial import Array, Mask
from flink_jobs.options import Options
from flink_jobs.shared_forgotten import SHARED
from sinks.redis_features import RedisTiles, connect
from sinks.redis_members import MEMBER


class FeatureWriter(ScalarFunction):  # type: ignore[misc]
    """Writes one ring or one list. It holds nothing back: a batch is in Redis before `eval` returns.

    Of members who asked to be forgotten it writes nothing that began before.
    """

    def __init__(self, layout: Layout | ListLayout, options: Options) -> None:
        self._layout = layout
        self._entity = layout.view.entity
        self._options = options

    def open(self, function_context: object) -> None:
        """Connect once a worker; for a view of members, learn whom to forget, and follow."""
        self._store = RedisTiles(connect(self._options.redis), self._options.generation)
        if MEMBER in self._entity:
            self._forgotten = SHARED.join(self._options.kafka)

    def close(self) -> None:
        """Follow no more."""
        if MEMBER in self._entity:
            SHARED.leave(self._options.kafka)

    def eval(self, *columns: pd.Series[Any]) -> pd.Series[bool]:
        """True for each row. The columns are those of the query, in its order."""
        width = len(self._entity)
        entity = [column.tolist() for column in columns[:width]]
        rows = self._layout.pack([column.to_numpy() for column in columns[width:]])
        kept = self._kept(entity, rows)
        if kept is not None:
            entity, rows = [list(compress(column, kept)) for column in entity], rows[kept]
        if len(rows):
            self._write(entity_texts(entity), rows)
        return pd.Series(True, index=range(len(columns[0])))

    def _kept(self, entity: list[list[str]], rows: Array) -> Mask | None:
        if MEMBER not in self._entity:
            return None
        members = entity[self._entity.index(MEMBER)]
        return self._forgotten.keeps(members, self._layout.begins_ms(rows))

    def _write(self, entities: list[str], rows: Array) -> None:
        if isinstance(self._layout, Layout):
            newest_ms = self._layout.begins_ms(rows) + rows["newest"]
            self._store.write(self._layout, entities, rows, int(newest_ms.max()))
        else:
            self._store.write_list(self._layout, entities, rows)
