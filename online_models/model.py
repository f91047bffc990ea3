"""An online model: a learner behind a guard, measured before it learns, with one explicit state."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from online_models.example import Example
from online_models.guard import Guard, finite
from online_models.learner import Logistic
from online_models.prequential import Prequential

#: Of the state. A state of another format is refused, never guessed at.
FORMAT = 1

_GUARD = Guard()


@dataclass
class OnlineModel:
    """What was learnt so far, how well it predicted, and what the guard refused, by reason.

    Examples are learnt from in the order given; where batches are cut makes no difference, down to the last
    byte of the state.
    """

    learner: Logistic = field(default_factory=Logistic)
    prequential: Prequential = field(default_factory=Prequential)
    examples: int = 0
    positives: int = 0
    learnt_until_ms: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def learn(self, batch: Iterable[Example]) -> None:
        """Predict, measure and learn each example that the guard lets through; no value makes it raise."""
        admitted = [e for e in map(self._admitted, batch) if e is not None]
        before = self.learner.state()
        predictions = self.learner.learn(admitted)
        if not finite([*predictions, *self._numbers()]):
            self.learner = Logistic.from_state(before)
            self.refused["diverged"] += len(admitted)
            return
        for example, prediction in zip(admitted, predictions, strict=True):
            self.prequential.add(prediction, example.label)
            self.examples += 1
            self.positives += example.label
            self.learnt_until_ms = max(self.learnt_until_ms, example.event_time_ms)

    def summary(self) -> dict[str, Any]:
        """What others want to know of it, as JSON values; `version` never falls."""
        return {
            "version": self.examples,
            "log_loss": self.prequential.log_loss,
            "base_log_loss": self.prequential.base_log_loss,
            **self._state(),
        }

    def to_json(self) -> str:
        """The state as text; ValueError rather than a NaN in it."""
        return json.dumps(self._state(), allow_nan=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> OnlineModel:
        """What `to_json` gave. Raises ValueError for another format."""
        state: Mapping[str, Any] = json.loads(text)
        if state["format"] != FORMAT:
            raise ValueError(f"model state has format {state['format']}, this code reads {FORMAT}")
        return cls(
            learner=Logistic.from_state(state["learner"]),
            prequential=Prequential.from_state(state["prequential"]),
            examples=state["examples"],
            positives=state["positives"],
            learnt_until_ms=state["learnt_until_ms"],
            refused=Counter(state["refused"]),
        )

    def _state(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "examples": self.examples,
            "positives": self.positives,
            "learnt_until_ms": self.learnt_until_ms,
            "refused": dict(self.refused),
            "prequential": self.prequential.state(),
            "learner": self.learner.state(),
        }

    def _admitted(self, example: Example) -> Example | None:
        objection = _GUARD.objection(example.features)
        if objection is not None:
            self.refused[objection] += 1
            return None
        return replace(example, features=_GUARD.clipped(example.features))

    def _numbers(self) -> list[float]:
        state = self.learner.state()
        return [state["intercept"], *state["weights"].values()]
