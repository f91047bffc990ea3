"""Features: the judged events become tiles and lists of every view, and these packed rows in Redis."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pyflink.table import DataTypes, StatementSet, TableEnvironment
from pyflink.table.udf import udf

from features.catalog import CATALOG
from features.view import View
from flink_jobs import arrivals, ledger
from flink_jobs.environment import add, table_environment
from flink_jobs.options import Options, features_group
from flink_jobs.outputs import outputs
from flink_jobs.script import Script

NAME = "compute_features"


def chosen(options: Options) -> tuple[View, ...]:
    """The views that the options name, in all their versions; the whole catalogue where they name none."""
    names = options.views.split(",")
    return tuple(view for view in CATALOG if not options.views or view.name in names)


def script(options: Options, views: Sequence[View] | None = None) -> Script:
    """The job as SQL; `write_<table>` are the Python functions."""
    views = chosen(options) if views is None else views
    written = [output for view in views for output in outputs(view)]
    columns = frozenset[str]().union(*(view.reads for view in views))
    return Script(
        f"{NAME}: tiles of {', '.join(v.name for v in views)}",
        (
            *arrivals.declarations(columns, options, features_group(options.generation)),
            ledger.DECLARATION,
            *(output.declaration() for output in written),
        ),
        (*(output.insert() for output in written), ledger.INSERT),
    )


def build(tables: TableEnvironment, options: Options, views: Sequence[View] | None = None) -> StatementSet:
    """The job, declared and not started."""
    views = chosen(options) if views is None else views
    writers = {output.function: output.writer(options) for view in views for output in outputs(view)}
    of_ledger = ledger.LedgerWriter(options.redis, options.generation)
    for name, writer in (writers | {"write_ledger": of_ledger}).items():
        function = udf(writer, result_type=DataTypes.BOOLEAN(), func_type="pandas")
        tables.create_temporary_system_function(name, function)
    return add(tables, script(options, views))


def main() -> None:
    """Submit the job to the cluster that `flink run` names."""
    options = Options.parse(sys.argv[1:])
    build(table_environment(options, pipeline_name=NAME), options).execute()


if __name__ == "__main__":
    main()
