"""Newton steps are those of the extended Kalman filter one by one, and come to what is most likely."""

from __future__ import annotations

import math

import numpy as np
import pytest

from online_models.examples import Numbers
from online_models.members.newton import Newton

pytestmark = pytest.mark.unit

TRUE = np.array([-1.0, 2.0, -0.5])


def drawn(n: int, seed: int) -> tuple[Numbers, Numbers]:
    """Numbers of different scales, two of which go together; labels by TRUE."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(1.0, 0.3, n), rng.normal(0.0, 3.0, n)])
    x[:, 1] += 0.05 * x[:, 2]
    return x, (rng.random(n) < 1 / (1 + np.exp(-x @ TRUE))).astype(float)


def by_kalman(x: Numbers, label: Numbers, l2: float) -> Numbers:
    """One example at a time, by the covariance and without an inverse."""
    weights, spread = np.zeros(3), np.eye(3) / l2
    for row, y in zip(x, label, strict=True):
        chance = 1 / (1 + math.exp(-float(row @ weights)))
        curved = max(chance * (1 - chance), 0.02)
        along = spread @ row
        spread = spread - np.outer(along, along) * curved / (1 + curved * float(row @ along))
        weights = weights + spread @ row * (y - chance)
    return weights


def test_one_by_one_it_is_the_filter() -> None:
    x, label = drawn(300, 1)
    stepping = Newton(3, l2=0.5, half_life=math.inf, chunk=1).start()
    stepping.learn(x, label)
    assert stepping.weights == pytest.approx(by_kalman(x, label, 0.5), rel=1e-9)


@pytest.mark.parametrize("chunk", [1, 64])
def test_it_comes_to_the_most_likely_weights(chunk: int) -> None:
    x, label = drawn(4_000, 2)
    stepping = Newton(3, chunk=chunk).start()
    stepping.learn(x, label)
    likely = np.zeros(3)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-x @ likely))
        likely += np.linalg.solve(
            (x * (chance * (1 - chance))[:, None]).T @ x + np.eye(3), x.T @ (label - chance) - likely
        )
    assert stepping.weights == pytest.approx(likely, abs=0.15)


def test_what_was_is_forgotten_when_the_world_changes() -> None:
    x, label = drawn(3_000, 3)
    stepping = Newton(3, half_life=500).start()
    stepping.learn(x, label)
    stepping.learn(x, 1 - label)
    assert stepping.weights == pytest.approx(-TRUE, abs=0.6)


def test_a_surprise_moves_weights_by_a_bounded_step() -> None:
    x, label = drawn(2_000, 4)
    stepping = Newton(3).start()
    stepping.learn(x, label)
    before = stepping.weights.copy()
    stepping.learn(np.array([[1.0, 10.0, -20.0]]), np.array([0.0]))
    assert np.abs(stepping.weights - before).max() < 1.0
