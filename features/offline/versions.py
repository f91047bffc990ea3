"""What tiles and lists were at different times, as SQL: a version for each time at which one is asked for.

An event is seen at the first instant, of those that are asked for its entity, at which it is known. So a tile
has as many versions as there are instants at which it had changed, and none that nobody asks for; what is
known later than every instant is in none.
"""

from __future__ import annotations

from collections.abc import Sequence

from features.followed import KNOWN_MS
from features.layout import Layout
from features.listing_layout import ListLayout
from features.offline.tiles import whole
from features.partial import TILE_MS
from features.rows import conditions, rows
from features.sql import counted_in
from features.view import View

#: What is asked for, as a table: `row`, `at_ms`, and the columns of the entity, with PREFIX before each.
ASKED, PREFIX = "asked", "asked_"


def tile_versions(layout: Layout, tiles: int) -> str:
    """Entity, tile, seen_ms, and what a tile stores as of seen_ms, while it is one of the newest `tiles`."""
    view, tile_ms = layout.view, layout.ring.tile_ms
    entity, tile, events = ", ".join(view.entity), f"event_time / {tile_ms}", counted_in(view)
    partials = [whole(p, p.over("so_far").replace(TILE_MS, str(tile_ms))) for p in view.partials]
    told = ["COUNT(*) OVER so_far AS n", "MAX(event_time) OVER so_far AS newest_ms", *partials]
    return f"""\
SELECT {entity}, {tile} AS tile, seen_ms, {", ".join(told)}
FROM ({_seen(view, events, conditions(view, events), tile_ms, tiles)}) AS counted
WINDOW so_far AS (PARTITION BY {entity}, {tile} ORDER BY seen_ms)
QUALIFY seen_ms IS DISTINCT FROM LEAD(seen_ms) OVER so_far"""


def weight_versions(layout: ListLayout) -> str:
    """Entity, tile (0 where there are none), seen_ms, item, and its weight as of seen_ms."""
    view, feature = layout.view, layout.of
    entity, named = ", ".join(view.entity), {"tile": "0", **feature.columns()}
    where = [*feature.conditions(), *conditions(view, [feature.on])]
    tile_ms = feature.tile_ms or 1
    tiles = feature.window_ms // tile_ms if feature.forgets else None
    seen = _seen(view, [feature.on], where, tile_ms, tiles)
    return f"""\
SELECT {entity}, {named["tile"]} AS tile, seen_ms, {named["item"]} AS item,
  {feature.weight()} OVER so_far AS weight
FROM ({seen}) AS counted
WINDOW so_far AS (PARTITION BY {entity}, {", ".join(named.values())} ORDER BY seen_ms)
QUALIFY seen_ms IS DISTINCT FROM LEAD(seen_ms) OVER so_far"""


def list_versions(layout: ListLayout, entries: str) -> str:
    """Entity, tile, seen_ms, and the greatest as of seen_ms, from a table of entity, tile, seen_ms, entry.

    Every version is made anew of all entries of its tile, so it costs entries times versions.
    """
    feature = layout.of
    keys = [*layout.view.entity, "tile"]
    of, key = ", ".join(f"version.{c}" for c in (*keys, "seen_ms")), f"entry[{feature.item_at + 1}:]"
    equal = " AND ".join(f"version.{c} = held.{c}" for c in keys)
    # What was seen so long ago happened before the window.
    recent = f" AND held.seen_ms > version.seen_ms - {feature.window_ms}"
    recent = recent if feature.forgets and not feature.tile_ms else ""
    return f"""\
SELECT {", ".join(keys)}, seen_ms, MAX(entry, {feature.kept}) AS entries
FROM (
  SELECT {of}, MAX(held.entry) AS entry
  FROM (SELECT DISTINCT {", ".join(keys)}, seen_ms FROM {entries}) AS version
  JOIN {entries} AS held ON {equal} AND held.seen_ms <= version.seen_ms{recent}
  GROUP BY {of}, held.{key}
)
GROUP BY {", ".join(keys)}, seen_ms"""


def newest_versions(view: View, table: str, tile_ms: int, tiles: int, start: int, end: int) -> str:
    """Row, tile and version, from a table of versions: for rows [start, end) and each of their newest `tiles`
    the one that there was at the instant. Where there are no tiles, there is number 0."""
    on = " AND ".join(f"wanted.{PREFIX}{c} = {table}.{c}" for c in view.entity)
    last = f"at_ms / {tile_ms}" if tile_ms else "0"
    return f"""\
SELECT wanted.row, wanted.tile, {table}.version
FROM (
  SELECT *, UNNEST(RANGE({last} - {tiles - 1}, {last} + 1)) AS tile
  FROM {ASKED} WHERE row BETWEEN {start} AND {end - 1}
) AS wanted
ASOF JOIN {table} ON {on} AND wanted.tile = {table}.tile AND wanted.at_ms >= {table}.seen_ms"""


def _seen(view: View, events: Sequence[str], where: Sequence[str], tile_ms: int, tiles: int | None) -> str:
    """The rows of a view, and when each is seen; if told, only those in the newest `tiles` by then."""
    instants = f"(SELECT DISTINCT * EXCLUDE row FROM {ASKED}) AS asked"
    equal = " AND ".join(f"counted.{c} = asked.{PREFIX}{c}" for c in view.entity)
    within = "" if tiles is None else f"\nWHERE event_time / {tile_ms} > asked.at_ms / {tile_ms} - {tiles}"
    return f"""\
SELECT counted.*, asked.at_ms AS seen_ms
FROM (SELECT * FROM {rows(view, events, frozenset({KNOWN_MS}))} WHERE {" AND ".join(where)}) AS counted
ASOF JOIN {instants} ON {equal} AND counted.{KNOWN_MS} <= asked.at_ms{within}"""
