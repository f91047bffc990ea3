"""Which events have been seen before, by id, within a horizon."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]


@dataclass
class RecentIds:
    """The 64-bit hashes of the ids seen within the last `horizon_ms`, and up to as much longer.

    Hashes are kept in sorted runs of growing length, merged like a log-structured tree (O'Neil et al., The
    LSM-tree, 1996): 8 bytes an id, a search a run, a few runs. Two generations take turns, so that forgetting
    is dropping one. With 36 million ids, an id is taken for another once in 5e11 events.
    """

    horizon_ms: int
    _current: list[Hashes] = field(default_factory=list)
    _previous: list[Hashes] = field(default_factory=list)
    _began_ms: int | None = None

    def add(self, hashes: Hashes, now_ms: int) -> npt.NDArray[np.bool_]:
        """Remember the hashes; true where one was seen before, in an earlier batch or earlier in this one."""
        self._turn(now_ms)
        seen = np.ones(len(hashes), dtype=np.bool_)
        fresh, first = np.unique(hashes, return_index=True)
        seen[first] = False
        for run in (*self._current, *self._previous):
            place = np.minimum(np.searchsorted(run, fresh), len(run) - 1)
            seen[first] |= run[place] == fresh
        self._keep(fresh[~seen[first]])
        return seen

    def __len__(self) -> int:
        return sum(map(len, (*self._current, *self._previous)))

    def _turn(self, now_ms: int) -> None:
        if self._began_ms is None:
            self._began_ms = now_ms
        if now_ms - self._began_ms > self.horizon_ms:
            self._previous, self._current, self._began_ms = self._current, [], now_ms

    def _keep(self, run: Hashes) -> None:
        while self._current and len(self._current[-1]) <= len(run):
            run = np.concatenate([self._current.pop(), run])
            run.sort(kind="stable")
        if len(run):
            self._current.append(run)
