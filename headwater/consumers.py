"""Who depends on events: the names that a rule's `needed_by` may use, and what each of them reads."""

from __future__ import annotations

from features.catalog import CATALOG
from online_models import catalog
from online_models.members import catalog as members
from online_models.members.measure import EVENTS as CONDUCT
from online_models.members.scorer import EVENT as SCORE

#: All views that count the event, and all models that learn from it.
EVERY_VIEW, EVERY_MODEL = "every_view", "every_model"
#: The event types that each online model learns from: those of update_models, and those of score_members.
MODELS = {
    **{name: model.events for name, model in catalog.MODELS.items()},
    **dict.fromkeys(members.MODELS, CONDUCT),
}
#: The views of which each of them knows numbers, by name.
KNOWN = {
    **{name: tuple(dict.fromkeys(of.view for of in m.known)) for name, m in catalog.MODELS.items()},
    **dict.fromkeys(members.MODELS, ()),
}
#: The event types that models tell.
TOLD = dict.fromkeys(members.MODELS, (SCORE,))


def names() -> frozenset[str]:
    """Views, their features as `view.feature`, online models, EVERY_VIEW and EVERY_MODEL.

    >>> {"every_view", "member_activity", "member_activity.plays", "take", "churn"} <= names()
    True
    """
    features = {f"{view.name}.{feature.name}" for view in CATALOG for feature in view.features}
    return frozenset({EVERY_VIEW, EVERY_MODEL, *(view.name for view in CATALOG), *features, *MODELS})


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

    >>> sorted(models_of("search")), sorted(models_of("seek"))
    (['anomaly', 'churn', 'clusters'], [])
    """
    return frozenset(name for name, events in MODELS.items() if event in events)
