"""The rows that a view counts, as SQL over a table `counted` of all event types."""

from __future__ import annotations

from collections.abc import Sequence

from features.view import View


def rows(view: View, events: Sequence[str], more: frozenset[str] = frozenset()) -> str:
    """`counted`, or what the view makes of it: with events that another followed, and columns of its own.

    `more` are columns of `counted` to keep beside those that the view reads.
    """
    columns = ", ".join(["event", *(f"`{c}`" for c in sorted(view.columns | more))])
    followed = [f.query(view.columns | more) for f in view.followed if f.name in events]
    table = "counted"
    if followed:
        plain = [] if len(followed) == len(events) else [f"SELECT {columns} FROM counted"]
        table = _in_brackets("\nUNION ALL\n".join([*plain, *followed]))
    made = [f"{sql} AS `{name}`" for name, sql in view.derived.items()]
    if each := view.each:
        table += f"\nCROSS JOIN UNNEST(SPLIT(`{each.of}`, '{each.separator}')) AS part (`{each.name}`)"
        made.append(f"part.`{each.name}`")
    if made:
        table = _in_brackets(f"SELECT {', '.join([columns, *made])}\nFROM {table}")
    return table if table == "counted" else f"{table} AS counted"


def conditions(view: View, events: Sequence[str]) -> list[str]:
    """What holds for all rows of a view that are of these events."""
    names = ", ".join(f"'{event}'" for event in events)
    # A null in a key would end the job.
    filled = [f"{column} IS NOT NULL" for column in view.entity if column in view.nullable]
    parts = [f"{view.each.name} <> ''"] if view.each else []
    return [f"event IN ({names})", *([f"({view.where})"] if view.where else []), *filled, *parts]


def _in_brackets(sql: str) -> str:
    return "(\n  " + sql.replace("\n", "\n  ") + "\n)"
