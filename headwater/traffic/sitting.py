"""One session as it unfolds: searches, a page of titles, a choice, its playback, and over again.

What a model can learn is in here: people choose and finish what is to their taste, and look at the top of
the page more than at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from headwater.traffic.catalogue import SEARCH_SUFFIXES
from headwater.traffic.playback import Step, playback
from headwater.traffic.population import Member, Profile, Title, World, pick, who

#: The event types that sessions are made of.
MADE = ("play", "pause", "search", "hover", "rating", "seek", "impression", "playback_health", "session_end")

# A round has 1.6 plays on average. With these, hover : play : pause : search come as 5 : 2 : 2 : 1, and seven
# in ten of all events are of these types.
_SEARCHES = (0, 0, 1, 1, 2)
_MOST_HOVERS = 7
#: A page tells what came into sight first, and no more.
_MOST_IMPRESSIONS = 3

_TASTE_SHARE = 0.6
_AUTOPLAY_SHARE = 0.1
_LEAVE_SHARE = 0.3
_FAR_SEARCH = 60
_TOP_ROWS, _LONGEST_ROW = 12, 40


def sitting(rng: Random, world: World, member: Member, session_id: str) -> Iterator[Step]:
    """The steps of one session until the member leaves.

    Each pause follows a play of the same title, at a later position, and no position passes the runtime. What
    is looked at was shown before, though not all of it was told. The last step is the end of the session.
    """
    profile = pick(rng, member.profiles)
    us = who(member, profile, pick(rng, member.devices), session_id)
    staying = True
    while staying:
        searches = pick(rng, _SEARCHES)
        for _ in range(searches):
            query = pick(rng, profile.taste) + pick(rng, SEARCH_SUFFIXES)
            yield "search", {**us, "query": query, "results": int(rng.random() * _FAR_SEARCH)}
        row = int(rng.random() ** 2 * _TOP_ROWS)
        first = int(rng.random() ** 2 * (_LONGEST_ROW - _MOST_HOVERS))
        chosen, chosen_rank = _offered(rng, world, profile), first
        shown = [_offered(rng, world, profile) for _ in range(1 + int(rng.random() * _MOST_HOVERS))]
        page = "search" if searches else "home"
        places = [{**us, "title_id": t.title_id, "row": row, "rank": r} for r, t in enumerate(shown, first)]
        for place in places[: 1 + int(rng.random() * _MOST_IMPRESSIONS)]:
            yield "impression", {**place, "page": page}
        for rank, (title, place) in enumerate(zip(shown, places, strict=True), first):
            dwell_ms = 200 + int(rng.expovariate(1 / 1_500)) % 60_000
            yield "hover", {**place, "dwell_ms": dwell_ms, "artwork_id": pick(rng, title.artworks)}
            if rank == first or profile.likes(title):
                chosen, chosen_rank = title, rank
        autoplay = rng.random() < _AUTOPLAY_SHARE
        if autoplay:
            chosen = _offered(rng, world, profile)
        origin = {"row": None, "rank": None} if autoplay else {"row": row, "rank": chosen_rank}
        yield from playback(rng, us, profile, chosen, {**origin, "autoplay": autoplay})
        staying = rng.random() > _LEAVE_SHARE
    yield "session_end", us


def _offered(rng: Random, world: World, profile: Profile) -> Title:
    """What the page shows next: mostly to the taste of the profile, else what is popular."""
    if rng.random() < _TASTE_SHARE:
        shelf = world.genre_shelves.get(pick(rng, profile.taste), world.shelf)
        return shelf.pick(rng)
    return world.shelf.pick(rng)
