"""Learners: river's algorithms behind a seam, with a state that is text and not a pickle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from online_models.example import Example, Features


class Learner(Protocol):
    """Learns a probability from examples, one after the other."""

    def predict(self, features: Features) -> float:
        """The probability of the label being true."""

    def learn(self, batch: Sequence[Example]) -> list[float]:
        """Learn from each in turn; what was predicted of each just before it was learnt from."""

    def state(self) -> dict[str, Any]:
        """All that was learnt, as JSON values: a learner made from it goes on as this one would."""


class Logistic:
    """Logistic regression by stochastic gradient descent (river.linear_model.LogisticRegression).

    >>> learner = Logistic()
    >>> learner.learn([Example(0, {"row=0": 1.0}, True)])
    [0.5]
    >>> Logistic.from_state(learner.state()).state() == learner.state()
    True
    """

    RATE = 0.01
    STEEPEST = 1.0

    def __init__(self) -> None:
        # Where it is needed: river takes seconds to import, and commands name models that they do not run.
        from river.linear_model import LogisticRegression
        from river.optim import SGD

        self._model = LogisticRegression(
            optimizer=SGD(self.RATE), intercept_lr=self.RATE, clip_gradient=self.STEEPEST
        )

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Logistic:
        """The learner that `state` describes. The order of the weights is part of it: sums go by it."""
        from river.utils import VectorDict

        learner = cls()
        learner._model._weights = VectorDict(state["weights"])
        learner._model.intercept = state["intercept"]
        learner._model.optimizer.n_iterations = state["steps"]
        return learner

    def predict(self, features: Features) -> float:
        """The probability of the label being true."""
        return float(self._model.predict_proba_one(features)[True])  # type: ignore[no-untyped-call]

    def learn(self, batch: Sequence[Example]) -> list[float]:
        """Learn from each in turn; what was predicted of each just before."""
        predictions = []
        for example in batch:
            predictions.append(self.predict(example.features))
            self._model.learn_one(example.features, example.label)
        return predictions

    def state(self) -> dict[str, Any]:
        """`weights` by feature name, `intercept` and `steps`."""
        return {
            "weights": dict(self._model.weights),
            "intercept": float(self._model.intercept),
            "steps": int(self._model.optimizer.n_iterations),
        }
