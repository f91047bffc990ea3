"""How broad what is recommended is: over all lists, and within each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

Genres = frozenset[str]

#: The weight of a list halves with every 3,465 that follow.
FADE = 0.9998
_LARGE = 1e100


class Breadth:
    """Of lists of titles of one catalogue; what is not in it is passed over.

    `coverage`: what share of the catalogue was recommended of late: with a weight of a hundredth of a list
    or more. `gini`: how unequally titles are recommended, from 0 for alike to nearly 1 for one alone, and
    `entropy` of the same shares, as a part of its greatest (P. Castells, N. Hurley, S. Vargas: Novelty and
    diversity in recommender systems, Recommender Systems Handbook, 2015). `diversity`: how different in
    genres two titles of one list are on average, 1 less the Jaccard index (C. Ziegler et al.: Improving
    recommendation lists through topic diversification, WWW 2005).

    >>> breadth = Breadth({"a": frozenset({"crime"}), "b": frozenset({"drama"}), "c": frozenset()})
    >>> breadth.add([["a", "b"]])
    >>> {name: round(value, 3) for name, value in breadth.told().items()}
    {'coverage': 0.667, 'gini': 0.333, 'entropy': 0.631, 'diversity': 1.0}
    """

    def __init__(self, catalogue: Mapping[str, Genres], fade: float = FADE) -> None:
        self._genres = dict(catalogue)
        self._fade = fade
        self._shown = dict.fromkeys(self._genres, 0.0)
        self._diversity = self._weight = 0.0
        self._scale = 1.0

    def add(self, lists: Sequence[Sequence[str]]) -> None:
        """Take in lists of title ids, in their order."""
        for titles in lists:
            # Each new list weighs more instead of all before less: a step costs its own titles only.
            self._scale /= self._fade
            known = [title for title in titles if title in self._shown]
            for title in known:
                self._shown[title] += self._scale
            pairs = list(combinations((self._genres[title] for title in known), 2))
            if pairs:
                self._diversity += self._scale * sum(unlike(*pair) for pair in pairs) / len(pairs)
                self._weight += self._scale
            if self._scale > _LARGE:
                self._rescale()

    def told(self) -> dict[str, float | None]:
        """The four, None before the first list."""
        shown = np.sort(np.array(list(self._shown.values())) / self._scale)
        total, n = shown.sum(), len(shown)
        if not total:
            return dict.fromkeys(("coverage", "gini", "entropy", "diversity"))
        shares = shown[shown > 0] / total
        spread = float(-(shares * np.log(shares)).sum())
        return {
            "coverage": float((shown >= 0.01).mean()),
            "gini": float(((2 * np.arange(1, n + 1) - n - 1) * shown).sum() / (n * total)),
            "entropy": spread / float(np.log(n)) if n > 1 else 0.0,
            "diversity": self._diversity / self._weight if self._weight else None,
        }

    def state(self) -> dict[str, Any]:
        """All but the catalogue, as JSON values."""
        self._rescale()
        shown = {title: weight for title, weight in self._shown.items() if weight}
        return {"fade": self._fade, "shown": shown, "diversity": self._diversity, "weight": self._weight}

    @classmethod
    def from_state(cls, catalogue: Mapping[str, Genres], state: Mapping[str, Any]) -> Breadth:
        """What `state` gave, over the catalogue of now: titles that it has no more are forgotten."""
        breadth = cls(catalogue, state["fade"])
        breadth._shown |= {t: weight for t, weight in state["shown"].items() if t in breadth._shown}
        breadth._diversity, breadth._weight = state["diversity"], state["weight"]
        return breadth

    def _rescale(self) -> None:
        self._shown = {title: weight / self._scale for title, weight in self._shown.items()}
        self._diversity, self._weight = self._diversity / self._scale, self._weight / self._scale
        self._scale = 1.0


def unlike(one: Genres, other: Genres) -> float:
    """1 less the Jaccard index; 0 for two without genres.

    >>> unlike(frozenset({"crime", "drama"}), frozenset({"drama"}))
    0.5
    """
    union = len(one | other)
    return 1.0 - len(one & other) / union if union else 0.0
