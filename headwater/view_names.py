"""Which views a deployment computes."""

from __future__ import annotations

from features.catalog import VIEWS
from features.view import View
from headwater.errors import HeadwaterError
from headwater.settings import Settings

ALL = "all"


def remedy(settings: Settings, *views: View) -> str:
    """How views that are not computed come to be.

    >>> remedy(Settings(views="session"), VIEWS["country_top"])
    'HEADWATER_VIEWS=session,country_top headwater deploy'
    >>> remedy(Settings(views="session"), VIEWS["session"])
    'headwater deploy'
    """
    names = view_names(settings)
    more = ",".join(dict.fromkeys(view.name for view in views if view.name not in names))
    return f"{f'HEADWATER_VIEWS={settings.views},{more} ' if more else ''}headwater deploy"


def view_names(settings: Settings) -> tuple[str, ...]:
    """The names of the views that the settings ask for. Raises HeadwaterError for one that is none.

    >>> view_names(Settings(views="session")), len(view_names(Settings(views="all"))) == len(VIEWS)
    (('session',), True)
    """
    names = tuple(VIEWS) if settings.views == ALL else tuple(filter(None, settings.views.split(",")))
    if unknown := sorted({*names} - {*VIEWS}):
        raise HeadwaterError(
            f"HEADWATER_VIEWS names {unknown[0]!r}, which is no view",
            f"use {ALL}, or some of {', '.join(VIEWS)}",
        )
    if not names:
        raise HeadwaterError("HEADWATER_VIEWS is empty", f"use {ALL}, or some of {', '.join(VIEWS)}")
    return names
