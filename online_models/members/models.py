"""The models of a scorer: they judge and learn as they are ordered, and their states are bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from online_models import state as states
from online_models.learner import State
from online_models.members.measure import Rows
from online_models.members.scorer import Kind, Score, digest
from online_models.obeyed import why_within
from schemas.orders import Order

#: Of the state. A state of another format is brought up to this one or refused, never guessed at.
FORMAT = 2


@dataclass
class _Standing:
    """Until when a model has learnt, how many rows it has left out by order, and why it does now."""

    learnt_until_ms: int
    left_out: int = 0
    frozen: str | None = None


class MemberModels:
    """A scorer, and how its models stand.

    The same batches and orders give the same state, to its last byte, wherever it was saved and read between.
    """

    def __init__(self, kind: Kind, state: State | None = None) -> None:
        held = state or {}
        self._kind, self._scorer = kind, kind.start(state)
        self._until_ms: int = held.get("until_ms", 0)
        told, none = held.get("standing", {}), {"learnt_until_ms": self._until_ms}
        self._standing = {model: _Standing(**told.get(model, none)) for model in kind.models}

    def score(self, rows: Rows, orders: Sequence[Order] = ()) -> list[Score]:
        """What there is to tell of each row, before it is learnt from.

        A model learns nothing of a batch if it was frozen at any moment of the stretch that ends with it.
        """
        since_ms, self._until_ms = rows.at_ms - self._kind.every_ms, rows.at_ms
        for model, standing in self._standing.items():
            own = [order for order in orders if order.model == model]
            standing.frozen = why_within(own, since_ms, rows.at_ms)
            if standing.frozen is None:
                standing.learnt_until_ms = rows.at_ms
            else:
                standing.left_out += len(rows)
        frozen = {model for model, standing in self._standing.items() if standing.frozen is not None}
        return self._scorer.score(rows, frozen)

    def summaries(self, packed: bytes) -> dict[str, dict[str, Any]]:
        """What is published of each model, `packed` being the state. None stands where a figure asks for a
        label that the model does not have."""
        told = self._scorer.told()
        return {name: self._summary(name, told[name], packed) for name in self._kind.models}

    def to_bytes(self) -> bytes:
        """The state; ValueError rather than a NaN in it."""
        state = {
            "scorer": self._kind.name,
            "declared": digest(self._kind),
            "until_ms": self._until_ms,
            "standing": {model: vars(standing) for model, standing in self._standing.items()},
            **self._scorer.state(),
        }
        return states.to_bytes(state, FORMAT)

    @classmethod
    def from_bytes(cls, kind: Kind, packed: bytes) -> MemberModels:
        """What `to_bytes` gave. Raises ValueError for another format, and for what another declaration
        learnt."""
        state = states.from_bytes(packed, FORMAT, {1: _without_orders})
        found, wanted = (state["scorer"], state["declared"]), (kind.name, digest(kind))
        if found != wanted:
            raise ValueError(f"this is a state of {found[0]} {found[1]}, not of {wanted[0]} {wanted[1]}")
        return cls(kind, state)

    def _summary(self, name: str, told: Mapping[str, Any], packed: bytes) -> dict[str, Any]:
        standing = self._standing[name]
        return {
            **dict.fromkeys(("log_loss", "base_log_loss", "auc", "ece", "positives")),
            "calibration": [],
            "slices": {},
            "learner": {},
            "version": told["examples"],
            **told,
            "learnt_until_ms": standing.learnt_until_ms,
            "seen_until_ms": self._until_ms,
            "refused": {"frozen": standing.left_out} if standing.left_out else {},
            "frozen": standing.frozen,
            "state_bytes": len(packed),
            "digest": blake2b(packed, digest_size=16).hexdigest(),
        }


def _without_orders(state: states.State) -> states.State:
    """From 1, in which models took no orders, to 2: each had learnt all that was there."""
    return state | {"standing": {}}
