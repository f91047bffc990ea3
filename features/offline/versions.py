"""What was seen of tiles and lists at each sight, as SQL.

An event is seen at the first instant, of those that are asked for its entity, at which it is known. So what
is known later than every instant is seen at none, and what a tile was at an instant is made of what was seen
of it until then.
"""

from __future__ import annotations

from collections.abc import Sequence

from features.followed import KNOWN_MS
from features.layout import Layout
from features.listing_layout import ListLayout
from features.offline.sights import ASKED, PREFIX
from features.offline.tiles import whole
from features.partial import TILE_MS, Partial
from features.rows import conditions, rows
from features.sql import counted_in
from features.view import View

_SEEN = "seen"


def seen(view: View) -> dict[str, str]:
    """Tables by name, and their queries: what the tiles of a view count, and each event that only lists tell
    of; every row with its sight, the instant of that, and the number of its entity."""
    counted = counted_in(view)
    only_listed = {of.on for of in view.listed} - {*counted}
    return {_SEEN: _seen(view, counted)} | {_table(view, on): _seen(view, [on]) for on in only_listed}


def _table(view: View, event: str) -> str:
    return _SEEN if event in counted_in(view) else f"{_SEEN}_{event}"


def _seen(view: View, events: Sequence[str]) -> str:
    equal = " AND ".join(f"counted.{c} = asked.{PREFIX}{c}" for c in view.entity)
    counts = " AND ".join(conditions(view, events))
    return f"""\
SELECT counted.*, asked.sight, asked.seen_ms, asked.who
FROM (SELECT * FROM {rows(view, events, frozenset({KNOWN_MS}))} WHERE {counts}) AS counted
ASOF JOIN {ASKED} AS asked ON {equal} AND counted.{KNOWN_MS} <= asked.seen_ms"""


def tiles_seen(layout: Layout, tiles: int) -> str:
    """Sight, and what a tile stores of what was seen of it then, while it is one of the newest `tiles`."""
    view, tile_ms = layout.view, layout.ring.tile_ms
    firsts = "".join(
        f",\n  ROW_NUMBER() OVER (PARTITION BY who, event_time / {tile_ms}, {p.unique} ORDER BY sight) = 1"
        f" AS first_{p.name}"
        for p in view.partials
        if p.unique
    )
    partials = [whole(p, _sql(p).replace(TILE_MS, str(tile_ms))) for p in view.partials]
    return f"""\
SELECT sight, tile, COUNT(*) AS n, MAX(event_time) AS newest_ms, {", ".join(partials)}
FROM (
  SELECT *, event_time / {tile_ms} AS tile{firsts}
  FROM {_SEEN} WHERE {_within(tile_ms, tiles)}
)
GROUP BY sight, tile"""


def weights_seen(layout: ListLayout) -> str:
    """Sight, tile (0 where there are none), item, and its weight: that of what was seen until then where it
    counts, else of what was seen then."""
    feature = layout.of
    named = {"tile": "0", **feature.columns()}
    where = [*feature.conditions()]
    if feature.forgets:
        tile_ms = feature.tile_ms or 1
        where.append(_within(tile_ms, feature.window_ms // tile_ms))
    weight = "CAST(SUM(weight) OVER so_far AS BIGINT)" if feature.counts else "weight"
    return f"""\
SELECT sight, tile, item, {weight} AS weight
FROM (
  SELECT sight, who, {named["tile"]} AS tile, {named["item"]} AS item, {feature.weight()} AS weight
  FROM {_table(layout.view, feature.on)} WHERE {" AND ".join(where)}
  GROUP BY ALL
)
WINDOW so_far AS (PARTITION BY who, tile, item ORDER BY sight)"""


def _sql(partial: Partial) -> str:
    """Its SQL, for a GROUP BY of sights too: what is unique counts where it is first seen."""
    unique = partial.unique
    return f"COUNT(*) FILTER (WHERE first_{partial.name} AND {unique} IS NOT NULL)" if unique else partial.sql


def _within(tile_ms: int, tiles: int) -> str:
    return f"event_time / {tile_ms} > seen_ms / {tile_ms} - {tiles}"
