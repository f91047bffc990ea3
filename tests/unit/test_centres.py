"""Centres move as river's do, and as a naive reading of the rule says."""

from __future__ import annotations

import numpy as np
import pytest
from river.cluster import KMeans

from online_models.examples import Numbers
from online_models.members.centres import Centres

pytestmark = pytest.mark.unit


def blobs(n: int, seed: int, apart: float = 1.0) -> tuple[Numbers, Numbers]:
    """Rows around three places, and which."""
    rng = np.random.default_rng(seed)
    of = rng.integers(0, 3, n)
    return apart * np.eye(3)[of] + rng.normal(0, 0.1, (n, 3)), of


def begun(kind: Centres, at: Numbers) -> dict[str, object]:
    return {"at": at, "share": np.full(kind.k, 1 / kind.k), "first": np.zeros((0, kind.size))}


def test_one_by_one_they_are_those_of_river() -> None:
    kind = Centres(3, k=4, pull=0.1, chunk=1)
    start, (x, _) = np.random.default_rng(1).normal(size=(4, 3)), blobs(400, 1)
    river = KMeans(n_clusters=4, halflife=0.1, seed=1)
    for number, centre in enumerate(start):
        river.centers[number].update(enumerate(centre.tolist()))
    expected = [river.learn_predict_one(dict(enumerate(row.tolist()))) for row in x]
    moving = kind.start(begun(kind, start))
    assert moving.learn(x).tolist() == expected
    held = np.array([[river.centers[number][i] for i in range(3)] for number in range(4)])
    assert moving.at == pytest.approx(held, abs=1e-12)


def test_a_chunk_moves_them_as_if_row_came_after_row() -> None:
    kind = Centres(3, k=3, pull=0.05, chunk=64)
    at, (x, _) = np.eye(3), blobs(150, 2)
    moving = kind.start(begun(kind, at))
    found = moving.learn(x)
    naive = at.copy()
    for start in range(0, 150, 64):
        before = naive.copy()
        for row, number in zip(x[start : start + 64], found[start : start + 64], strict=True):
            assert number == min(range(3), key=lambda c: float(((row - before[c]) ** 2).sum()))
            naive[number] += 0.05 * (row - naive[number])
    assert moving.at == pytest.approx(naive, abs=1e-12)
    assert moving.share.sum() == pytest.approx(1.0)


def test_groups_are_found_and_keep_their_numbers_while_they_move() -> None:
    moving = Centres(3, k=3, pull=0.05, least=60).start()
    assert (moving.learn(blobs(50, 3)[0]) == -1).all()
    assert (moving.nearest(blobs(50, 3)[0]) == -1).all()
    first, of = blobs(600, 4)
    found = moving.learn(first)
    number = {kind: int(np.bincount(found[of == kind], minlength=3).argmax()) for kind in range(3)}
    assert sorted(number.values()) == [0, 1, 2]
    for step in range(20):
        found_now = moving.learn(blobs(300, 5 + step, apart=1.0 + step / 10)[0])
    x, of = blobs(300, 99, apart=3.0)
    expected = np.array([number[int(kind)] for kind in of])
    assert (moving.nearest(x) == expected).mean() > 0.99
    assert len({*found_now.tolist()}) == 3
