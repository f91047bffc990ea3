"""How much one account or title may teach: so many examples within a while, and no more.

What was learnt of each is counted in a fixed number of places, found by hash, and the counts halve again and
again. Two that share a place share its cap: that refuses a little more, and never lets more through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from online_models.examples import Examples, Rows
from online_models.tokens import places, token
from online_models.turns import earlier


@dataclass(frozen=True)
class Cap:
    """At most so many examples of one text of the column at once, and half of them anew each `half_life_ms`.

    Over a long time that is `at_most` x 0.69 in a half-life, for who comes without end.
    """

    column: str
    at_most: float
    half_life_ms: int
    bits: int = 14

    @property
    def reason(self) -> str:
        """Under which what is above is counted as refused."""
        return f"{self.column}_capped"


class Counts:
    """The decayed counts of a cap."""

    #: A count below this is forgotten, so that a state holds those of the last ten half-lives or so.
    _LEAST = 1 / 1_024

    def __init__(self, cap: Cap, state: Mapping[str, Any] | None = None) -> None:
        self._cap = cap
        self._counts, self._until_ms = np.zeros(2**cap.bits), 0
        if state is not None:
            self._counts[state["places"]] = state["counts"]
            self._until_ms = state["until_ms"]

    def below(self, examples: Examples) -> Rows:
        """A mask of those that are within the cap; they are counted."""
        if not len(examples):
            return np.ones(0, bool)
        # By the one in the middle: one clock that is ahead must not let the counts decay, nor stop that.
        self._decay(int(examples.event_time_ms[len(examples) // 2]))
        where = places(examples.tokens(self._cap.column) + token(self._cap.column), self._cap.bits)
        within = self._counts[where] + (earlier(where) + 1) <= self._cap.at_most
        np.add.at(self._counts, where[within], 1.0)
        return within

    def state(self) -> dict[str, Any]:
        """The counts that are left, at most 12 bytes a place, and of when."""
        held = np.flatnonzero(self._counts).astype(np.int32)
        return {"places": held, "counts": self._counts[held], "until_ms": self._until_ms}

    def _decay(self, now_ms: int) -> None:
        passed_ms = now_ms - self._until_ms
        if passed_ms <= 0:
            return
        self._counts *= 0.5 ** (passed_ms / self._cap.half_life_ms)
        self._counts[self._counts < self._LEAST] = 0.0
        self._until_ms = now_ms
