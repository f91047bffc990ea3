"""What is sent, and what should become of it."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from headwater.traffic.sessions import Happening
from schemas.codec import Record, encode

#: Where an event should end. Every event ends in exactly one of these.
Outcome = Literal["valid", "quarantined", "duplicate", "late"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class Misdeed(NamedTuple):
    """What a rule over many events should tell: which rule, of whom, and at which event."""

    name: str
    rule: str
    key: str
    at_ms: int
    event_id: str

    @classmethod
    def at(cls, name: str, rule: str, key: str, record: Record) -> Misdeed:
        """At an event, by the column that is the key of the rule."""
        return cls(name, rule, record[key], record["event_time"], record["event_id"])


class Message(NamedTuple):
    """One Kafka record to be, with the truth about it.

    `due_ms` is when to send it; `fault` is the name of what was done to it, None for plain traffic; `record`
    is what the value says or, when it cannot be read, what it was made from; `misdeed` is what it completes.
    `chance` is the probability of what nobody is told: that this hover is taken, or this viewing completed.
    """

    event: str
    key: bytes | None
    value: bytes | None
    due_ms: int
    record: Record
    outcome: Outcome = "valid"
    fault: str | None = None
    misdeed: Misdeed | None = None
    chance: float | None = None


def message(event: str, record: Record, due_ms: int, outcome: Outcome = "valid") -> Message:
    """The message of a record: keyed by its member, so that a member's events keep their order."""
    return Message(event, record["member_id"].encode(), encode(event, record), due_ms, record, outcome)


def plain(happening: Happening) -> Message:
    """A message as it should be, due at its event time."""
    event, record, chance = happening
    key, value = record["member_id"].encode(), encode(event, record)
    return Message(event, key, value, record["event_time"], record, chance=chance)
