"""Versions of views: a changed definition is a new one, and both are computed until the old is retired."""

from __future__ import annotations

from collections.abc import Iterable

from features.view import View


def newest(views: Iterable[View]) -> dict[str, View]:
    """The newest version of each name, in the order of the names. ValueError where one is there twice."""
    found: dict[str, View] = {}
    ids: set[str] = set()
    for view in views:
        if view.id in ids:
            raise ValueError(f"view {view.id} is there twice; raise the version of one")
        ids.add(view.id)
        if view.name not in found or found[view.name].version < view.version:
            found[view.name] = view
    return found


def named(views: Iterable[View]) -> dict[str, View]:
    """All that can be asked for: a name is its newest version, `name@version` that one."""
    views = tuple(views)
    return newest(views) | {view.id: view for view in views}
