"""Features: the judged events become tiles of every view, and the tiles packed rows in Redis."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pyflink.table import DataTypes, StatementSet, TableEnvironment
from pyflink.table.udf import udf

from features.catalog import CATALOG
from features.layout import Layout, layouts
from features.sql import HEAD, table_name, tile_query
from features.view import View
from flink_jobs import arrivals, ledger
from flink_jobs.environment import add, table_environment
from flink_jobs.options import Options, features_group
from flink_jobs.script import Script
from flink_jobs.tile_writer import TileWriter

NAME = "compute_features"


def script(options: Options, views: Sequence[View] = CATALOG) -> Script:
    """The job as SQL; `write_<table>` are the Python functions."""
    rings = [layout for view in views for layout in layouts(view)]
    columns = frozenset[str]().union(*(view.columns for view in views))
    return Script(
        f"{NAME}: tiles of {', '.join(v.name for v in views)}",
        (
            *arrivals.declarations(columns, options, features_group(options.generation)),
            ledger.DECLARATION,
            *map(_sink, rings),
        ),
        (*map(_insert, rings), ledger.INSERT),
    )


def build(tables: TableEnvironment, options: Options, views: Sequence[View] = CATALOG) -> StatementSet:
    """The job, declared and not started."""
    writers = {_writer(layout): TileWriter(layout, options) for view in views for layout in layouts(view)}
    for name, writer in (
        *writers.items(),
        ("write_ledger", ledger.LedgerWriter(options.redis, options.generation)),
    ):
        function = udf(writer, result_type=DataTypes.BOOLEAN(), func_type="pandas")
        tables.create_temporary_system_function(name, function)
    return add(tables, script(options, views))


def _writer(layout: Layout) -> str:
    return f"write_{table_name(layout.view, layout.ring)}"


def _sink(layout: Layout) -> str:
    view = layout.view
    entity = ", ".join(f"`{c}` STRING" for c in view.entity)
    return f"""\
-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE {table_name(view, layout.ring)} (
  {entity}, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY ({", ".join(view.entity)}, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole')"""


def _insert(layout: Layout) -> str:
    view = layout.view
    columns = ", ".join([*view.entity, *HEAD, *(p.name for p in view.partials)])
    query = tile_query(view, layout.ring).replace("\n", "\n  ")
    return f"""\
INSERT INTO {table_name(view, layout.ring)}
SELECT {", ".join(view.entity)}, tile, {_writer(layout)}({columns})
FROM (
  {query}
)"""


def main() -> None:
    """Submit the job to the cluster that `flink run` names."""
    options = Options.parse(sys.argv[1:])
    build(table_environment(options, pipeline_name=NAME), options).execute()


if __name__ == "__main__":
    main()
