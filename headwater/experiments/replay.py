"""Outcomes replayed in their time: each is predicted by what was learnt until some delay before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from headwater.experiments.rankers import Ranker
from headwater.experiments.stream import Outcomes
from online_models.examples import Numbers, Times

Places = npt.NDArray[np.intp]


def predictions(outcomes: Outcomes, ranker: Ranker, delay_ms: int, step_ms: int) -> Numbers:
    """The prediction of each, made when its page was shown, by a ranker that is told of an outcome `delay_ms`
    after it is known, and less than `step_ms` later. It is never told of what it predicts, nor of what comes
    after; nor of the page: what was passed over there would count against what is looked at next.
    """
    (found,) = each_way([outcomes], ranker, delay_ms, step_ms)
    return found


def each_way(ways: Sequence[Outcomes], ranker: Ranker, delay_ms: int, step_ms: int) -> list[Numbers]:
    """The predictions of the same outcomes told in several ways; it learns of them as the first tells."""
    first, found = ways[0], [np.empty(len(way)) for way in ways]
    for known, asked in turns(first, delay_ms, step_ms):
        if len(known):
            ranker.learn(first.examples.only(known))
        for way, scores in zip(ways, found, strict=True):
            scores[asked] = ranker.predict(way.examples.only(asked))
    return found


def turns(outcomes: Outcomes, delay_ms: int, step_ms: int) -> Iterator[tuple[Places, Places]]:
    """Places of what is told of, maybe none, and then of what is to be predicted, turn by turn."""
    shown_ms, told_ms = outcomes.shown_ms, outcomes.known_ms + delay_ms
    order, shown = np.argsort(told_ms, kind="stable"), np.argsort(shown_ms, kind="stable")
    due_ms, at_ms = told_ms[order], shown_ms[shown]
    learnt = 0
    for start, stop in _steps(at_ms // step_ms):
        known = int(np.searchsorted(due_ms, at_ms[start] // step_ms * step_ms, side="right"))
        yield order[learnt:known], shown[start:stop]
        learnt = max(learnt, known)


def _steps(number: Times) -> list[tuple[int, int]]:
    """Where runs of equal numbers begin and end."""
    bounds = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(number)]
    return [(start, stop) for start, stop in pairwise(bounds) if stop > start]
