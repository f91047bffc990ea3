"""Faults scattered over plain traffic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from random import Random

from headwater.traffic.fault import Fault
from headwater.traffic.faults import CATALOGUE
from headwater.traffic.message import Message
from headwater.traffic.population import pick
from schemas.events import EVENT_NAMES

_KINDS = {event: tuple(f for f in CATALOGUE if event in f.on) for event in EVENT_NAMES}


def disturb(messages: Iterable[Message], fault_rate: float, rng: Random) -> Iterator[Message]:
    """The messages, each one spoilt with probability `fault_rate` by a kind that fits its event type.

    What is amiss already stays as it is. A spoilt message takes the place of the sound one; a duplicate comes
    on top of it, later. The order is by `due_ms`, as in `messages`.
    """
    if not fault_rate:
        yield from messages
        return
    again: list[tuple[int, int, Message]] = []
    for n, message in enumerate(messages):
        while again and again[0][0] <= message.due_ms:
            yield heappop(again)[-1]
        if message.fault is not None or rng.random() >= fault_rate:
            yield message
            continue
        fault = pick(rng, _KINDS[message.event])
        spoilt = apply(fault, rng, message)
        if fault.outcome == "duplicate":
            yield message
            heappush(again, (spoilt.due_ms, n, spoilt))
        else:
            yield spoilt
    while again:
        yield heappop(again)[-1]


def apply(fault: Fault, rng: Random, message: Message) -> Message:
    """The message with the fault in it, and marked with what should become of it."""
    return fault.spoil(rng, message)._replace(outcome=fault.outcome, fault=fault.name)
