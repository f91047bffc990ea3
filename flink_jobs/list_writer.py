"""The Python side of a listed feature: a batch of weights becomes entries of lists in Redis, in one call."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pyflink.table.udf import ScalarFunction

from features.layout import entity_texts
from features.listing_layout import ListLayout
from flink_jobs.options import Options
from sinks.redis_features import RedisTiles, connect


class ListWriter(ScalarFunction):  # type: ignore[misc]
    """Writes the lists of one feature. It holds nothing back: a batch is in Redis before `eval` returns."""

    def __init__(self, layout: ListLayout, options: Options) -> None:
        self._layout = layout
        self._options = options

    def open(self, function_context: object) -> None:
        """Connect once a worker."""
        self._store = RedisTiles(connect(self._options.redis), self._options.generation)

    def eval(self, *columns: pd.Series[Any]) -> pd.Series[bool]:
        """True for each entry. The columns are those of the listing's query, in its order."""
        width = len(self._layout.view.entity)
        entities = entity_texts([c.tolist() for c in columns[:width]])
        self._store.write_list(
            self._layout, entities, self._layout.pack([c.to_numpy() for c in columns[width:]])
        )
        return pd.Series(True, index=range(len(entities)))
