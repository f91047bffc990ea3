"""What an online model is, as a frozen declaration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from online_models.cap import Cap
from online_models.examples import Examples
from online_models.guard import Bound
from online_models.learner import Kind


@dataclass(frozen=True)
class Declaration:
    """The chance of `label`, learnt from columns of `events` by a learner, within caps."""

    name: str
    label: str
    used_for: str
    events: tuple[str, ...]
    texts: tuple[str, ...]
    numbers: tuple[Bound, ...]
    learner: Kind
    caps: tuple[Cap, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """What examples must tell beside their time, their id and the label, in this order."""
        return (*self.texts, *(bound.column for bound in self.numbers))

    @property
    def most_bytes(self) -> int:
        """What a state never exceeds, its head apart."""
        caps: int = sum(12 * 2**cap.bits for cap in self.caps)
        return self.learner.most_bytes + caps

    @property
    def digest(self) -> str:
        """Of all that a state depends on: one that was learnt under another is not this model's."""
        return blake2b(repr((self.learner, self.caps)).encode(), digest_size=8).hexdigest()

    def examples(self, rows: Iterable[Sequence[Any]]) -> Examples:
        """Those of rows in any order: event time, event id, label, then `columns`."""
        return Examples.of(rows, self.texts, tuple(bound.column for bound in self.numbers))
