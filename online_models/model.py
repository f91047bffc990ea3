"""An online model: a learner behind a guard, measured before it learns, with one explicit state."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from hashlib import blake2b
from typing import Any

import numpy as np

from online_models import state as states
from online_models.declaration import Declaration
from online_models.examples import Examples, Numbers
from online_models.ftrl import sigmoid
from online_models.guard import Guard
from online_models.learner import Judged, Learner
from online_models.measures.quality import Quality
from online_models.obeyed import due, frozen, why
from online_models.trial import losses
from online_models.upgrade import measured_anew, named_weights, without_versions
from online_models.versions import Versions
from schemas.orders import Order

#: Of the state. A state of another format is brought up to this one or refused, never guessed at.
FORMAT = 4


class OnlineModel:
    """What was learnt so far, how well it predicted, and what the guard refused, by reason.

    The same batches give the same state, down to its last byte, wherever it was saved and read between them.
    Where batches are cut is part of what they are: rows of one are learnt from in chunks.
    """

    def __init__(self, declared: Declaration, state: states.State | None = None) -> None:
        held = state or {}
        self.declared = declared
        self.learner = declared.learner.start(held.get("learner"))
        self.guard = Guard(declared.bounds, declared.caps, held.get("guard"))
        self.quality = Quality.from_state(held["quality"]) if held else Quality()
        self.examples: int = held.get("examples", 0)
        self.positives: int = held.get("positives", 0)
        self.versions = Versions(declared.learner, held.get("versions"))
        self.learnt_until_ms: int = held.get("learnt_until_ms", 0)
        self.seen_until_ms: int = held.get("seen_until_ms", 0)
        self.frozen: str | None = held.get("frozen")
        self._obeyed_ms: int = held.get("obeyed_ms", 0)

    def predict(self, examples: Examples) -> Numbers:
        """The chance of each label being true; finite, whatever the examples say."""
        return sigmoid(self.learner.predict(examples))

    def learn(self, examples: Examples, orders: Sequence[Order] = ()) -> None:
        """Predict, measure and learn what the guard lets through; no value makes it raise.

        A batch that would leave anything that is not a number is undone, and refused as `diverged`. What
        happened in a stretch that was ordered frozen is refused as `frozen`, and leaves nothing else. Other
        orders are obeyed once, before the first batch that reaches their time.
        """
        if not len(examples):
            return
        self.seen_until_ms = max(self.seen_until_ms, int(examples.event_time_ms[-1]))
        self._obey(orders)
        admitted = self.guard.admit(examples, frozen(orders, examples.event_time_ms))
        if not len(admitted):
            return
        spare = self.declared.learner.start(self.learner.state())
        try:
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                found = losses(self.learner, admitted)
                judged = self.learner.learn(admitted)
            if not np.isfinite(judged.logit).all():
                raise FloatingPointError
        except FloatingPointError:
            self.learner = spare
            self.guard.refused["diverged"] += len(admitted)
            return
        self._count(admitted, judged)
        self.learner = self.versions.champion(self.learner, admitted, found, self.examples)

    def _obey(self, orders: Sequence[Order]) -> None:
        for order in due(orders, self._obeyed_ms, self.seen_until_ms):
            other: Learner | None = None
            match order.action:
                case "rollback":
                    other = self.versions.roll_back()
                case "promote":
                    other = self.versions.promote()
                case "forget":
                    self.versions.forget(order.member)
                    self.learner.forget(order.member)
            self.learner, self._obeyed_ms = other or self.learner, order.at_ms
        self.frozen = why(orders, self.seen_until_ms)

    def _count(self, admitted: Examples, judged: Judged) -> None:
        self.quality.add(sigmoid(judged.logit), admitted, judged.label, judged.of)
        self.examples += len(admitted)
        self.positives += int(admitted.label.sum())
        self.learnt_until_ms = max(self.learnt_until_ms, int(admitted.event_time_ms[-1]))

    def summary(self) -> dict[str, Any]:
        """What others want to know of it, as JSON values; `version` never falls, `digest` is of the state."""
        packed, quality = self.to_bytes(), self.quality.told()
        return {
            "version": self.examples,
            **{name: quality["all"][name] for name in ("log_loss", "base_log_loss", "auc", "ece")},
            "calibration": quality["calibration"],
            "slices": quality["slices"],
            "examples": self.examples,
            "positives": self.positives,
            "learnt_until_ms": self.learnt_until_ms,
            "seen_until_ms": self.seen_until_ms,
            "refused": dict(self.guard.refused),
            "frozen": self.frozen,
            **self.versions.told(),
            "learner": self.learner.told(),
            "state_bytes": len(packed),
            "digest": blake2b(packed, digest_size=16).hexdigest(),
        }

    def to_bytes(self) -> bytes:
        """The state; ValueError rather than a NaN in it."""
        state = {
            "model": self.declared.name,
            "declared": self.declared.digest,
            "examples": self.examples,
            "positives": self.positives,
            "learnt_until_ms": self.learnt_until_ms,
            "quality": self.quality.state(),
            "seen_until_ms": self.seen_until_ms,
            "obeyed_ms": self._obeyed_ms,
            "frozen": self.frozen,
            "versions": self.versions.state(),
            "guard": self.guard.state(),
            "learner": self.learner.state(),
        }
        return states.to_bytes(state, FORMAT)

    @classmethod
    def from_bytes(cls, declared: Declaration, packed: bytes) -> OnlineModel:
        """What `to_bytes` gave. Raises ValueError for another format, and for another model's state."""
        named = partial(named_weights, declared)
        upgrades: states.Upgrades = {1: named, 2: measured_anew, 3: without_versions}
        state = states.from_bytes(packed, FORMAT, upgrades)
        found, wanted = (state["model"], state["declared"]), (declared.name, declared.digest)
        if found != wanted:
            raise ValueError(f"this is a state of {found[0]} {found[1]}, not of {wanted[0]} {wanted[1]}")
        return cls(declared, state)
