"""What orders mean to a model: when it is frozen, and which it has still to obey."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from online_models.examples import Times
from schemas.orders import Order


def frozen(orders: Sequence[Order], times_ms: Times) -> npt.NDArray[np.bool_]:
    """Whether each of some times is within a stretch that anybody has ordered.

    >>> edges = [Order("take", "freeze", 10, "hand", "odd"), Order("take", "unfreeze", 20, "hand", "")]
    >>> frozen(edges, np.array([9, 10, 19, 20])).tolist()
    [False, True, True, False]
    """
    found = np.zeros(len(times_ms), bool)
    for edges in _edges(orders):
        begins = np.array([False, *(order.action == "freeze" for order in edges)])
        found |= begins[np.searchsorted([order.at_ms for order in edges], times_ms, side="right")]
    return found


def why(orders: Sequence[Order], at_ms: int) -> str | None:
    """For what reason it is frozen at a time; None if it is not."""
    newest = [[order for order in edges if order.at_ms <= at_ms][-1:] for edges in _edges(orders)]
    reasons = [
        f"{o.by}: {o.reason}" if o.reason else o.by
        for (o, *_) in filter(None, newest)
        if o.action == "freeze"
    ]
    return "; ".join(reasons) or None


def why_within(orders: Sequence[Order], from_ms: int, until_ms: int) -> str | None:
    """For what reason it is frozen at any moment from a time on and before another; None if it never is.

    >>> edges = [Order("take", "freeze", 10, "hand", "odd"), Order("take", "unfreeze", 20, "hand", "")]
    >>> [why_within(edges, at_ms, at_ms + 5) for at_ms in (5, 6, 19, 20)]
    [None, 'hand: odd', 'hand: odd', None]
    """
    begins = {o.at_ms for o in orders if o.action == "freeze" and from_ms < o.at_ms < until_ms}
    return next(filter(None, (why(orders, at_ms) for at_ms in sorted({from_ms, *begins}))), None)


def due(orders: Sequence[Order], after_ms: int, until_ms: int) -> list[Order]:
    """Those to go back or forth or to forget, of a time after one and up to another, in their order."""
    found = [o for o in orders if not o.action.endswith("freeze") and after_ms < o.at_ms <= until_ms]
    return sorted(found, key=lambda order: (order.at_ms, order.action, order.member))


def _edges(orders: Sequence[Order]) -> list[list[Order]]:
    """By whom ordered, the beginnings and ends of stretches in the order of their times."""
    edges = sorted((o for o in orders if o.action.endswith("freeze")), key=lambda o: (o.at_ms, o.action))
    return [[order for order in edges if order.by == by] for by in sorted({order.by for order in edges})]
