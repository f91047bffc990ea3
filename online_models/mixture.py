"""A mixture: several learners learn each for itself, and what each one's logit weighs is learnt beside.

The weights follow the gradient of the log-loss, ever slower where it was steep (J. Duchi, E. Hazan,
Y. Singer: Adaptive subgradient methods, JMLR 12, 2011).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from online_models.examples import Examples, Numbers
from online_models.ftrl import sigmoid
from online_models.learner import Judged, Kind, State


@dataclass(frozen=True)
class Mixture:
    """Learners by name. None of them may make up examples of its own."""

    parts: tuple[tuple[str, Kind], ...]
    rate: float = 0.05
    chunk: int = 128
    #: A part whose logit is beyond has lost its way, and is not followed further.
    most_logit: float = 8.0

    def start(self, state: State | None = None) -> Mixed:
        """One that has learnt nothing, or what `state` says."""
        return Mixed(self, state)

    @property
    def most_bytes(self) -> int:
        """Those of its parts, and two numbers for each and for the bias."""
        return sum(kind.most_bytes for _, kind in self.parts) + 16 * (len(self.parts) + 1)


class Mixed:
    """What `Mixture` declares, under way. The first weight is that of the bias."""

    def __init__(self, kind: Mixture, state: State | None = None) -> None:
        self._kind, held = kind, state or {}
        self._parts = {name: part.start(held["parts"][name] if held else None) for name, part in kind.parts}
        n = len(self._parts)
        self._weights = held["weights"].copy() if held else np.r_[0.0, np.full(n, 1.0 / n)]
        self._steepness = held["steepness"].copy() if held else np.zeros(n + 1)

    def predict(self, examples: Examples) -> Numbers:
        """The logit of each."""
        return self._mixed(self._told([part.predict(examples) for part in self._parts.values()]))

    def judge(self, examples: Examples) -> Judged:
        """What is predicted of each."""
        return Judged(self.predict(examples), examples.label, np.arange(len(examples)))

    def learn(self, examples: Examples) -> Judged:
        """Learn from each, in chunks; what was predicted of each just before its chunk."""
        label = examples.label
        told = self._told([part.learn(examples).logit for part in self._parts.values()])
        logit = np.empty(len(label))
        for start in range(0, len(label), self._kind.chunk):
            rows = slice(start, start + self._kind.chunk)
            logit[rows] = self._mixed(told[rows])
            slope = ((sigmoid(logit[rows]) - label[rows])[:, None] * told[rows]).sum(axis=0)
            self._steepness += slope * slope
            self._weights -= self._kind.rate * slope / (1.0 + np.sqrt(self._steepness))
        return Judged(logit, label, np.arange(len(label)))

    def forget(self, member: str) -> bool:
        """What the parts keep for a member alone."""
        found = [part.forget(member) for part in self._parts.values()]
        return any(found)

    def state(self) -> dict[str, Any]:
        """Those of the parts, and the weights."""
        parts = {name: part.state() for name, part in self._parts.items()}
        return {"parts": parts, "weights": self._weights, "steepness": self._steepness}

    def told(self) -> dict[str, Any]:
        """The weights of the parts and the bias, and what each part tells."""
        weights = dict(zip(("bias", *self._parts), self._weights.tolist(), strict=True))
        return {"weights": weights, "parts": {name: part.told() for name, part in self._parts.items()}}

    def _told(self, logits: list[Numbers]) -> Numbers:
        most = self._kind.most_logit
        return np.column_stack([np.ones(len(logits[0])), *(np.clip(of, -most, most) for of in logits)])

    def _mixed(self, told: Numbers) -> Numbers:
        logit: Numbers = (told * self._weights).sum(axis=1)
        return logit
