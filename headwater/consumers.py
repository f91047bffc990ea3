"""Who depends on events: the names that a rule's `needed_by` may use, and what each of them reads."""

from __future__ import annotations

from features.catalog import CATALOG
from online_models import catalog

#: All views that count the event.
EVERY_VIEW = "every_view"
#: The event types of each online model that update_models learns.
MODELS = {name: model.events for name, model in catalog.MODELS.items()}
#: The views of which each of them knows numbers, by name.
KNOWN = {name: tuple(dict.fromkeys(of.view for of in m.known)) for name, m in catalog.MODELS.items()}


def names() -> frozenset[str]:
    """Views, their features as `view.feature`, online models, and EVERY_VIEW.

    >>> {"every_view", "member_activity", "member_activity.plays", "take"} <= names()
    True
    """
    features = {f"{view.name}.{feature.name}" for view in CATALOG for feature in view.features}
    return frozenset({EVERY_VIEW, *(view.name for view in CATALOG), *features, *MODELS})


def views_of(event: str) -> frozenset[str]:
    """The views that an event type is counted in.

    >>> {"member_activity", "search_term"} <= views_of("search")
    True
    """
    return frozenset(view.name for view in CATALOG if event in view.sources)


def readers_of(view: str) -> tuple[str, ...]:
    """The models that know numbers of a view.

    >>> readers_of("profile_genre"), readers_of("country_top")
    (('take', 'completion'), ())
    """
    return tuple(name for name, views in KNOWN.items() if view in views)


def models_of(event: str) -> frozenset[str]:
    """The models that learn from an event type.

    >>> sorted(models_of("hover")), sorted(models_of("search"))
    (['artwork', 'take'], [])
    """
    return frozenset(name for name, events in MODELS.items() if event in events)
