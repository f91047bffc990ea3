"""Estimates of a policy from another's log: by plain formulas, and as often right as they say, against the
truth."""

from __future__ import annotations

from statistics import fmean

import numpy as np
import pytest

from headwater.experiments.artworks import known, learnt, shown
from headwater.experiments.stream import Plan, simulate
from online_models.examples import Numbers
from online_models.measures.off_policy import Value
from schemas.artwork import STYLES

pytestmark = pytest.mark.unit

K, N = len(STYLES), 4_000
ESTIMATES = ("ips", "snips", "dr")
RNG = np.random.default_rng(1)
#: Contexts of which the chances of every arm are known, and a model that is wrong about all of them.
CHANCE = RNG.uniform(0.05, 0.5, (N, K))
LOGGING = RNG.dirichlet(np.full(K, 2.0), N) * 0.8 + 0.05
POLICY = RNG.dirichlet(np.full(K, 0.5), N)
WRONG = np.clip(CHANCE * 0.5 + 0.2, 0, 1)
TRUE = float((POLICY * CHANCE).sum(axis=1).mean())


def logged(seed: int) -> tuple[Numbers, Numbers, Numbers]:
    """What another policy showed, with what propensity, and what came of it."""
    rng = np.random.default_rng(seed)
    arm = (rng.random(N)[:, None] >= np.cumsum(LOGGING, axis=1)[:, :-1]).sum(axis=1)
    return arm, LOGGING[np.arange(N), arm], (rng.random(N) < CHANCE[np.arange(N), arm]).astype(float)


def valued(seed: int, fade: float = 1.0) -> Value:
    value = Value(fade)
    value.add(POLICY, *logged(seed), WRONG)
    return value


def test_estimates_are_those_of_their_definitions() -> None:
    arm, propensity, reward = logged(1)
    terms = [
        (
            POLICY[n, arm[n]] / propensity[n],
            reward[n],
            sum(POLICY[n, a] * WRONG[n, a] for a in range(K)),
            WRONG[n, arm[n]],
        )
        for n in range(N)
    ]
    told = valued(1).told()
    assert told["logged"]["value"] == pytest.approx(reward.mean())
    assert told["ips"]["value"] == pytest.approx(fmean(c * y for c, y, _, _ in terms))
    assert told["snips"]["value"] == pytest.approx(
        sum(c * y for c, y, _, _ in terms) / sum(c for c, _, _, _ in terms)
    )
    assert told["dr"]["value"] == pytest.approx(fmean(of + c * (y - q) for c, y, of, q in terms))
    spread = np.std([c * y for c, y, _, _ in terms]) / N**0.5
    assert told["ips"]["off"] == pytest.approx(1.96 * spread, rel=1e-6)


def test_estimates_are_unbiased_and_within_their_bounds_as_often_as_they_say() -> None:
    """200 logs of the same 4,000 contexts: what varies is what was shown and what came of it."""
    told = [valued(seed).told() for seed in range(200)]
    for by in ESTIMATES:
        values, offs = (np.array([t[by][of] for t in told]) for of in ("value", "off"))
        assert abs(values.mean() - TRUE) < 3.5 * values.std() / len(told) ** 0.5 + (by == "snips") * 1e-3
        within = (np.abs(values - TRUE) <= offs).mean()
        assert within >= 0.9, f"{by}: {within:.1%} within bounds"
    spreads = {by: np.std([t[by]["value"] for t in told]) for by in ESTIMATES}
    assert spreads["dr"] < spreads["ips"]
    assert spreads["snips"] < spreads["ips"]


def test_where_batches_are_cut_changes_nothing_and_a_state_goes_on() -> None:
    whole, parts = valued(1, fade=0.999), Value(0.999)
    log = POLICY, *logged(1), WRONG
    for start in range(0, N, 333):
        parts = Value(0.999, parts.state())
        parts.add(*(of[start : start + 333] for of in log))
    assert {by: t["value"] for by, t in parts.told().items()} == pytest.approx(
        {by: t["value"] for by, t in whole.told().items()}
    )
    assert parts.told()["dr"]["off"] == pytest.approx(whole.told()["dr"]["off"])


def test_figures_are_of_late() -> None:
    value, one = Value(0.99), np.ones((1_000, 1))
    for reward in (1.0, 0.0):
        value.add(one, np.zeros(1_000, int), np.ones(1_000), np.full(1_000, reward), one / 2)
    assert value.told()["ips"]["value"] < 0.01
    assert Value(0.99).told() == {}


def test_the_truth_of_the_simulator_is_that_of_its_stream() -> None:
    plan = Plan(rate_per_s=50, seconds=120, members=60, titles=40)
    takes, _ = simulate(plan)
    truth, arm = known(takes, plan), shown(takes)
    n = np.arange(len(takes))
    assert truth.chance[n, arm] == pytest.approx(takes.chance)
    assert truth.usual[n, arm] == pytest.approx(takes.examples.columns["artwork_propensity"])
    assert truth.usual.sum(axis=1) == pytest.approx(np.ones(len(takes)))
    assert (truth.usual * truth.chance).sum(axis=1).mean() == pytest.approx(takes.chance.mean(), abs=0.01)


def test_what_is_in_charge_is_paid_by_the_chance_of_what_it_shows() -> None:
    takes, _ = simulate(Plan(rate_per_s=20, seconds=120, members=60, titles=40))
    told_before = takes.examples.label.copy()
    sure = np.tile([1.0, 0.0, 0.0, 0.0], (len(takes), 1))
    run = learnt(takes, sure, np.random.default_rng(1))
    late = slice(len(takes) // 2, None)
    assert run.policy[late, 0].mean() > 0.8, "it has found the only one that is ever taken"
    assert run.policy.min() >= 0.02
    assert (takes.examples.label == told_before).all()
    assert run.policy.sum(axis=1) == pytest.approx(np.ones(len(takes)))
