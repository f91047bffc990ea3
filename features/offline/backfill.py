"""The tiles and lists of a stretch of time as a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from features.duration import parse_ms
from features.followed import FOLLOWED
from features.layout import layouts
from features.listing_layout import list_layouts
from features.listing_sql import list_query
from features.offline.log import Log
from features.offline.tiles import whole
from features.sql import tile_query
from features.view import View


def whole_tiles(view: View, since_ms: int, until_ms: int) -> tuple[int, int]:
    """The stretch that holds this one and of every tile all or nothing.

    >>> from features.catalog import VIEWS
    >>> whole_tiles(VIEWS["country_top"], 1_000, 900_001)  # its list has tiles of 15 min
    (0, 1800000)
    """
    largest_ms = max([ring.tile_ms for ring in view.rings] + [feature.tile_ms for feature in view.listed])
    return since_ms // largest_ms * largest_ms, -(-until_ms // largest_ms) * largest_ms


def count(log: Log, view: View, since_ms: int, until_ms: int) -> None:
    """Make `counted` of what the tiles in [since_ms, until_ms) are made of. Raises ValueError."""
    within_ms = max((parse_ms(FOLLOWED[f.name].within) for f in view.followed), default=0)
    # What led to something until the end of the stretch may be followed after it.
    log.count(view, since_ms, until_ms + within_ms - 1)


def write(log: Log, view: View, since_ms: int, until_ms: int, file: Path) -> int:
    """Write what the stream would hold of the tiles in [since_ms, until_ms); how many rows there are.

    A row is a tile of a ring or an item of a list: `part` says of which, such as 60s or titles_top, and
    `begins_ms` when its tile began. A tile has `n`, `newest_ms` and the partials of the view, such as a sum
    times its scale; an item has `item` and `weight`, both texts. Lists that have no tiles are those of all
    that was read, without `begins_ms`. ValueError where that cannot be.
    """
    count(log, view, since_ms, until_ms)
    parts = "\nUNION ALL BY NAME\n".join(_parts(view, since_ms, until_ms))
    log.run(f"CREATE OR REPLACE TEMP TABLE backfill AS\n{parts}")
    told = str(file).replace("'", "''")
    log.run(f"COPY (FROM backfill ORDER BY ALL) TO '{told}' (FORMAT parquet)")
    return int(log.table("SELECT COUNT(*) AS n FROM backfill")["n"][0].as_py())


def _parts(view: View, since_ms: int, until_ms: int) -> Iterator[str]:
    entity = ", ".join(view.entity)
    for layout in layouts(view):
        begins = f"tile * {layout.ring.tile_ms}"
        told = ", ".join(["n", "newest_ms", *(whole(p, p.name) for p in view.partials)])
        yield f"""\
SELECT '{layout.ring.name}' AS part, {entity}, {begins} AS begins_ms, {told}
FROM ({tile_query(view, layout.ring)})
WHERE {begins} >= {since_ms} AND {begins} < {until_ms}"""
    for of_list in list_layouts(view):
        feature = of_list.of
        begins = f"tile * {feature.tile_ms}" if feature.tile_ms else "NULL"
        where = f"\nWHERE {begins} >= {since_ms} AND {begins} < {until_ms}" if feature.tile_ms else ""
        yield f"""\
SELECT '{feature.name}' AS part, {entity}, {begins} AS begins_ms,
  CAST(item AS STRING) AS item, CAST(weight AS STRING) AS weight
FROM ({list_query(view, feature)}){where}"""
