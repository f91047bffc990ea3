"""The tiles and lists of a stretch of time: what the stream would have written of it."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from features.layout import Layout
from features.listing_layout import ListLayout
from features.listing_sql import list_query
from features.offline.log import Log
from features.partial import Array, Partial
from features.sql import tile_query
from features.view import HEAD

_AT_ONCE = 50_000


def stored(
    log: Log, layout: Layout | ListLayout, since_ms: int, until_ms: int
) -> Iterator[tuple[list[list[str]], Array]]:
    """What is stored of all tiles that begin in [since_ms, until_ms), of all that `log` counts: columns of
    entities and rows, some at a time, oldest tiles first. Where there are no tiles, all entries.
    """
    width = len(layout.view.entity)
    for batch in log.batches(_in_order(layout, since_ms, until_ms), _AT_ONCE):
        found = [column.to_numpy(zero_copy_only=False) for column in batch.columns[width:]]
        yield [column.to_pylist() for column in batch.columns[:width]], layout.pack(found)


def _in_order(layout: Layout | ListLayout, since_ms: int, until_ms: int) -> str:
    if isinstance(layout, Layout):
        view, tile_ms, order = layout.view, layout.ring.tile_ms, "tile"
        told = ", ".join([*view.entity, *HEAD, *(whole(p, p.name) for p in view.partials)])
        query = f"SELECT {told} FROM ({tile_query(view, layout.ring)})"
    else:
        # The greatest first: what falls out of a full list is not put into it before.
        tile_ms, query = layout.of.tile_ms, f"SELECT * FROM ({list_query(layout.view, layout.of)})"
        order = "tile, weight DESC" if tile_ms else "weight DESC"
    if tile_ms:
        begins = f"tile * {tile_ms}"
        query += f"\nWHERE {begins} >= {since_ms} AND {begins} < {until_ms}"
    return f"{query}\nORDER BY {order}"


def whole(partial: Partial, sql: str) -> str:
    """SQL of a partial, as the type that it is stored as: a sum of whole numbers is wider in DuckDB."""
    return f"CAST({sql} AS BIGINT) AS {partial.name}" if partial.or_zero else f"{sql} AS {partial.name}"


def columns(table: pa.Table) -> list[Array]:
    """Its columns in numpy: texts as objects."""
    return [column.to_numpy() for column in table.columns]
