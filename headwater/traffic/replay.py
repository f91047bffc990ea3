"""Ratings told as viewings: each is a play from the start, and a pause where the rating says they stopped.

People rate what they have watched, so the pause stands at the time of the rating and the play before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from operator import attrgetter
from random import Random
from typing import NamedTuple

from headwater.traffic.message import Message, Outcome, message
from headwater.traffic.population import Member, Title, make_member, make_title, who
from headwater.traffic.ratings import BEST, Rating
from schemas.codec import Record
from schemas.topics import DAY_MS, FUTURE_TOLERANCE_MS, LATENESS_HORIZON_MS

#: 2020-01-01: the rules take what is before for a clock in other units.
EARLIEST_MS = 1_577_836_800_000
#: And they take what is further ahead for a broken clock.


@dataclass(frozen=True)
class Timeline:
    """From when something happened to when it is sent, and to the event time that it is sent with.

    `speed` is how many times faster than life the replay runs, 0 for as fast as possible. With `shift_to_now`
    an event carries the time at which it is due, so that the last is as of now when it is sent; at speed 0,
    where all are due at once, times keep their distances and the last one is `start_ms`. Without it, events
    keep their own times.

    >>> Timeline(first_ms=0, last_ms=60_000, start_ms=900_000, speed=10, shift_to_now=True).event_ms(60_000)
    906000
    >>> Timeline(first_ms=0, last_ms=60_000, start_ms=900_000, speed=0, shift_to_now=True).event_ms(0)
    840000
    """

    first_ms: int
    last_ms: int
    start_ms: int
    speed: float
    shift_to_now: bool

    def due_ms(self, happened_ms: int) -> int:
        """When to send what happened then."""
        return self.start_ms + (int((happened_ms - self.first_ms) / self.speed) if self.speed else 0)

    def event_ms(self, happened_ms: int) -> int:
        """The event time to send it with."""
        if not self.shift_to_now:
            return happened_ms
        return self.due_ms(happened_ms) if self.speed else happened_ms + self.start_ms - self.last_ms


class Happening(NamedTuple):
    """One thing a user did: a play at position 0, or the pause that ended it."""

    event: str
    happened_ms: int
    position_ms: int
    rating: Rating


def replayed(ratings: Iterable[Rating], start_ms: int, speed: float, shift_to_now: bool) -> Iterator[Message]:
    """Two messages a rating, in the order of what happened; the same arguments give the same bytes.

    Ids are made of user and movie: of a pair that comes twice, the second is a duplicate.
    """
    happenings = sorted(chain.from_iterable(map(_viewing, ratings)), key=attrgetter("happened_ms"))
    if not happenings:
        return
    first_ms, last_ms = happenings[0].happened_ms, happenings[-1].happened_ms
    timeline = Timeline(first_ms, last_ms, start_ms, speed, shift_to_now)
    seen: set[str] = set()
    for happening in happenings:
        due_ms = timeline.due_ms(happening.happened_ms)
        record = _record(happening, timeline.event_ms(happening.happened_ms))
        outcome = expected(record["event_time"], due_ms)
        if outcome == "valid" and record["event_id"] in seen:
            outcome = "duplicate"
        seen.add(record["event_id"])
        yield message(happening.event, record, due_ms, outcome)


def expected(event_time: int, ingestion_ms: int) -> Outcome:
    """What becomes of a sound event of that time when it is ingested then."""
    if not EARLIEST_MS <= event_time <= ingestion_ms + FUTURE_TOLERANCE_MS:
        return "quarantined"
    return "late" if ingestion_ms - event_time > LATENESS_HORIZON_MS else "valid"


def _viewing(rating: Rating) -> tuple[Happening, Happening]:
    watched_ms = int(title_of(rating.movie).runtime_ms * rating.stars / BEST)
    ended_ms = rating.at_s * 1000
    return (
        Happening("play", ended_ms - watched_ms, 0, rating),
        Happening("pause", ended_ms, watched_ms, rating),
    )


def _record(happening: Happening, event_time: int) -> Record:
    rating = happening.rating
    member = _member(rating.user)
    day = rating.at_s * 1000 // DAY_MS
    record = {
        "event_id": f"ml-{rating.user}-{rating.movie}-{happening.event}",
        "event_time": event_time,
        **who(member, member.profiles[0], member.devices[0], f"ml-{rating.user}-{day}"),
        "title_id": f"t{rating.movie}",
        "position_ms": happening.position_ms,
        "runtime_ms": title_of(rating.movie).runtime_ms,
    }
    if happening.event == "play":
        record |= {"row": None, "rank": None, "autoplay": False}
    return record


@cache
def title_of(movie: int) -> Title:
    """The file tells no runtimes: one is made up, always the same for a movie."""
    return make_title(Random(f"title/{movie}"), f"t{movie}")


@cache
def _member(user: int) -> Member:
    return make_member(Random(f"member/{user}"), f"m{user}")
