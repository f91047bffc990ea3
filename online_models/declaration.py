"""What an online model is, as a frozen declaration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np

from online_models.cap import Cap
from online_models.examples import Examples, Numbers
from online_models.guard import Bound
from online_models.known import Known
from online_models.learner import Kind
from online_models.measures.quality import MOST_BYTES
from online_models.outcome import Outcome


@dataclass(frozen=True)
class Declaration:
    """The chance of `label`, learnt from columns of outcomes and what was `known` of them, within caps.

    `truth` says of each outcome whether it came true; NaN of one that says neither.
    """

    name: str
    label: str
    used_for: str
    outcome: Outcome
    truth: Callable[[Examples], Numbers]
    texts: tuple[str, ...]
    numbers: tuple[Bound, ...]
    learner: Kind
    caps: tuple[Cap, ...]
    known: tuple[Known, ...] = ()

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """What every column of numbers may say: of what may be known, nothing too."""
        return (*self.numbers, *(Bound(known.name, absurd=1e15, nothing=True) for known in self.known))

    @property
    def events(self) -> tuple[str, ...]:
        """The event types that it learns from."""
        return (self.outcome.of, self.outcome.by)

    @property
    def most_bytes(self) -> int:
        """What a state never exceeds, its head apart: beside the champion, two others may stand."""
        caps: int = sum(12 * 2**cap.bits for cap in self.caps)
        return 3 * self.learner.most_bytes + caps + MOST_BYTES

    @property
    def digest(self) -> str:
        """Of all that a state depends on: one that was learnt under another is not this model's."""
        return blake2b(repr((self.learner, self.caps, *self.known)).encode(), digest_size=8).hexdigest()

    def examples(self, batch: Sequence[str]) -> Examples:
        """Those of a batch of outcomes that say whether the label is true."""
        outcomes = self.outcome.examples(batch, self.known)
        truth = self.truth(outcomes)
        return replace(outcomes, label=truth).only(~np.isnan(truth))
