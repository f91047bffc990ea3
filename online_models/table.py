"""Who has a vector: a bounded table of members or titles, found by hash.

A text gets a slot when it has been seen often enough, counted roughly in a fixed number of places; the slot
is that of the one longest not seen. No text is kept, only its hash. Counting roughly before admitting is
TinyLFU (G. Einziger, R. Friedman, B. Manes, ACM Transactions on Storage 13, 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from online_models.examples import Numbers
from online_models.tokens import Tokens, places

Slots = npt.NDArray[np.intp]

#: Counts are halved when there are so many for each place, so that the newest weigh most.
_FULL = 64


@dataclass(frozen=True)
class Room:
    """`slots` for those that were seen `admit_at` times; how often is known to 2**`seen_bits` places."""

    slots: int
    admit_at: int = 2
    seen_bits: int = 14


class Table:
    """Slots by token. `used` is when a slot was last seen, in batches; 0 is a slot that nobody has."""

    def __init__(self, room: Room, state: Mapping[str, Any] | None = None) -> None:
        self._room = room
        self.token, self.used = np.zeros(room.slots, np.uint64), np.zeros(room.slots, np.int64)
        self.count = np.zeros(room.slots)
        self._seen, self._batch = np.zeros(2**room.seen_bits), 0
        if state is not None:
            self.token, self.used = state["token"].copy(), state["used"].copy()
            self.count, self._batch = state["count"].copy(), state["batch"]
            self._seen[state["places"]] = state["seen"]
        self._sort()

    def find(self, tokens: Tokens) -> Slots:
        """The slot of each, -1 for those that have none."""
        if not len(self._ordered):
            return np.full(len(tokens), -1, np.intp)
        at = np.minimum(np.searchsorted(self._ordered, tokens), len(self._ordered) - 1)
        slots: Slots = np.where(self._ordered[at] == tokens, self._order[at], -1)
        return slots

    def admit(self, tokens: Tokens, counted: npt.NDArray[np.bool_] | None = None) -> tuple[Slots, Slots]:
        """The slot of each of a batch, -1 for those that have none yet; and the slots that are new ones'.

        `count` grows by the occurrences, of those that are `counted`.
        """
        self._batch += 1
        different, of, times = np.unique(tokens, return_inverse=True, return_counts=True)
        slots = self.find(different)
        strange = slots < 0
        self.used[slots[~strange]] = self._batch
        new = self._admitted(different[strange], times[strange])
        if len(new):
            slots = self.find(different)
        held = slots >= 0
        if counted is not None:
            times = np.bincount(of, counted, len(different))
        self.count[slots[held]] += times[held]
        if self.count.sum() > _FULL * len(self.count):
            self.count /= 2
        return slots[of], new

    def release(self, tokens: Tokens) -> Slots:
        """Free the slots of those that have one; which they were."""
        slots = self.find(tokens)
        slots = slots[slots >= 0]
        self.token[slots], self.used[slots], self.count[slots] = 0, 0, 0.0
        self._sort()
        return slots

    def state(self) -> dict[str, Any]:
        """All of it: 24 bytes a slot, and at most 12 a place of the rough counts."""
        seen = np.flatnonzero(self._seen).astype(np.int32)
        held = {"token": self.token, "used": self.used, "count": self.count}
        return {**held, "batch": self._batch, "places": seen, "seen": self._seen[seen]}

    def _admitted(self, tokens: Tokens, times: npt.NDArray[np.intp]) -> Slots:
        """Count those without a slot, and give one to each that has come often enough; the slots given."""
        if not len(tokens):
            return np.empty(0, np.intp)
        where = places(tokens, self._room.seen_bits)
        np.add.at(self._seen, where, times)
        welcome = tokens[self._seen[where] >= self._room.admit_at]
        if self._seen.sum() > _FULL * len(self._seen):
            self._seen = np.floor(self._seen / 2)
        if not len(welcome):
            return np.empty(0, np.intp)
        # Those of this batch keep their slots, so there may be fewer to give than are welcome.
        free: Slots = np.argsort(self.used, kind="stable")[: len(welcome)]
        free = np.compress(self.used[free] < self._batch, free)
        welcome = welcome[: len(free)]
        self.token[free], self.used[free], self.count[free] = welcome, self._batch, 0.0
        self._sort()
        return free

    def _sort(self) -> None:
        held = np.flatnonzero(self.used)
        self._order = held[np.argsort(self.token[held], kind="stable")]
        self._ordered = self.token[self._order]

    @property
    def shares(self) -> Numbers:
        """How often each was counted, and once more: what to draw in proportion to; 0 for a free slot."""
        return np.where(self.used > 0, self.count + 1.0, 0.0)
