"""The versions of a model: the champion, the last good one before it, and at most one challenger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from online_models.challenger import Challenger
from online_models.drift import Drift
from online_models.examples import Examples, Numbers
from online_models.last_good import LastGood
from online_models.learner import Kind, Learner


class Versions:
    """Who stands beside the champion, and how often one of them has taken its place."""

    def __init__(self, kind: Kind, state: Mapping[str, Any] | None = None) -> None:
        held = state or {}
        self._kind = kind
        self._last_good = LastGood(kind, held.get("last_good"))
        challenger = held.get("challenger")
        self._challenger = None if challenger is None else Challenger(kind, challenger)
        self._drift = Drift(held.get("drift"))
        self.rolled_back: int = held.get("rolled_back", 0)
        self.promoted: int = held.get("promoted", 0)

    def champion(self, now: Learner, examples: Examples, found: Numbers, n: int) -> Learner:
        """Who is to be read after a batch that was learnt from.

        `found` are the losses on it of the champion `now`, before it learnt; it has learnt from `n` examples
        so far.
        """
        if self._last_good.better(examples, found):
            return self.roll_back() or now
        drifted = self._drift.add(found)
        if self._learnt(examples, found):
            return self.promote() or now
        if drifted and self._challenger is None:
            self._challenger = Challenger(self._kind)
        self._last_good.keep(now, n)
        return now

    def roll_back(self) -> Learner | None:
        """A copy of the last good version, which is champion from now on; None if there is none."""
        restored = self._last_good.restored()
        if restored is not None:
            self.rolled_back += 1
            self._challenger, self._drift = None, Drift()
        return restored

    def promote(self) -> Learner | None:
        """The challenger, which is champion from now on; None if there is none."""
        if self._challenger is None:
            return None
        promoted = self._challenger.learner
        self.promoted += 1
        self._challenger, self._drift = None, Drift()
        self._last_good.begin()
        return promoted

    def forget(self, member: str) -> None:
        """Let go of what is kept for a member alone."""
        for version in (self._last_good, self._challenger):
            if version is not None and version.learner is not None:
                version.learner.forget(member)

    def told(self) -> dict[str, Any]:
        """What people may want to know, as JSON values; `evidence` is in nats, of 13.8 that settle it."""
        last, rival = self._last_good, self._challenger
        return {
            "rolled_back": self.rolled_back,
            "promoted": self.promoted,
            "last_good": last.learner and {"at": last.at, "evidence": last.trial.evidence},
            "challenger": rival and {"examples": rival.examples, "evidence": rival.trial.evidence},
        }

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {
            "rolled_back": self.rolled_back,
            "promoted": self.promoted,
            "drift": self._drift.state(),
            "last_good": self._last_good.state(),
            "challenger": self._challenger and self._challenger.state(),
        }

    def _learnt(self, examples: Examples, found: Numbers) -> bool:
        """Let the challenger learn; whether it is better. One that has lost, or breaks, is let go."""
        if self._challenger is None:
            return False
        try:
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                better = self._challenger.learn(examples, found)
        except FloatingPointError:
            self._challenger = None
            return False
        if self._challenger.lost and not better:
            self._challenger = None
        return better
