"""The bandit: its numbers are those of plain formulas and of river, its propensities are true, and it
learns."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river.linear_model import BayesianLinearRegression

from online_models.bandit import Arms, Bandit
from online_models.examples import Examples, Numbers
from online_models.posterior import Posteriors
from online_models.thompson import best, drawn, floored
from schemas.artwork import STYLES
from schemas.topics import DAY_MS, HOUR_MS
from tests.learning import GENRES, START_MS, batches, planted

pytestmark = pytest.mark.unit

K = len(STYLES)


def test_a_posterior_is_that_of_rivers_bayesian_regression() -> None:
    """The arms of its LinUCBDisjoint."""
    rng, noise = np.random.default_rng(1), 2.0
    x, target, arm = rng.normal(size=(60, 3)), rng.normal(size=60), rng.integers(0, 2, 60)
    ours = Posteriors(2, 3, ridge=1.0)
    theirs: list[Any] = [BayesianLinearRegression(alpha=1, beta=noise) for _ in range(2)]
    for n in range(60):
        for place, river in enumerate(theirs):
            if n > 2:
                known = river.predict_one(dict(enumerate(x[n])), with_dist=True)
                mean, deviation = ours.tell(x[n : n + 1])
                assert mean[0, place] == pytest.approx(known.mu)
                assert deviation[0, place] ** 2 + 1 / noise == pytest.approx(known.sigma**4)
        theirs[arm[n]].learn_one(dict(enumerate(x[n])), target[n])
        ours.add(arm[n : n + 1], x[n : n + 1], np.array([noise]), target[n : n + 1])


class Filter:
    """An extended Kalman filter of a logistic regression, row by row: a covariance that shrinks
    (Sherman-Morrison), and fades back to the prior."""

    def __init__(self, size: int, ridge: float) -> None:
        self.prior, self.mean, self.covariance = ridge * np.eye(size), np.zeros(size), np.eye(size) / ridge

    def learn(self, x: Numbers, offset: float, label: float, balance: float) -> None:
        chance = 1 / (1 + math.exp(-(offset + x @ self.mean)))
        weight = max(chance * (1 - chance), 0.05)
        gain = self.covariance @ x / (1 / (balance * weight) + x @ self.covariance @ x)
        self.mean = self.mean + gain * (label - chance) / weight
        self.covariance = self.covariance - np.outer(gain, x @ self.covariance)

    def fade(self, factor: float) -> None:
        information = np.linalg.inv(self.covariance)
        faded = factor * (information - self.prior) + self.prior
        self.mean = np.linalg.solve(faded, factor * information @ self.mean)
        self.covariance = np.linalg.inv(faded)


def test_chunks_of_one_are_extended_kalman_filters() -> None:
    kind = Bandit(chunk=1)
    short, whole = 2 * kind.genres + 1, 2 * kind.genres + 6
    common, own = Filter(whole, kind.ridge), [Filter(short, kind.own_ridge) for _ in range(K)]
    rng, learner = np.random.default_rng(1), kind.start()
    world = planted(300, 1)
    propensity = rng.uniform(0.02, 1.0, 300)
    columns = dict(world.columns) | {"artwork_propensity": propensity}
    world = replace(world, event_time_ms=START_MS + np.arange(300) * HOUR_MS, columns=columns)
    for n in range(300):
        row = world.only(slice(n, n + 1))
        # Of the context no more is asked than what it is: the rest is made anew here.
        learner._fade(int(row.event_time_ms[0]))
        learner._tastes.meet(row, "genres")
        (x,) = learner._context(row)
        for each in (common, *own) if n else ():
            each.fade(0.5 ** (HOUR_MS / DAY_MS))
        arm, label = STYLES.index(row.columns["artwork"][0]), float(row.label[0])
        offset = float(x @ common.mean)
        expected = offset + float(x[:short] @ own[arm].mean)
        assert learner.learn(row).logit[0] == pytest.approx(expected, abs=1e-9)
        own[arm].learn(x[:short], offset, label, 0.1 / max(0.1, propensity[n]))
        common.learn(x, 0.0, label, 1.0)


def many(means: Numbers, deviations: Numbers, seed: int, draws: int = 100_000) -> Numbers:
    """How often each is the greatest of draws."""
    values = np.random.default_rng(seed).normal(means, deviations, (draws, len(means)))
    return np.bincount(values.argmax(axis=1), minlength=len(means)) / draws


@pytest.mark.parametrize(("times", "within"), [(3.0, 0.015), (10.0, 0.03)])
def test_probabilities_of_being_the_best_are_those_of_draws(times: float, within: float) -> None:
    rng = np.random.default_rng(2)
    for seed in range(25):
        deviations = np.exp(rng.uniform(0.0, math.log(times), K))
        means = rng.normal(size=K) * deviations.mean()
        assert best(means[None], deviations[None])[0] == pytest.approx(
            many(means, deviations, seed), abs=within
        )


@given(
    st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(1e-6, 1e3)), min_size=2, max_size=6),
    st.floats(0.0, 0.1),
)
@settings(max_examples=100, deadline=None)
def test_probabilities_sum_to_one_and_none_is_below_the_floor(
    arms: list[tuple[float, float]], floor: float
) -> None:
    means, deviations = np.array(arms).T
    found = floored(best(means[None], deviations[None]), floor)
    assert found.sum() == pytest.approx(1.0)
    assert (found >= floor).all()
    order = np.argsort(means)
    if np.ptp(deviations) == 0.0:
        assert (np.diff(found[0][order]) >= -1e-9).all()


def test_arms_are_drawn_by_their_probabilities() -> None:
    chance = np.tile([0.02, 0.5, 0.18, 0.3], (50_000, 1))
    arms = drawn(chance, np.random.default_rng(4))
    assert np.bincount(arms) / 50_000 == pytest.approx(chance[0], abs=0.01)


def test_what_is_chosen_comes_with_the_probability_of_its_choice() -> None:
    learner, asked = Bandit().start(), planted(30, 6)
    learner.learn(planted(2_000, 5))
    chances = learner.chances(asked)
    counts = np.zeros(chances.shape)
    rng = np.random.default_rng(7)
    for _ in range(2_000):
        chosen = learner.choose(asked, rng)
        arm = [STYLES.index(style) for style in chosen.arm]
        assert chosen.propensity.tolist() == chances[np.arange(30), arm].tolist()
        counts[np.arange(30), arm] += 1
    assert counts / 2_000 == pytest.approx(chances, abs=0.05)


def tastes(world: Examples) -> npt.NDArray[Any]:
    """The genre that each member likes."""
    return np.array([GENRES[int(member[1:]) % 4] for member in world.columns["member_id"]], object)


def caught(n: int, seed: int, liked: dict[str, str], start_ms: int = START_MS) -> Examples:
    """A world where a style catches those who like its genre: a take is 4 times as likely then."""
    rng, world = np.random.default_rng(seed), planted(n, seed, members=40, start_ms=start_ms)
    taste = tastes(world)
    fits = np.array([liked[style] for style in world.columns["artwork"]], object) == taste
    own = world.columns["genres"] == taste
    label = (rng.random(n) < 0.1 + 0.3 * fits + 0.2 * own).astype(float)
    return replace(world, label=label, event_time_ms=start_ms + 1_000 * np.arange(n))


FIRST = dict(zip(STYLES, GENRES, strict=True))
OTHER = dict(zip(STYLES, (*GENRES[1:], GENRES[0]), strict=True))


def right(learner: Arms, world: Examples, liked: dict[str, str]) -> float:
    """How likely it is to show each the style that catches them."""
    fits = np.array([[liked[style] == of for style in STYLES] for of in tastes(world)])
    return float((learner.chances(world) * fits).sum(axis=1).mean())


def test_it_learns_whom_a_style_catches_and_follows_when_that_changes() -> None:
    learner, asked = Bandit(half_life_ms=HOUR_MS).start(), caught(500, 9, FIRST)
    assert right(learner, asked, FIRST) == pytest.approx(0.25)
    for batch in batches(caught(12_000, 1, FIRST)):
        learner.learn(batch)
    assert right(learner, asked, FIRST) > 0.5
    for batch in batches(caught(12_000, 2, OTHER, START_MS + 12_000_000)):
        learner.learn(batch)
    assert right(learner, asked, OTHER) > 0.5


def test_what_is_not_tried_becomes_uncertain_again() -> None:
    learner, asked = Bandit().start(), planted(50, 3)
    learner.learn(planted(5_000, 1))
    x = learner._context(asked)
    before = learner._tell(x)[2]
    later = planted(1, 2, start_ms=START_MS + 20 * DAY_MS)
    learner.learn(later)
    assert (learner._tell(x)[2] > before).all()


def test_what_is_next_to_impossible_leaves_it_finite() -> None:
    learner, world = Bandit().start(), planted(2_000, 1)
    odd = replace(
        world,
        label=np.ones(2_000),
        columns=dict(world.columns) | {"artwork_propensity": np.full(2_000, 1e-300)},
    )
    for batch in batches(odd, 2_000):
        learner.learn(batch)
    assert np.isfinite(learner.predict(world)).all()
    assert np.isfinite([figure["value"] for figure in learner.told()["value"].values()]).all()
