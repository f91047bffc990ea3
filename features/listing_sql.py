"""A listed feature as Flink SQL: one GROUP BY of entity, tile and item, whose rows are the weights so far."""

from __future__ import annotations

from features.listing import Listed
from features.rows import conditions, rows
from features.view import View


def list_table(view: View, feature: Listed) -> str:
    """The name of a listing's table, writer and operator, such as member_activity_v1_titles_top."""
    return f"{view.name}_v{view.version}_{feature.name}"


def list_query(view: View, feature: Listed) -> str:
    """Entity, tile if there are tiles, item and weight, from a table `counted` of all event types.

    Insert-only input, so a weight only grows and the output has no retractions but updates of an item.
    """
    entity, columns = ", ".join(view.entity), feature.columns()
    named = "".join(f"\n  {sql} AS {name}," for name, sql in columns.items())
    where = "\n  AND ".join([*feature.conditions(), *conditions(view, [feature.on])])
    return f"""\
-- {view.name} v{view.version}, {feature.name}: a list of at most {feature.kept} items{_by_tile(feature)}
SELECT /*+ STATE_TTL('counted' = '{feature.remembered_ms} ms') */
  {entity},{named}
  {feature.weight()} AS weight
FROM {rows(view, [feature.on])}
WHERE {where}
GROUP BY {entity}, {", ".join(columns.values())}"""


def _by_tile(feature: Listed) -> str:
    return f" in each tile of {feature.ring.name}" if feature.tile_ms else ""
