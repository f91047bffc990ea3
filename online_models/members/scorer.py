"""The seam of scorers: what a job asks of whatever judges members, and their states as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Protocol

from online_models import state as states
from online_models.learner import State
from online_models.members.measure import Measure, Rows

#: Of the state: one of another format is refused.
FORMAT = 1
#: The event type that tells of a score.
EVENT = "member_score"
#: What is told of a member, by field of that event.
Score = dict[str, Any]


class Scorer(Protocol):
    """Judges members by what they did. The same rows give the same state, to its last byte."""

    def score(self, rows: Rows) -> list[Score]:
        """What there is to tell of each row, before it is learnt from; nothing of what says too little."""

    def state(self) -> dict[str, Any]:
        """All that was learnt: one made from it goes on as this one would."""

    def told(self) -> Mapping[str, Mapping[str, Any]]:
        """What people want to know, by the name of each model in it, as JSON values."""


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


def to_bytes(kind: Kind, scorer: Scorer) -> bytes:
    """The state; ValueError rather than a NaN in it."""
    return states.to_bytes({"scorer": kind.name, "declared": digest(kind), **scorer.state()}, FORMAT)


def from_bytes(kind: Kind, packed: bytes) -> Scorer:
    """What `to_bytes` gave. Raises ValueError for another format, and for what another declaration learnt."""
    state = states.from_bytes(packed, FORMAT)
    found, wanted = (state.pop("scorer"), state.pop("declared")), (kind.name, digest(kind))
    if found != wanted:
        raise ValueError(f"this is a state of {found[0]} {found[1]}, not of {wanted[0]} {wanted[1]}")
    return kind.start(state)


def summaries(scorer: Scorer, packed: bytes) -> dict[str, dict[str, Any]]:
    """What is published of each model of a scorer, `packed` being its state. None stands where a figure asks
    for a label that the model does not have."""
    nothing: dict[str, Any] = {
        **dict.fromkeys(("log_loss", "base_log_loss", "auc", "ece", "positives")),
        "calibration": [],
        "slices": {},
        "refused": {},
        "learner": {},
        "state_bytes": len(packed),
        "digest": blake2b(packed, digest_size=16).hexdigest(),
    }
    return {name: {**nothing, "version": told["examples"], **told} for name, told in scorer.told().items()}
