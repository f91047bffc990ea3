"""What a view writes: a table for each ring and each list, and the Python function that stores its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from pyflink.table.udf import ScalarFunction

from features.layout import Layout, layouts
from features.listing_layout import ListLayout, list_layouts
from features.listing_sql import list_query, list_table
from features.sql import table_name, tile_query
from features.view import HEAD, View
from flink_jobs.feature_writer import FeatureWriter
from flink_jobs.options import Options


@dataclass(frozen=True)
class Output:
    """A table: its keys with their SQL types, the columns that its writer reads, and the query that has both.

    `writer` makes the function from the options of the job.
    """

    table: str
    keys: Mapping[str, str]
    columns: tuple[str, ...]
    query: str
    writer: Callable[[Options], ScalarFunction]

    @property
    def function(self) -> str:
        """The name of the writer in SQL."""
        return f"write_{self.table}"

    def declaration(self) -> str:
        """The table in SQL."""
        columns = ", ".join(f"`{name}` {sql_type}" for name, sql_type in self.keys.items())
        return f"""\
-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE {self.table} (
  {columns}, `written` BOOLEAN,
  PRIMARY KEY ({", ".join(self.keys)}) NOT ENFORCED
) WITH ('connector' = 'blackhole')"""

    def insert(self) -> str:
        """What is written to it, in SQL."""
        query = self.query.replace("\n", "\n  ")
        return f"""\
INSERT INTO {self.table}
SELECT {", ".join(self.keys)}, {self.function}({", ".join(self.columns)})
FROM (
  {query}
)"""


def outputs(view: View) -> Iterator[Output]:
    """Its rings, finest first, and its lists."""
    yield from map(_tiles, layouts(view))
    yield from map(_list, list_layouts(view))


def _entity(view: View) -> dict[str, str]:
    return dict.fromkeys(view.entity, "STRING")


def _tiles(layout: Layout) -> Output:
    view = layout.view
    return Output(
        table_name(view, layout.ring),
        _entity(view) | {"tile": "BIGINT"},
        (*view.entity, *HEAD, *(p.name for p in view.partials)),
        tile_query(view, layout.ring),
        partial(FeatureWriter, layout),
    )


def _list(layout: ListLayout) -> Output:
    view, feature = layout.view, layout.of
    types = {"tile": "BIGINT", "item": feature.item_type}
    keys = _entity(view) | {name: types[name] for name in feature.columns()}
    return Output(
        list_table(view, feature),
        keys,
        (*keys, "weight"),
        list_query(view, feature),
        partial(FeatureWriter, layout),
    )
