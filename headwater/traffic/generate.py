"""Traffic made to measure: a seeded world, its sessions, faults and misconduct among them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from random import Random

from headwater.traffic.disturb import disturb
from headwater.traffic.message import Message, plain
from headwater.traffic.misconduct import misbehave
from headwater.traffic.population import World
from headwater.traffic.scored import scored
from headwater.traffic.servers import served
from headwater.traffic.sessions import happenings
from headwater.traffic.sitting import MADE


def traffic(
    world: World,
    rate_per_s: int,
    seconds: int,
    start_ms: int,
    seed: int,
    fault_rate: float = 0.0,
    misconduct: float = 0.0,
    servers: bool = False,
    only: Collection[str] = MADE,
    scores: bool = False,
) -> Iterator[Message]:
    """`rate_per_s * seconds` messages of the types `only`, in the order in which they are due, and on top of
    them duplicates, the events of misconduct, with `servers` their record of each play, and `scores` of some.

    The same arguments give the same bytes. The truth about misconduct is exact where there are no faults: a
    play that a fault spoils leaves a pause without one.
    """
    sound = map(plain, happenings(world, rate_per_s, seconds, start_ms, seed, only))
    mixed = misbehave(sound, misconduct, Random(f"misconduct/{seed}"))
    if servers:
        mixed = served(mixed, misconduct, Random(f"servers/{seed}"))
    if scores:
        mixed = scored(mixed, Random(f"scores/{seed}"))
    return disturb(mixed, fault_rate, Random(f"faults/{seed}"))
