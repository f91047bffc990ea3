"""The seam of learners: what an online model asks of whatever learns within it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from online_models.examples import Examples, Numbers

State = Mapping[str, Any]


class Judged(NamedTuple):
    """What was predicted before it was learnt from, as logits, what came of it, and of which example it is.

    Those of the examples come first, in their order; behind them what a learner has made up beside them, such
    as titles that were not played.
    """

    logit: Numbers
    label: Numbers
    of: npt.NDArray[np.intp]


class Learner(Protocol):
    """Learns the chance of a label from batches of examples; the same batches give the same state."""

    def predict(self, examples: Examples) -> Numbers:
        """The logit of each. Nothing is learnt."""

    def judge(self, examples: Examples) -> Judged:
        """What can be compared with what another of its kind says of the same examples. Nothing is learnt."""

    def learn(self, examples: Examples) -> Judged:
        """Learn from each, in chunks; what was predicted of each just before its chunk."""

    def forget(self, member: str) -> bool:
        """Let go of what is kept for a member alone; whether there was anything. What is kept by hashes that
        members share fades by itself."""

    def state(self) -> dict[str, Any]:
        """All that was learnt, as arrays and JSON values: one made from it goes on as this one would."""

    def told(self) -> dict[str, Any]:
        """What people may want to know of it, as JSON values of a bounded size."""


class Kind(Protocol):
    """A frozen declaration of a learner."""

    def start(self, state: State | None = None) -> Learner:
        """One that has learnt nothing, or what `state` says."""

    @property
    def most_bytes(self) -> int:
        """What its state never exceeds, its head of JSON apart."""
