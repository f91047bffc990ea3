"""Which artwork a page shows a title with: mostly the usual one, now and then any, to learn of the others."""

from __future__ import annotations

from random import Random

from headwater.traffic.population import Title, pick
from schemas.artwork import STYLES

#: How often a title is shown in its usual style without a choice; else in any style, each as likely.
_USUAL_SHARE = 0.6


def propensity(title: Title, style: str) -> float:
    """The probability that a title is shown in a style."""
    return (style == title.style) * _USUAL_SHARE + (1 - _USUAL_SHARE) / len(STYLES)


def shown(rng: Random, title: Title) -> str:
    """The style of this time.

    >>> rng, title = Random(1), Title("t", frozenset(), 1, (), style="text")
    >>> of_all = [shown(rng, title) for _ in range(1_000)]
    >>> 650 < of_all.count("text") < 750, 70 < of_all.count("face") < 130
    (True, True)
    """
    return title.style if rng.random() < _USUAL_SHARE else pick(rng, STYLES)
