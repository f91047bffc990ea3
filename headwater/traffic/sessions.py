"""Many sessions at once, as one stream of events in the order of their times.

A demonstration lasts a minute and a session an hour, so the stream starts in a steady state, with sessions in
all phases, and playback is in time lapse: positions advance as they would in an evening while seconds pass.
"""

from __future__ import annotations

from bisect import bisect
from collections import deque
from collections.abc import Collection, Iterator
from itertools import accumulate, count, islice
from random import Random

from headwater.traffic.catalogue import ACTIVITY, COUNTRIES
from headwater.traffic.playback import Step
from headwater.traffic.population import Member, World, pick
from headwater.traffic.sitting import MADE, sitting
from schemas.codec import Record
from schemas.topics import HOUR_MS

#: An event type and a whole record of it.
Event = tuple[str, Record]
#: The same, and what nobody is told: the probability of a Step.
Happening = tuple[str, Record, float | None]

#: Mean time between two events of one session.
GAP_S = 3
#: Steps that a session may have behind it when the stream starts.
_LONGEST_PAST = 12


def events(
    world: World, rate_per_s: int, seconds: int, start_ms: int, seed: int, only: Collection[str] = MADE
) -> Iterator[Event]:
    """Exactly `rate_per_s * seconds` events; `event_time` never falls, and spreads evenly from `start_ms`.

    The same arguments give the same events. Ids hold `start_ms` and `seed`, so that runs do not collide.
    A member is in one session at a time. Every pause follows the play that it ends. Only the types `only` are
    told, of which one at least must be of MADE; the other steps of a session happen all the same.
    """
    for event, record, _ in happenings(world, rate_per_s, seconds, start_ms, seed, only):
        yield event, record


def happenings(
    world: World, rate_per_s: int, seconds: int, start_ms: int, seed: int, only: Collection[str] = MADE
) -> Iterator[Happening]:
    """The same events, and the probabilities that people went by."""
    rng = Random(f"{seed}/{start_ms}")
    run = f"{start_ms:x}-{seed:x}"
    crowd = Crowd(rng, world, run, start_ms, size=max(1, min(rate_per_s * GAP_S, len(world.members) // 2)))
    crowd.settle()
    for n in range(rate_per_s * seconds):
        event_time = start_ms + int((n + rng.random()) * 1000 / rate_per_s)
        event, record, chance = crowd.step(event_time)
        while event not in only:
            event, record, chance = crowd.step(event_time)
        record["event_id"] = f"{run}-{n:x}"
        record["event_time"] = event_time
        yield event, record, chance


class Crowd:
    """A constant number of sessions; whoever leaves is replaced by someone for whom it is a likely hour."""

    def __init__(self, rng: Random, world: World, run: str, start_ms: int, size: int) -> None:
        self._rng = rng
        self._world = world
        self._run = run
        self._start_ms = start_ms
        self._size = size
        self._serial = count()
        self._busy: set[str] = set()
        self._households = tuple(world.by_country.values())
        self._awake = [_awake(world, hour) for hour in range(24)]
        self._sittings: list[tuple[Member, Iterator[Step]]] = []

    def settle(self) -> None:
        """Fill up with sessions in all phases, none of them between a play and its pause."""
        for _ in range(self._size):
            member, steps = self._arrive(self._start_ms)
            behind = deque(islice(steps, int(self._rng.random() * _LONGEST_PAST)), maxlen=1)
            if behind and behind[0][0] == "play":
                next(steps)
            self._sittings.append((member, steps))

    def step(self, now_ms: int) -> Step:
        """The next step of some session."""
        place = int(self._rng.random() * self._size)
        member, steps = self._sittings[place]
        for step in steps:
            return step
        self._busy.discard(member.member_id)
        member, steps = self._sittings[place] = self._arrive(now_ms)
        return next(steps)

    def _arrive(self, now_ms: int) -> tuple[Member, Iterator[Step]]:
        awake = self._awake[now_ms // HOUR_MS % 24]
        run_s = (now_ms - self._start_ms) / 1_000
        member = self._someone(awake)
        while member.member_id in self._busy or not self._comes(member, run_s):
            member = self._someone(awake)
        self._busy.add(member.member_id)
        session_id = f"s-{self._run}-{next(self._serial):x}"
        return member, sitting(self._rng, self._world, member, session_id, now_ms, run_s)

    def _comes(self, member: Member, run_s: float) -> bool:
        leaving = self._world.leaving
        return leaving is None or leaving.comes(member.member_id, run_s, self._rng.random())

    def _someone(self, awake: list[int]) -> Member:
        return pick(self._rng, self._households[bisect(awake, self._rng.random() * awake[-1])])


def _awake(world: World, utc_hour: int) -> list[int]:
    """Running totals, over the countries of `world.by_country`, of how many members are up at that hour."""
    offset_h = {c.code: c.utc_offsets_min[0] // 60 for c in COUNTRIES}
    return list(
        accumulate(
            len(members) * ACTIVITY[(utc_hour + offset_h[code]) % 24]
            for code, members in world.by_country.items()
        )
    )
