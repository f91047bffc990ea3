"""A view as Flink SQL: one GROUP BY a ring, whose rows are the absolute values of a tile so far."""

from __future__ import annotations

from features.partial import TILE_MS
from features.ring import Ring
from features.view import View
from schemas.topics import DAY_MS

#: How long a tile that does not change is remembered: longer than the lateness horizon and the largest tile,
#: or a late event would start it again at one, with room for a job that was down for hours.
STATE_TTL_MS = DAY_MS

#: Columns of a tile query before the partials, after the entity.
HEAD = ("tile", "n", "newest_ms")


def table_name(view: View, ring: Ring) -> str:
    """The name of a ring's table, writer and operator, such as title_engagement_v1_10s."""
    return f"{view.name}_v{view.version}_{ring.name}"


def tile_query(view: View, ring: Ring) -> str:
    """The tiles of one ring of a view, from a table `counted` of all event types.

    Insert-only input, so `n` only grows and the output has no retractions but updates of a tile.
    """
    entity = ", ".join(view.entity)
    partials = "".join(f",\n  {p.sql.replace(TILE_MS, str(ring.tile_ms))} AS {p.name}" for p in view.partials)
    return f"""\
-- {view.name} v{view.version}, tiles of {ring.name}: {view.description}
SELECT /*+ STATE_TTL('counted' = '{STATE_TTL_MS} ms') */
  {entity},
  event_time / {ring.tile_ms} AS tile,
  COUNT(*) AS n,
  MAX(event_time) AS newest_ms{partials}
FROM counted
WHERE event IN ({", ".join(f"'{e}'" for e in view.events)})
GROUP BY {entity}, event_time / {ring.tile_ms}"""
