"""A logistic regression over hashed features, learnt by FTRL-Proximal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from online_models.encoding import Bias, Encoded, Feature, encode
from online_models.examples import Examples, Numbers
from online_models.ftrl import Ftrl, Steps
from online_models.learner import Judged, State
from online_models.tokens import places


@dataclass(frozen=True)
class Linear:
    """The features (a bias is one more), and the 2**`bits` places that they share."""

    features: tuple[Feature, ...]
    bits: int = 16
    steps: Steps = field(default_factory=Steps)

    def start(self, state: State | None = None) -> Hashed:
        """One that has learnt nothing, or what `state` says."""
        return Hashed(self, state)

    @property
    def most_bytes(self) -> int:
        """A place, z and n for each."""
        return 20 << self.bits

    def named(self) -> dict[str, np.int32]:
        """The places of features that have names. Crosses and texts without choices have none."""
        named = {"bias": np.uint64(0)} | {
            name: token
            for feature in self.features
            for name, token in zip(getattr(feature, "names", ()), getattr(feature, "named", ()), strict=True)
        }
        return dict(zip(named, places(np.array(list(named.values()), np.uint64), self.bits), strict=True))


class Hashed:
    """What `Linear` declares, under way."""

    def __init__(self, kind: Linear, state: State | None = None) -> None:
        self._kind = kind
        self._ftrl = Ftrl(kind.bits, kind.steps, state)

    def predict(self, examples: Examples) -> Numbers:
        """The logit of each."""
        return self._ftrl.predict(self._encoded(examples))

    def judge(self, examples: Examples) -> Judged:
        """What is predicted of each."""
        return Judged(self.predict(examples), examples.label, np.arange(len(examples)))

    def learn(self, examples: Examples) -> Judged:
        """Learn from each, in chunks; what was predicted of each just before its chunk."""
        logit = self._ftrl.learn(self._encoded(examples), examples.label)
        return Judged(logit, examples.label, np.arange(len(examples)))

    def forget(self, member: str) -> bool:
        """Nothing is kept for a member alone."""
        return False

    def state(self) -> dict[str, Any]:
        """That of FTRL."""
        return self._ftrl.state()

    def told(self) -> dict[str, Any]:
        """`weights` of features that have names and were met; how many `places` are used."""
        named = self._kind.named()
        weights = self._ftrl.weights(np.array(list(named.values())))
        learnt = {name: float(w) for name, w in zip(named, weights, strict=True) if w}
        return {"weights": learnt, "places": len(self._ftrl.state()["places"])}

    def _encoded(self, examples: Examples) -> Encoded:
        kind = self._kind
        return examples.once(kind, lambda: encode((Bias(), *kind.features), examples, kind.bits))
