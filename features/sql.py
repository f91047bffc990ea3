"""A view as Flink SQL: one GROUP BY a ring, whose rows are the absolute values of a tile so far."""

from __future__ import annotations

from features.followed import FOLLOWED
from features.partial import TILE_MS
from features.ring import STATE_TTL_MS, Ring
from features.rows import conditions, rows
from features.view import View


def table_name(view: View, ring: Ring) -> str:
    """The name of a ring's table, writer and operator, such as title_engagement_v1_10s."""
    return f"{view.name}_v{view.version}_{ring.name}"


def tile_query(view: View, ring: Ring) -> str:
    """The tiles of one ring of a view, from a table `counted` of all event types.

    Insert-only input, so `n` only grows and the output has no retractions but updates of a tile.
    """
    entity, events = ", ".join(view.entity), counted_in(view)
    partials = "".join(f",\n  {p.sql.replace(TILE_MS, str(ring.tile_ms))} AS {p.name}" for p in view.partials)
    return f"""\
-- {view.name} v{view.version}, tiles of {ring.name}: {view.description}
SELECT /*+ STATE_TTL('counted' = '{STATE_TTL_MS} ms') */
  {entity},
  event_time / {ring.tile_ms} AS tile,
  COUNT(*) AS n,
  MAX(event_time) AS newest_ms{partials}
FROM {rows(view, events)}
WHERE {" AND ".join(conditions(view, events))}
GROUP BY {entity}, event_time / {ring.tile_ms}"""


def counted_in(view: View) -> list[str]:
    """Its events, but for those that another followed and only lists tell of: that saves a join."""
    told = {getattr(feature, "on", None) for feature in view.stored}
    return [event for event in view.events if event not in FOLLOWED or event in told]
