"""One session as it unfolds: searches, impressions, a choice, playback in stretches, and over again.

What a model can learn is in here: people choose and finish what is to their taste, and look at the top of
the page more than at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from headwater.traffic.catalogue import SEARCH_SUFFIXES
from headwater.traffic.population import Member, Profile, Title, World, pick, who
from schemas.codec import Record

#: An event type and its fields, all but `event_id` and `event_time`.
Step = tuple[str, Record]

# A round has 1.6 plays on average. With these, hover : play : pause : search come as 5 : 2 : 2 : 1.
_STRETCHES = (1,) * 11 + (2,) * 6 + (3,) * 3
_SEARCHES = (0, 0, 1, 1, 2)
_MOST_HOVERS = 7

_TASTE_SHARE = 0.6
_AUTOPLAY_SHARE = 0.1
_RESUMED_SHARE = 0.2
_FINISHED_SHARE = 0.95
_LEAVE_SHARE = 0.3
_FAR_SEARCH = 60
_TOP_ROWS, _LONGEST_ROW = 12, 40


def sitting(rng: Random, world: World, member: Member, session_id: str) -> Iterator[Step]:
    """The steps of one session until the member leaves.

    Each pause follows a play of the same title, at a later position, and no position passes the runtime.
    """
    profile = pick(rng, member.profiles)
    us = who(member, profile, pick(rng, member.devices), session_id)
    staying = True
    while staying:
        for _ in range(pick(rng, _SEARCHES)):
            query = pick(rng, profile.taste) + pick(rng, SEARCH_SUFFIXES)
            yield "search", {**us, "query": query, "results": int(rng.random() * _FAR_SEARCH)}
        row = int(rng.random() ** 2 * _TOP_ROWS)
        first = int(rng.random() ** 2 * (_LONGEST_ROW - _MOST_HOVERS))
        chosen, chosen_rank = _offered(rng, world, profile), first
        for rank in range(first, first + 1 + int(rng.random() * _MOST_HOVERS)):
            title = _offered(rng, world, profile)
            yield (
                "hover",
                {
                    **us,
                    "title_id": title.title_id,
                    "dwell_ms": 200 + int(rng.expovariate(1 / 1_500)) % 60_000,
                    "row": row,
                    "rank": rank,
                    "artwork_id": pick(rng, title.artworks),
                },
            )
            if rank == first or _liked(title, profile):
                chosen, chosen_rank = title, rank
        autoplay = rng.random() < _AUTOPLAY_SHARE
        if autoplay:
            chosen = _offered(rng, world, profile)
        origin = {"row": None, "rank": None} if autoplay else {"row": row, "rank": chosen_rank}
        yield from _playback(rng, us, profile, chosen, {**origin, "autoplay": autoplay})
        staying = rng.random() > _LEAVE_SHARE


def _playback(rng: Random, us: Record, profile: Profile, title: Title, origin: Record) -> Iterator[Step]:
    runtime_ms = title.runtime_ms
    share = rng.random() ** (0.3 if _liked(title, profile) else 2.0)
    last_ms = runtime_ms if share > _FINISHED_SHARE else int(share * runtime_ms)
    position_ms = int(last_ms * rng.random()) if rng.random() < _RESUMED_SHARE else 0
    what = {**us, "title_id": title.title_id, "runtime_ms": runtime_ms}
    for left in range(pick(rng, _STRETCHES), 0, -1):
        yield "play", {**what, **origin, "position_ms": position_ms}
        position_ms += (last_ms - position_ms) // left
        yield "pause", {**what, "position_ms": position_ms}


def _offered(rng: Random, world: World, profile: Profile) -> Title:
    """What the page shows next: mostly to the taste of the profile, else what is popular."""
    if rng.random() < _TASTE_SHARE:
        shelf = world.genre_shelves.get(pick(rng, profile.taste), world.shelf)
        return shelf.pick(rng)
    return world.shelf.pick(rng)


def _liked(title: Title, profile: Profile) -> bool:
    return not title.genres.isdisjoint(profile.taste)
