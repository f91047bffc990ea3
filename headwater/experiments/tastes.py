"""Whether clusters last, and what they tell of tastes, which the simulator knows: a number for each genre."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.experiments.followed import Said
from headwater.experiments.row import row
from headwater.traffic.population import Member, World
from online_models.examples import Numbers
from online_models.measures.agreement import adjusted_rand
from online_models.members.centres import Centres
from online_models.members.habits import GENRES

#: So often the centres of true tastes see all of them: until they do not move.
_TIMES = 50


def tastes(world: World, said: Sequence[Said], by_half: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """Clusters at the end beside those half-way, beside what centres of half-way would say, beside tastes.

    `explained` is the share of what differs in tastes that follows from the cluster; that of as many clusters
    of the tastes themselves is the most that there could be.
    """
    told = [at.taste for at in said if at.taste]
    if not told:
        return
    middle, end = told[len(told) // 2], told[-1]
    true = {member.member_id: _affinity(member) for member in world.members}
    for by, other in (("half-way", middle), ("the centres of half-way", dict(by_half))):
        both = sorted(other.keys() & end.keys())
        agree = adjusted_rand(*(np.array([of[member] for member in both]) for of in (other, end)))
        yield row("clusters", by, rows=len(both), adjusted_Rand=agree)
    numbers = np.array([end[member] for member in end])
    affinity = np.array([true[member] for member in end])
    agree = adjusted_rand(affinity.argmax(axis=1), numbers)
    yield row("clusters", "favourite genre", rows=len(end), adjusted_Rand=agree)
    yield row("clusters", "tastes", rows=len(end), explained=explained(affinity, numbers))
    best = Centres(len(GENRES), least=len(affinity)).start()
    for _ in range(_TIMES):
        numbers = best.learn(affinity)
    yield row("clusters of tastes", "tastes", rows=len(end), explained=explained(affinity, numbers))


def explained(x: Numbers, clusters: npt.NDArray[np.intp]) -> float:
    """The share of the variance of rows that lies between clusters.

    >>> explained(np.array([[0.0], [1.0], [4.0], [5.0]]), np.array([0, 0, 1, 1])).__round__(3)
    0.941
    """
    within = sum(
        float(((x[clusters == n] - x[clusters == n].mean(axis=0)) ** 2).sum()) for n in {*clusters.tolist()}
    )
    return 1.0 - within / float(((x - x.mean(axis=0)) ** 2).sum())


def _affinity(member: Member) -> list[float]:
    """What the profiles of a household like on average."""
    return [float(np.mean([profile.affinity[of] for profile in member.profiles])) for of in GENRES]
