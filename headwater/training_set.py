"""A training set: rows of a Parquet file, and beside them what views said of their entities then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.offline import Log, in_parts
from features.partial import Array
from features.view import View
from headwater.errors import HeadwaterError
from serving.arrow import column_of

#: Rows whose answers are picked at once.
_AT_ONCE = 100_000


def read_rows(file: Path) -> pa.Table:
    """The rows of a Parquet file. Raises HeadwaterError where it is none."""
    try:
        return pq.read_table(file)
    except (OSError, pa.ArrowInvalid) as error:
        told = str(error).splitlines()[0]
        raise HeadwaterError(f"--entities {file} cannot be read ({told})", "name a Parquet file") from None


def training_set(
    log: Log, rows: pa.Table, views: Iterable[View], at: str, on_view: Callable[[View], None]
) -> pa.Table:
    """The rows with columns more, `<view>__<value>`: what each view said as of the column `at`."""
    at_ms = _instants(rows, at)
    for view in views:
        keys = [_texts(rows, column, view) for column in view.entity]
        try:
            of_row, found = in_parts(log, view, keys, at_ms)
            parts = [_columns(view, part) for part in found]
        except ValueError as error:
            raise HeadwaterError(f"--events: {error}", "see the README, Training sets") from None
        columns = picked(parts, of_row)
        for name in columns.column_names:
            rows = rows.append_column(name, columns[name])
        on_view(view)
    return rows


def picked(parts: Sequence[pa.RecordBatch], places: Array, at_once: int = _AT_ONCE) -> pa.Table:
    """What stands at places in parts that follow each other. As Table.take, which makes one array of all
    parts first, and fails where their texts are beyond 2 GiB."""
    begins = np.cumsum([0, *map(len, parts)])
    chunks = []
    for start in range(0, max(len(places), 1), at_once):
        wanted = places[start : start + at_once]
        order = np.argsort(wanted, kind="stable")
        of_part = np.split(wanted[order], np.searchsorted(wanted[order], begins[1:-1]))
        found = [
            part.take(pa.array(at - begin)) for part, begin, at in zip(parts, begins, of_part, strict=False)
        ]
        chunks.append(pa.Table.from_batches(found).take(pa.array(np.argsort(order))))
    return pa.concat_tables(chunks)


def _texts(rows: pa.Table, column: str, view: View) -> pa.Array:
    if column not in rows.column_names:
        told = f"it has {', '.join(rows.column_names)}"
        raise HeadwaterError(f"--entities has no column {column}, an entity of {view.name}", told)
    return rows[column].cast(pa.string()).combine_chunks()


def _instants(rows: pa.Table, column: str) -> Array:
    if column not in rows.column_names:
        told = f"name one of {', '.join(rows.column_names)}"
        raise HeadwaterError(f"--entities has no column {column} (--as-of)", told)
    instants = rows[column]
    if pa.types.is_timestamp(instants.type):
        instants = instants.cast(pa.timestamp("ms", instants.type.tz), safe=False)
    elif not pa.types.is_integer(instants.type):
        remedy = "give timestamps, or ms since the epoch"
        raise HeadwaterError(f"column {column} (--as-of) is of {instants.type}", remedy)
    if instants.null_count:
        raise HeadwaterError(
            f"column {column} (--as-of) has {instants.null_count} nulls", "fill or drop them"
        )
    found: Array = instants.cast(pa.int64()).to_numpy()
    return found


def _columns(view: View, found: dict[str, Array]) -> pa.RecordBatch:
    columns = {f"{view.name}__{name}": column_of(found[name]) for name in view.value_names}
    return pa.RecordBatch.from_pydict(columns)
