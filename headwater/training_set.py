"""A training set: rows of a Parquet file, and beside them what views said of their entities then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
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
#: Half of a view's work uses one core; each takes up to 2 GiB meanwhile.
_VIEWS_AT_ONCE = 2


def read_rows(file: Path) -> pa.Table:
    """The rows of a Parquet file. Raises HeadwaterError where it is none."""
    try:
        return pq.read_table(file)
    except (OSError, pa.ArrowInvalid) as error:
        told = str(error).splitlines()[0]
        raise HeadwaterError(f"--entities {file} cannot be read ({told})", "name a Parquet file") from None


def training_set(
    log: Log, rows: pa.Table, views: Sequence[View], at: str, scratch: Path, on_view: Callable[[View], None]
) -> pa.Table:
    """The rows with columns more, `<view>__<value>`: what each view said as of the column `at`.

    The columns of a view stand in a file of the folder `scratch`, from where they are mapped into memory: to
    hold them would take gigabytes. They may be used after the folder is deleted.
    """
    at_ms, keys = _instants(rows, at), _keys(rows, views)

    def told(view: View) -> pa.Table:
        of_row, found = in_parts(log.beside(), view, [keys[column] for column in view.entity], at_ms)
        return _mapped(picked([_columns(view, part) for part in found], of_row), scratch / view.id)

    with ThreadPoolExecutor(_VIEWS_AT_ONCE) as pool:
        try:
            for view, columns in zip(views, pool.map(told, views), strict=True):
                for name in columns.column_names:
                    rows = rows.append_column(name, columns[name])
                on_view(view)
        except ValueError as error:
            raise HeadwaterError(f"--events: {error}", "see the README, Training sets") from None
    return rows


def picked(parts: Sequence[pa.RecordBatch], places: Array, at_once: int = _AT_ONCE) -> Iterator[pa.Table]:
    """What stands at places in parts that follow each other, so many rows at once. As Table.take, which
    makes one array of all parts first, and fails where their texts are beyond 2 GiB."""
    begins = np.cumsum([0, *map(len, parts)])
    for start in range(0, max(len(places), 1), at_once):
        wanted = places[start : start + at_once]
        order = np.argsort(wanted, kind="stable")
        of_part = np.split(wanted[order], np.searchsorted(wanted[order], begins[1:-1]))
        found = [
            part.take(pa.array(at - begin)) for part, begin, at in zip(parts, begins, of_part, strict=False)
        ]
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        yield pa.Table.from_batches(found).take(pa.array(back))


def _mapped(tables: Iterator[pa.Table], file: Path) -> pa.Table:
    """Tables of one schema, one below the other, in a file that is mapped into memory."""
    first = next(tables)
    with pa.OSFile(str(file), "wb") as out, pa.ipc.new_file(out, first.schema) as writer:
        for table in chain([first], tables):
            writer.write_table(table)
    return pa.ipc.open_file(pa.memory_map(str(file))).read_all()


def _keys(rows: pa.Table, views: Sequence[View]) -> dict[str, pa.Array]:
    """The columns of all entities, as texts."""
    found: dict[str, pa.Array] = {}
    for view in views:
        for column in view.entity:
            if column not in rows.column_names:
                told = f"it has {', '.join(rows.column_names)}"
                raise HeadwaterError(f"--entities has no column {column}, an entity of {view.name}", told)
            if column not in found:
                found[column] = rows[column].cast(pa.string()).combine_chunks()
    return found


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
