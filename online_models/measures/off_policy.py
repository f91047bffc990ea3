"""What a policy would be worth, from what another one chose, whose propensities are known.

By inverse propensity scores (IPS; D. Horvitz, D. Thompson, JASA 47, 1952), which is unbiased; the same
divided by the mean of the ratios (SNIPS; A. Swaminathan, T. Joachims: The self-normalized estimator for
counterfactual learning, NIPS 2015), which varies less; and doubly robust (M. Dudík, J. Langford, L. Li:
Doubly robust policy evaluation and learning, ICML 2011), unbiased, which varies the less the better a model
predicts the reward.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from online_models.examples import Numbers

#: The probability of what was shown counts as this at least: one that was next to impossible would outweigh
#: all.
LEAST_PROPENSITY = 0.01
#: Places in the sums: how many, their rewards, ratios, rewards by ratio, and doubly robust.
_ONE, _REWARD, _RATIO, _SCORED, _ROBUST = range(5)
#: Of a normal, this many deviations to both sides are 95%.
_SURE = 1.96


class Value:
    """Faded means of all that the estimates are made of, and of the products of each two: how sure they are.

    >>> shown, policy, logged = np.array([0, 1, 0, 1]), np.array([[0.0, 1.0]] * 4), np.full(4, 0.5)
    >>> value = Value(fade=1.0)
    >>> value.add(policy, shown, logged, np.array([0.0, 1.0, 0.0, 1.0]), np.full((4, 2), 0.5))
    >>> [round(value.told()[of]["value"], 3) for of in ("logged", "ips", "snips", "dr")]
    [0.5, 1.0, 1.0, 1.0]
    """

    def __init__(self, fade: float, state: Mapping[str, Any] | None = None) -> None:
        self._fade = fade
        self._sums: Numbers = np.zeros(5) if state is None else state["sums"].copy()
        self._squares: Numbers = np.zeros((5, 5)) if state is None else state["squares"].copy()

    def add(
        self, policy: Numbers, shown: Any, propensity: Numbers, reward: Numbers, predicted: Numbers
    ) -> None:
        """Take in choices in their order: the policy's probability of each arm, float64[n, arms]; the arm
        that was shown, with what propensity, and what came of it; what was predicted of each arm, before."""
        n = np.arange(len(reward))
        ratio = policy[n, shown] / np.maximum(propensity, LEAST_PROPENSITY)
        robust = (policy * predicted).sum(axis=1) + ratio * (reward - predicted[n, shown])
        told = np.column_stack([np.ones(len(n)), reward, ratio, ratio * reward, robust])
        own = self._fade ** n[::-1]
        self._sums = self._sums * self._fade ** len(n) + own @ told
        told *= own[:, None]
        self._squares = self._squares * self._fade ** (2 * len(n)) + told.T @ told

    def told(self) -> dict[str, dict[str, float]]:
        """`value` and by how much it is `off` at the most, at 95%: of what was `logged`, and by `ips`,
        `snips` and `dr` of the policy. Nothing before there was a choice."""
        if not self._sums[_ONE]:
            return {}
        _, reward, ratio, scored, robust = (self._sums / self._sums[_ONE]).tolist()
        return {
            "logged": self._figure(reward, {_REWARD: 1.0, _ONE: -reward}),
            "ips": self._figure(scored, {_SCORED: 1.0, _ONE: -scored}),
            # To the first order, by what a ratio of two means varies.
            "snips": self._figure(scored / ratio, {_SCORED: 1.0 / ratio, _RATIO: -scored / ratio / ratio})
            if ratio
            else {},
            "dr": self._figure(robust, {_ROBUST: 1.0, _ONE: -robust}),
        }

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {"sums": self._sums, "squares": self._squares}

    def _figure(self, value: float, influence: Mapping[int, float]) -> dict[str, float]:
        of = np.zeros(5)
        of[list(influence)] = list(influence.values())
        variance = max(float(of @ self._squares @ of), 0.0)
        return {"value": value, "off": _SURE * variance**0.5 / float(self._sums[_ONE])}
