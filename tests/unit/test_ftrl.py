"""FTRL-Proximal is that of the paper: river's on the same data, and algorithm 1 in plain Python."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river.optim import FTRLProximal

from online_models.catalog import TAKE
from online_models.encoding import Encoded
from online_models.examples import Numbers
from online_models.ftrl import Ftrl, Steps
from online_models.linear import Linear
from online_models.measures.exact import auc
from tests.learning import batches, planted

pytestmark = pytest.mark.unit

BITS, WIDTH = 6, 4
Row = dict[int, float]


def rows(n: int, seed: int) -> tuple[list[Row], Numbers]:
    """Different places in each row, as names are different in river."""
    rng = np.random.default_rng(seed)
    made = [
        dict(zip(rng.choice(2**BITS, WIDTH, replace=False).tolist(), rng.normal(size=WIDTH), strict=True))
        for _ in range(n)
    ]
    return made, (rng.random(n) < 0.3).astype(float)


def encoded(of: list[Row]) -> Encoded:
    index = np.array([list(row) for row in of], np.int32).reshape(-1, WIDTH)
    return Encoded(index, np.array([list(row.values()) for row in of], float).reshape(-1, WIDTH))


def by_river(of: list[Row], labels: Numbers, steps: Steps) -> list[float]:
    """river's optimiser. Its LogisticRegression would predict with weights of one step ago, since a step sets
    them before it takes in the gradient; a step without a gradient brings them up to date."""
    optimiser = FTRLProximal(alpha=steps.alpha, beta=steps.beta, l1=steps.l1, l2=steps.l2)
    weights: dict[int, float] = {}
    logits = []
    for row, label in zip(of, labels, strict=True):
        weights = optimiser.step(weights, dict.fromkeys(row, 0.0))
        logits.append(sum(weights.get(i, 0.0) * x for i, x in row.items()))
        slope = 1 / (1 + math.exp(-logits[-1])) - label
        weights = optimiser.step(weights, {i: slope * x for i, x in row.items()})
    return logits


def by_the_paper(of: list[Row], labels: Numbers, weights: Numbers, steps: Steps, chunk: int) -> list[float]:
    """Algorithm 1, gradients being those of the weights before the chunk."""
    z: dict[int, float] = defaultdict(float)
    n: dict[int, float] = defaultdict(float)
    logits = []
    for start in range(0, len(of), chunk):
        w = {}
        for i in range(2**BITS):
            big = abs(z[i]) > steps.l1
            rate = (steps.beta + n[i] ** steps.root) / steps.alpha + steps.l2
            w[i] = -(z[i] - math.copysign(steps.l1, z[i])) / rate if big else 0.0
        for row, label, weight in list(zip(of, labels, weights, strict=True))[start : start + chunk]:
            logits.append(sum(w[i] * x for i, x in row.items()))
            for i, x in row.items():
                g = (1 / (1 + math.exp(-logits[-1])) - label) * weight * x
                sigma = ((n[i] + g * g) ** steps.root - n[i] ** steps.root) / steps.alpha
                z[i] += g - sigma * w[i]
                n[i] += g * g
    return logits


@pytest.mark.parametrize("steps", [Steps(0.05, 1.0, 0.0, 1.0, chunk=1), Steps(0.5, 0.1, 0.0, 0.0, chunk=1)])
def test_in_batches_of_one_it_is_rivers(steps: Steps) -> None:
    of, labels = rows(600, 1)
    ours = Ftrl(BITS, steps).learn(encoded(of), labels)
    assert ours.tolist() == pytest.approx(by_river(of, labels, steps), rel=1e-9, abs=1e-12)
    assert np.abs(ours).max() > 0.1


@given(
    st.integers(0, 60),
    st.integers(1, 20),
    st.sampled_from([0.0, 0.05, 0.5]),
    st.sampled_from([0.0, 1.0]),
    st.sampled_from([0.5, 1.0]),
    st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_in_chunks_it_is_the_paper_with_gradients_of_before(
    n: int, chunk: int, l1: float, l2: float, root: float, seed: int
) -> None:
    of, labels = rows(n, seed)
    weights = np.random.default_rng(seed).integers(0, 3, n).astype(float)
    steps = Steps(0.3, 0.5, l1, l2, chunk, root)
    ours = Ftrl(BITS, steps).learn(encoded(of), labels, weights)
    assert ours.tolist() == pytest.approx(
        by_the_paper(of, labels, weights, steps, chunk), rel=1e-8, abs=1e-11
    )


def test_a_state_goes_on_where_it_was() -> None:
    of, labels = rows(400, 2)
    steps = Steps(chunk=50)
    at_once, resumed = Ftrl(BITS, steps), Ftrl(BITS, steps)
    at_once.learn(encoded(of), labels)
    for start, stop in pairwise([0, 100, 250, 400]):
        resumed = Ftrl(BITS, steps, resumed.state())
        resumed.learn(encoded(of[start:stop]), labels[start:stop])
    assert np.array_equal(at_once.z, resumed.z)
    assert np.array_equal(at_once.n, resumed.n)


def test_chunks_cost_no_quality() -> None:
    world = planted(12_000, 3)
    assert isinstance(TAKE.learner, Linear)
    whole = TAKE.learner.steps.chunk

    def quality(chunk: int) -> float:
        learner = replace(TAKE.learner, steps=replace(TAKE.learner.steps, chunk=chunk)).start()
        logits = np.concatenate([learner.learn(batch).logit for batch in batches(world, 1_024)])
        return auc(logits[4_000:], world.label[4_000:])

    assert quality(whole) > quality(1) - 0.003
