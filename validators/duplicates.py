"""Which events have been seen before, by id, within a horizon."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]


#: So many of a lane's newest ids are kept in a set, about 100 bytes each.
NEWEST = 1000
#: A run is merged into the one before it unless that is so many times longer.
MERGED = 8


@dataclass
class RecentIds:
    """The 64-bit hashes of the ids seen within the last `horizon_ms`, and up to as much longer.

    Hashes are kept in sorted runs of growing length, merged like a log-structured tree (O'Neil et al., The
    LSM-tree, 1996): 8 bytes an id, a search a run, a few runs. The newest wait in a set until they are worth
    a run: at low rates an id or two come at a time, and a call of numpy costs more than either. Two
    generations take turns, so that forgetting is dropping one. With 36 million ids, an id is taken for
    another once in 5e11 events.
    """

    horizon_ms: int
    _newest: set[int] = field(default_factory=set)
    _current: list[Hashes] = field(default_factory=list)
    _previous: list[Hashes] = field(default_factory=list)
    _began_ms: int | None = None

    def add(self, hashes: Hashes, now_ms: int) -> npt.NDArray[np.bool_]:
        """Remember the hashes; true where one was seen before, in an earlier batch or earlier in this one."""
        self._turn(now_ms)
        seen = self._in_runs(hashes)
        for i, value in enumerate(hashes.tolist()):
            if value in self._newest:
                seen[i] = True
            elif not seen[i]:
                self._newest.add(value)
        if len(self._newest) > NEWEST:
            self._keep_newest()
        return seen

    def __len__(self) -> int:
        return len(self._newest) + sum(map(len, (*self._current, *self._previous)))

    def _in_runs(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(hashes), dtype=np.bool_)
        for run in (*self._current, *self._previous):
            found |= run.take(run.searchsorted(hashes), mode="clip") == hashes
        return found

    def _turn(self, now_ms: int) -> None:
        if self._began_ms is None:
            self._began_ms = now_ms
        if now_ms - self._began_ms > self.horizon_ms:
            self._keep_newest()
            self._previous, self._current, self._began_ms = self._current, [], now_ms

    def _keep_newest(self) -> None:
        run = np.fromiter(self._newest, np.uint64, len(self._newest))
        self._newest.clear()
        while self._current and len(self._current[-1]) <= MERGED * len(run):
            run = np.concatenate([self._current.pop(), run])
        if len(run):
            run.sort(kind="stable")
            self._current.append(run)
