"""Who depends on events: the names that a rule's `needed_by` may use."""

from __future__ import annotations

from features.catalog import VIEWS
from online_models import take


def names() -> frozenset[str]:
    """Views, their features as `view.feature`, and online models.

    >>> {"member_activity", "member_activity.plays", "take"} <= names()
    True
    """
    features = {f"{view.name}.{feature.name}" for view in VIEWS.values() for feature in view.features}
    return frozenset({*VIEWS, *features, take.NAME})
