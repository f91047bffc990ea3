"""Half-space trees are those of the paper: river's, to the last bit, however rows are cut into batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from river.anomaly import HalfSpaceTrees

from online_models.examples import Numbers
from online_models.members.half_space import Cuts, HalfSpaces

pytestmark = pytest.mark.unit

KIND = HalfSpaces(4, trees=5, height=4, window=100)


def rows(n: int, seed: int) -> Numbers:
    """Some of them at a cut, at the bounds and beyond."""
    rng = np.random.default_rng(seed)
    made = rng.random((n, KIND.size)) ** 2
    made[rng.random(made.shape) < 0.05] = 0.0
    made[rng.random(made.shape) < 0.05] = 1.5
    return made


def by_river(of: Numbers) -> tuple[list[float], Cuts]:
    """What it says of each before it learns from it, and how it has cut."""
    trees = HalfSpaceTrees(n_trees=KIND.trees, height=KIND.height, window_size=KIND.window, seed=3)
    scores = []
    for row in of:
        named = dict(enumerate(row.tolist()))
        scores.append(float(trees.score_one(named)))
        trees.learn_one(named)
    on, at = np.zeros((KIND.trees, 2**KIND.height - 1), np.intp), np.zeros((KIND.trees, 2**KIND.height - 1))

    def walk(tree: int, node: Any, place: int) -> None:
        if hasattr(node, "feature"):
            on[tree, place], at[tree, place] = node.feature, node.threshold
            walk(tree, node.left, 2 * place + 1)
            walk(tree, node.right, 2 * place + 2)

    for tree, root in enumerate(trees.trees):
        walk(tree, root, 0)
    return scores, Cuts(on, at)


@pytest.mark.parametrize("size", [1, 7, 100, 450])
def test_scores_are_those_of_river_in_any_batches(size: int) -> None:
    of = rows(450, 1)
    scores, cuts = by_river(of)
    spaces = KIND.start(cuts=cuts)
    found = np.concatenate([spaces.learn(of[start : start + size]) for start in range(0, len(of), size)])
    assert found.tolist() == scores
    assert len({*scores}) > 50


def test_a_score_learns_nothing_and_is_that_of_before_learning() -> None:
    spaces = KIND.start()
    spaces.learn(rows(250, 2))
    more = rows(40, 3)
    before = spaces.score(more)
    assert spaces.learn(more).tolist() == before.tolist()
    assert not KIND.start().score(more).any()


def test_space_is_cut_within_what_is_left_of_it() -> None:
    """Each part is a box; a cut is inside it, and leaves some on both sides."""
    kind = HalfSpaces(3, trees=4, height=5)
    on, at = kind.cuts()
    for tree in range(kind.trees):
        boxes = {0: [(0.0, 1.0)] * kind.size}
        for node in range(2**kind.height - 1):
            low, high = boxes[node][on[tree, node]]
            cut = at[tree, node]
            assert low + 0.149 * (high - low) < cut < high - 0.149 * (high - low)
            below, above = list(boxes[node]), list(boxes[node])
            below[on[tree, node]], above[on[tree, node]] = (low, cut), (cut, high)
            boxes[2 * node + 1], boxes[2 * node + 2] = below, above
    assert {*on.ravel().tolist()} == {0, 1, 2}
    other = HalfSpaces(3, trees=4, height=5, seed=2).cuts()
    assert not np.array_equal(at, other.at)


def test_what_is_far_from_the_rest_is_odd() -> None:
    rng = np.random.default_rng(5)
    spaces = HalfSpaces(3).start()
    spaces.learn(rng.normal(0.3, 0.05, (2_048, 3)))
    usual, odd = spaces.score(np.full((1, 3), 0.3)), spaces.score(np.full((1, 3), 0.9))
    assert usual < odd - 0.1
