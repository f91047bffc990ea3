"""A few events of each kind of fault, and sound ones: what rules may be tried on without a stream."""

from __future__ import annotations

from random import Random

from headwater.traffic.disturb import apply
from headwater.traffic.faults import CATALOGUE
from headwater.traffic.generate import traffic
from headwater.traffic.message import Message
from headwater.traffic.population import make_world

_START_MS = 1_780_000_000_000
#: Big enough that every event type has that many.
_RATE_PER_S, _SECONDS = 200, 20


def spoilt(event: str, each: int, seed: int = 0) -> list[Message]:
    """`each` sound messages of an event type, and as many of every kind of fault that it may have.

    The same arguments give the same messages. An oversize one is a MiB, so that kind is left out.
    """
    world = make_world(Random(seed), members=200, titles=50)
    sent = traffic(world, _RATE_PER_S, _SECONDS, _START_MS, seed, servers=True, scores=True)
    plain = [m for m in sent if m.event == event][:each]
    kinds = [fault for fault in CATALOGUE if event in fault.on and fault.name != "oversize"]
    rng = Random(seed)
    return plain + [apply(fault, rng, sound) for fault in kinds for sound in plain]
