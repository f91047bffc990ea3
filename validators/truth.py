"""SQL's logic of three values over the rows of a batch, in numpy: true, false, and null, which is neither."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


class Truth(NamedTuple):
    """Where something is true and where it is false; `false` is None if no row is null.

    >>> some = Truth(np.array([True, False, False]), np.array([False, True, False]))
    >>> [value.tolist() for value in both(some, negated(some))]
    [[False, False, False], [True, True, False]]
    """

    true: Mask
    false: Mask | None


def known(holds: Mask, where: Mask | None) -> Truth:
    """What holds, where it is known; null elsewhere."""
    return Truth(holds, None) if where is None else Truth(holds & where, ~holds & where)


def not_true(of: Truth) -> Mask:
    """Where it is false or null."""
    return ~of.true


def is_false(of: Truth) -> Mask:
    """Where it is false."""
    return ~of.true if of.false is None else of.false


def negated(of: Truth) -> Truth:
    """NOT."""
    return Truth(is_false(of), None if of.false is None else of.true)


def both(one: Truth, other: Truth) -> Truth:
    """AND: false wherever one is false."""
    whole = one.false is None and other.false is None
    return Truth(one.true & other.true, None if whole else is_false(one) | is_false(other))


def either(one: Truth, other: Truth) -> Truth:
    """OR: true wherever one is true."""
    whole = one.false is None and other.false is None
    return Truth(one.true | other.true, None if whole else is_false(one) & is_false(other))
