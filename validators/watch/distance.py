"""How far two distributions are apart, and how far chance alone would put two samples of one.

PSI is the symmetric divergence of H. Jeffreys (An invariant form for the prior probability, Proc. R. Soc. A
186, 1946); Jensen-Shannon is that of J. Lin (Divergence measures based on the Shannon entropy, IEEE Trans.
Inf. Theory 37, 1991), in nats, at most ln 2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

#: How many standard deviations above its mean chance is allowed: see `chance`.
CHANCE_Z = 3.0
#: For small distances Jensen-Shannon is an eighth of PSI.
_PER_PSI = {"psi": 1.0, "js": 1 / 8}


class Distance(NamedTuple):
    """The distance, and what each cell contributes to it."""

    value: float
    cells: list[float]


def distance(a: Sequence[int], b: Sequence[int], measure: Literal["psi", "js"] = "psi") -> Distance:
    """The distance of two histograms over the same cells, each with at least one event.

    To the share of every cell half an event of the smaller histogram is added, so that an empty cell does not
    give infinity and equal shares give 0, whatever the sizes.

    >>> distance([1, 9], [10, 90]).value, round(distance([10, 90], [30, 70]).value, 3)
    (0.0, 0.261)
    """
    half = 0.5 / min(sum(a), sum(b))
    whole = 1 + half * len(a)
    pairs = [((x / sum(a) + half) / whole, (y / sum(b) + half) / whole) for x, y in zip(a, b, strict=True)]
    cells = [_psi(p, q) if measure == "psi" else _js(p, q) for p, q in pairs]
    return Distance(max(0.0, math.fsum(cells)), cells)


def chance(cells: int, n: int, m: int, measure: Literal["psi", "js"] = "psi") -> float:
    """What two samples of one distribution, of n and m events, are apart by chance: its mean and CHANCE_Z
    standard deviations.

    PSI of two such samples is about (1/n + 1/m) times a chi-squared number of cells - 1 degrees of freedom
    (B. Yurdakul and J. Naranjo, Statistical properties of the population stability index, J. Risk Model
    Validation 14, 2020), whose mean is cells - 1 and whose variance is twice that.

    >>> round(chance(11, 200, 20_000), 3), round(chance(11, 20_000, 20_000), 4)
    (0.118, 0.0023)
    """
    freedom = max(cells - 1, 0)
    return (1 / n + 1 / m) * (freedom + CHANCE_Z * math.sqrt(2 * freedom)) * _PER_PSI[measure]


def _psi(p: float, q: float) -> float:
    return (p - q) * math.log(p / q)


def _js(p: float, q: float) -> float:
    middle = (p + q) / 2
    return (p * math.log(p / middle) + q * math.log(q / middle)) / 2
