"""A kind of fault, and two ways to make one: of the bytes of a message, or of its fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from headwater.traffic.message import Message, Outcome, message
from schemas.codec import Record
from schemas.events import EVENT_NAMES

#: What changes of a record: given chance, its event type, and the sound record.
Change = Callable[[Random, str, Record], Record]


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    `spoil(rng, message)` gives what is sent in the place of a sound message. `reasons` are those of
    `schemas.codec`, or names of row rules: what is spoilt carries at least one of them, where the gate has
    the catalogue of the world's titles.
    """

    name: str
    what: str
    outcome: Outcome
    spoil: Callable[[Random, Message], Message]
    reasons: tuple[str, ...] = ()
    on: tuple[str, ...] = EVENT_NAMES


def of_bytes(name: str, reason: str, what: str, change: Callable[[Random, Message], bytes | None]) -> Fault:
    """What should be set aside for a `reason` of the codec: other bytes in the place of the value."""
    return Fault(
        name, what, "quarantined", lambda rng, m: m._replace(value=change(rng, m)), reasons=(reason,)
    )


def of_fields(
    name: str,
    reasons: tuple[str, ...],
    what: str,
    change: Change,
    outcome: Outcome = "quarantined",
    on: tuple[str, ...] = EVENT_NAMES,
) -> Fault:
    """What is still an event, with some fields of other values."""

    def spoil(rng: Random, sound: Message) -> Message:
        record = {**sound.record, **change(rng, sound.event, sound.record)}
        return message(sound.event, record, sound.due_ms)._replace(chance=sound.chance)

    return Fault(name, what, outcome, spoil, reasons, on)
