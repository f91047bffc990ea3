"""The last good version of a model: what it was when its loss was last no worse, to go back to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from online_models.examples import Examples, Numbers
from online_models.learner import Kind, Learner
from online_models.trial import Trial, losses

#: A version is kept every so many examples, unless the loss is worse than that of the one kept by more than
#: so much (nats). What has held for so long is the new world, and kept in any case.
EVERY, WORSE, LONG = 2_000, 0.01, 50_000
#: The weight of a loss halves with every 1,386 that follow: what is kept is to be good now.
FADE = 0.9995
#: By how much it must be better than the champion (nats) to be gone back to.
MARGIN = 0.01


class LastGood:
    """A learner that learns no more, and the evidence that it is better than the champion.

    `at` is after how many examples it was kept. The champion's loss is a mean that fades, of the losses that
    versions are compared by.
    """

    def __init__(self, kind: Kind, state: Mapping[str, Any] | None = None) -> None:
        held = state or {}
        learnt = held.get("learner")
        self._kind = kind
        self.learner: Learner | None = None if learnt is None else kind.start(learnt)
        self.at: int = held.get("at", 0)
        self._kept_loss: float = held.get("kept_loss", 0.0)
        self._loss: float = held.get("loss", 0.0)
        self._weight: float = held.get("weight", 0.0)
        self.trial = Trial(MARGIN, held.get("wealth"))

    def better(self, examples: Examples, champion: Numbers) -> bool:
        """Whether it is settled that it predicts better than the champion, whose losses these are."""
        left = FADE ** len(champion)
        self._weight = self._weight * left + (1.0 - left)
        self._loss += (float(champion.mean()) - self._loss) * (1.0 - left) / self._weight
        return self.learner is not None and self.trial.add(champion, losses(self.learner, examples))

    def keep(self, learner: Learner, examples: int) -> None:
        """Keep this one instead, if it is time and the loss is no worse."""
        passed = examples - self.at
        if passed < EVERY or (self.learner and self._loss > self._kept_loss + WORSE and passed < LONG):
            return
        self.learner, self.at, self._kept_loss = self._kind.start(learner.state()), examples, self._loss
        self.begin()

    def begin(self) -> None:
        """Compare anew, with another champion."""
        self.trial = Trial(MARGIN)

    def restored(self) -> Learner | None:
        """A copy that learns on; None if none was kept yet."""
        if self.learner is None:
            return None
        self.begin()
        return self._kind.start(self.learner.state())

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {
            "at": self.at,
            "kept_loss": self._kept_loss,
            "loss": self._loss,
            "weight": self._weight,
            "wealth": self.trial.wealth,
            "learner": None if self.learner is None else self.learner.state(),
        }
