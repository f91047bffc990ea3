"""The Python side of a view: a batch of tiles, or of entries of lists, becomes packed rows in Redis."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pyflink.table.udf import ScalarFunction

from features.layout import Layout
from features.listing_layout import ListLayout
from flink_jobs.options import Options
from flink_jobs.row_writing import Forgotten, write
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
        self._forgotten: Forgotten | None = None
        if MEMBER in self._entity:
            self._forgotten = SHARED.join(self._options.kafka)

    def close(self) -> None:
        """Follow no more."""
        if MEMBER in self._entity:
            SHARED.leave(self._options.kafka)

    def eval(self, *columns: pd.Series[Any]) -> pd.Series[bool]:
        """True for each row. The columns are those of the query, in its order."""
        width = len(self._entity)
        rows = self._layout.pack([column.to_numpy() for column in columns[width:]])
        write(self._store, self._layout, self._forgotten, [c.tolist() for c in columns[:width]], rows)
        return pd.Series(True, index=range(len(columns[0])))
