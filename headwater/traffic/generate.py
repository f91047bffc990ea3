"""Traffic made to measure: a seeded world, its sessions, and faults among them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from headwater.traffic.disturb import disturb
from headwater.traffic.message import Message, plain
from headwater.traffic.population import World
from headwater.traffic.sessions import events


def traffic(
    world: World, rate_per_s: int, seconds: int, start_ms: int, seed: int, fault_rate: float = 0.0
) -> Iterator[Message]:
    """`rate_per_s * seconds` messages, and the duplicates on top of them, in the order in which they are due.

    The same arguments give the same bytes.
    """
    sound = map(plain, events(world, rate_per_s, seconds, start_ms, seed))
    return disturb(sound, fault_rate, Random(f"faults/{seed}"))
