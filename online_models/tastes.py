"""What each profile likes, by genre, from what it took: a context of a choice, in so many numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from online_models.encoding import once
from online_models.examples import Examples, Numbers
from online_models.features import Each
from online_models.tokens import Places, combined, places

#: So many examples of a genre weigh as much as knowing nothing of it.
_LEANING = 16.0
#: A share of takes that is above others' by 0.125 counts as 1.
_SCALE = 8.0
#: A count below this is forgotten.
_LEAST = 1e-3


class Tastes:
    """Counts of what profiles saw and took, by genre, in 2**`bits` places that profiles share by hash.

    Of genres the first `most` that were ever met are told apart.
    """

    def __init__(self, most: int, bits: int, state: Mapping[str, Any] | None = None) -> None:
        self._bits = bits
        self.genres = np.zeros(most, np.uint64) if state is None else state["genres"].copy()
        self._seen, self._taken = np.zeros((2, 2**bits))
        self._all: Numbers = np.zeros(2) if state is None else state["all"].copy()
        if state is not None:
            self._seen[state["places"]] = state["seen"]
            self._taken[state["places"]] = state["taken"]

    def meet(self, examples: Examples, column: str) -> None:
        """Let new genres have a number, while there are any left."""
        tokens, there = _genres(examples, column)
        new = dict.fromkeys(tokens[(there > 0.0) & ~np.isin(tokens, self.genres)].tolist())
        free = np.flatnonzero(self.genres == 0)[: len(new)]
        self.genres[free] = np.array(list(new)[: len(free)], np.uint64)

    def shares(self, examples: Examples, column: str) -> Numbers:
        """What part of each title is of each genre: float64[n, most]; no part where a genre has no number."""
        tokens, there = _genres(examples, column)
        part = there / np.maximum(there.sum(axis=1, keepdims=True), 1.0)
        shares: Numbers = ((tokens[:, :, None] == self.genres) * part[:, :, None]).sum(axis=1)
        return shares

    def places(self, examples: Examples, column: str) -> Places:
        """Where each profile's counts are: int32[n, most]."""
        return places(combined(examples.tokens(column)[:, None], self.genres[None, :]), self._bits)

    def of(self, where: Places) -> Numbers:
        """How much more than others a profile takes of each genre: float64[n, most], 0 where unknown."""
        usual = self._all[1] / max(self._all[0], 1.0)
        seen = self._seen[where]
        taste: Numbers = _SCALE * (self._taken[where] - usual * seen) / (seen + _LEANING)
        return taste

    def add(self, where: Places, shares: Numbers, label: Numbers) -> None:
        """Count."""
        np.add.at(self._seen, where, shares)
        np.add.at(self._taken, where, shares * label[:, None])
        self._all += len(label), label.sum()

    def fade(self, factor: float) -> None:
        """Let all counts be so much of themselves."""
        for counts in (self._seen, self._taken, self._all):
            counts *= factor
        gone = self._seen < _LEAST
        self._seen[gone] = self._taken[gone] = 0.0

    def state(self) -> dict[str, Any]:
        """What there is, of at most 20 bytes a place."""
        held = np.flatnonzero(self._seen).astype(np.int32)
        counts = {"places": held, "seen": self._seen[held], "taken": self._taken[held]}
        return {"genres": self.genres, "all": self._all, **counts}


def _genres(examples: Examples, column: str) -> tuple[Any, Numbers]:
    return once(Each(column), examples)
