"""Members who come less and less, and one day no more: the truth that a risk of leaving is held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

#: Who is least keen comes so often as who is most; with the next, so that somebody always comes.
_LEAST_KEEN = 0.2
#: No more than this share leaves.
MOST = 0.4
#: Those who leave come ever more seldom during this share of the run.
_FADING = 0.15


@dataclass(frozen=True)
class Leaving:
    """How keen each member is to come, up to 1, and when those leave who do, in seconds of the run."""

    keen: Mapping[str, float]
    leaves_s: Mapping[str, float]
    fades_s: float

    def comes(self, member_id: str, run_s: float, chance: float) -> bool:
        """Whether somebody whose turn it is comes, by a number drawn from [0, 1).

        >>> falling = Leaving({"m": 1.0}, {"m": 10.0}, fades_s=4.0)
        >>> [falling.comes("m", run_s, 0.5) for run_s in (5.0, 9.0, 11.0)]
        [True, False, False]
        """
        left_s = self.leaves_s.get(member_id, float("inf")) - run_s
        return chance < self.keen[member_id] * min(max(left_s / self.fades_s, 0.0), 1.0)


def leaving(rng: Random, members: Sequence[str], share: float, seconds: float) -> Leaving:
    """A `share` of the members, MOST at the most, leaves at any time of a run of so many seconds."""
    keen = {member: _LEAST_KEEN + (1 - _LEAST_KEEN) * rng.random() for member in members}
    leaves_s = {member: seconds * rng.random() for member in members if rng.random() < share}
    return Leaving(keen, leaves_s, fades_s=max(_FADING * seconds, 1.0))
