"""The seam of scorers: what is asked of whatever judges members."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import blake2b
from typing import Any, Protocol

from online_models.learner import State
from online_models.members.measure import Measure, Rows

#: The event type that tells of a score.
EVENT = "member_score"
#: What is told of a member, by field of that event.
Score = dict[str, Any]


class Scorer(Protocol):
    """Judges members by what they did. The same rows give the same state, to its last byte."""

    def score(self, rows: Rows, frozen: Collection[str] = ()) -> list[Score]:
        """What there is to tell of each row, before it is learnt from; nothing of what says too little. Those
        of its models that are frozen tell, and learn nothing."""

    def state(self) -> dict[str, Any]:
        """All that was learnt: one made from it goes on as this one would."""

    def told(self) -> Mapping[str, Mapping[str, Any]]:
        """What people want to know, by the name of each model in it, as JSON values: `examples`, and more."""


class Kind(Protocol):
    """A frozen declaration of a scorer: its rows are of windows of `window_ms`, one each `every_ms`."""

    @property
    def name(self) -> str: ...

    @property
    def models(self) -> tuple[str, ...]: ...

    @property
    def window_ms(self) -> int: ...

    @property
    def every_ms(self) -> int: ...

    @property
    def measures(self) -> tuple[Measure, ...]: ...

    @property
    def most_bytes(self) -> int:
        """What its state never exceeds, its head of JSON apart."""

    def start(self, state: State | None = None) -> Scorer:
        """One that has learnt nothing, or what `state` says."""


def digest(kind: Kind) -> str:
    """Of all that a state depends on."""
    return blake2b(repr(kind).encode(), digest_size=8).hexdigest()
