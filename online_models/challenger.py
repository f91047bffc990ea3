"""A challenger: a learner that began with nothing when the loss rose, and learns beside the champion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from online_models.examples import Examples, Numbers
from online_models.learner import Kind, Learner
from online_models.trial import Trial, losses

#: By how much it must be better than the champion (nats), and after how many examples it has lost.
MARGIN, LIFE = 0.005, 50_000


class Challenger:
    """A learner, the `examples` that it has learnt from, and the evidence that it is better."""

    def __init__(self, kind: Kind, state: Mapping[str, Any] | None = None) -> None:
        held = state or {}
        self.learner: Learner = kind.start(held.get("learner"))
        self.examples: int = held.get("examples", 0)
        self.trial = Trial(MARGIN, held.get("wealth"))

    def learn(self, examples: Examples, champion: Numbers) -> bool:
        """Learn; whether it is settled that it predicts better than the champion, whose losses these are."""
        better = self.trial.add(champion, losses(self.learner, examples))
        self.learner.learn(examples)
        self.examples += len(examples)
        return better

    @property
    def lost(self) -> bool:
        """Whether it had time enough."""
        return self.examples >= LIFE

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {"examples": self.examples, "wealth": self.trial.wealth, "learner": self.learner.state()}
