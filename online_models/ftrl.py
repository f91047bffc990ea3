"""FTRL-Proximal: a logistic regression over hashed places whose steps shrink where much was seen.

H. B. McMahan et al.: Ad click prediction: a view from the trenches, KDD 2013, algorithm 1. Rows are taken in
chunks: within one, gradients are those of the weights before it, and everything else is as if row came after
row. In chunks of one this is the algorithm itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from online_models.encoding import Encoded
from online_models.examples import Numbers
from online_models.tokens import Places

State = Mapping[str, Any]


@dataclass(frozen=True)
class Steps:
    """A step is `alpha` / (`beta` + root of the squared gradients so far); l1 makes small weights 0.

    With `root` 1 it is `alpha` over the sum itself, as of Newton's method on the diagonal: for a weight that
    stays what it is, each example then counts as much as any other.
    """

    alpha: float = 0.1
    beta: float = 1.0
    l1: float = 0.0
    l2: float = 1.0
    chunk: int = 128
    root: float = 0.5

    def grown(self, squares: Numbers) -> Numbers:
        """What steps shrink by, of sums of squared gradients."""
        by: Numbers = np.sqrt(squares) if self.root == 0.5 else squares**self.root
        return by


class Ftrl:
    """`z` and `n` of the paper for 2**bits places: 16 bytes each in memory."""

    def __init__(self, bits: int, steps: Steps, state: State | None = None) -> None:
        self._steps = steps
        self.z, self.n = np.zeros(2**bits), np.zeros(2**bits)
        if state is not None:
            self.z[state["places"]] = state["z"]
            self.n[state["places"]] = state["n"]

    def predict(self, encoded: Encoded) -> Numbers:
        """The logit of each row."""
        logit: Numbers = (self.weights(encoded.index) * encoded.value).sum(axis=1)
        return logit

    def weights(self, index: Places) -> Numbers:
        """The weights of places, in the shape of `index`."""
        return self._weights(self.z[index], self.n[index])

    def learn(self, encoded: Encoded, label: Numbers, weight: Numbers | None = None) -> Numbers:
        """Learn from all rows, in their order; the logit of each before it was learnt from."""
        size = self._steps.chunk
        logits = [
            self._step(
                encoded.only(rows), label[rows], np.ones(1) if weight is None else weight[rows][:, None]
            )
            for rows in (slice(start, start + size) for start in range(0, len(label), size))
        ]
        return np.concatenate(logits) if logits else np.empty(0)

    def state(self) -> dict[str, Any]:
        """What differs from nothing: `places` int32, and their `z` and `n`, of at most 20 bytes a place."""
        touched = np.flatnonzero((self.n != 0.0) | (self.z != 0.0)).astype(np.int32)
        return {"places": touched, "z": self.z[touched], "n": self.n[touched]}

    def _step(self, chunk: Encoded, label: Numbers, weight: Numbers) -> Numbers:
        index, value = chunk.index, chunk.value
        z, n = self.z[index], self.n[index]
        w = self._weights(z, n)
        logit: Numbers = (w * value).sum(axis=1)
        gradient = (sigmoid(logit) - label)[:, None] * weight * value
        # The sum of what each row would do to n; by it, z moves once a place: all rows of a place write the
        # same there. Then each adds its gradient.
        np.add.at(self.n, index, gradient * gradient)
        of = self._steps
        self.z[index] = z - (of.grown(self.n[index]) - of.grown(n)) / of.alpha * w
        np.add.at(self.z, index, gradient)
        return logit

    def _weights(self, z: Numbers, n: Numbers) -> Numbers:
        of = self._steps
        strength = (of.beta + of.grown(n)) / of.alpha + of.l2
        if of.l1:
            z = np.sign(z) * np.maximum(np.abs(z) - of.l1, 0.0)
        weights: Numbers = -z / strength
        return weights


def sigmoid(logit: Numbers) -> Numbers:
    """The probability of each logit.

    >>> sigmoid(np.array([-800.0, 0.0, 800.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    # Of the tangent, since exp overflows.
    probability: Numbers = 0.5 * (1.0 + np.tanh(0.5 * logit))
    return probability
