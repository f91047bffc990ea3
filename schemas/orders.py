"""Orders to online models: the records of the topic `models`, which keeps them all.

What a model does follows from orders by the time of events and not of clocks, so that who learns again from
the log does the same again. A stretch in which it is frozen begins with one order and ends with another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from schemas.json_lines import json_object
from schemas.quality import Json

Action = Literal["freeze", "unfreeze", "rollback", "promote", "forget"]
#: Who orders when a person does.
HAND = "hand"


@dataclass(frozen=True)
class Order(Json):
    """From `at_ms` (event time) on: learn nothing, learn again, go back to the last good version, take the
    challenger, or let go of what is kept for a `member` alone. A model is frozen as long as anybody has it
    so: `by` is HAND or the name of a condition."""

    model: str
    action: Action
    at_ms: int
    by: str
    reason: str
    member: str = ""

    @property
    def key(self) -> bytes:
        """Of the record: told again, an order is the same one."""
        of = f"/{self.member}" if self.member else ""
        return f"{self.model}/{self.action}/{self.at_ms}/{self.by}{of}".encode()


def read(value: bytes | None) -> Order:
    """The order of a record of the topic. Raises ValueError for what tells none.

    >>> order = Order("take", "freeze", 1_780_000_000_000, HAND, "")
    >>> read(order.to_json()) == order
    True
    """
    told = {"member": "", **json_object(value or b"", "give an order")}
    wanted = {"model": str, "action": str, "at_ms": int, "by": str, "reason": str, "member": str}
    for name, kind in wanted.items():
        if type(told.get(name)) is not kind:
            raise ValueError(f"{name} is {told.get(name)!r}: give {kind.__name__}")
    if told["action"] not in get_args(Action):
        raise ValueError(f"action is {told['action']!r}: use one of {', '.join(get_args(Action))}")
    return Order.of({name: told[name] for name in wanted})
