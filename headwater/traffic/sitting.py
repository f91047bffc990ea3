"""One session as it unfolds: searches, pages of titles, a choice, its playback, and over again.

What a model can learn is in here: people are shown what is popular and to their taste, and take and finish by
the chances of `choice`.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from headwater.traffic import artwork, choice
from headwater.traffic.catalogue import SEARCH_SUFFIXES
from headwater.traffic.playback import Step, playback
from headwater.traffic.population import Member, Profile, Title, World, pick, who
from schemas.artwork import STYLES
from schemas.codec import Record
from schemas.topics import HOUR_MS, MINUTE_MS

#: The event types that sessions are made of.
MADE = ("play", "pause", "search", "hover", "rating", "seek", "impression", "playback_health", "session_end")

# A take has 1.8 plays on average. With these, hover : play : pause : search come as 5 : 2 : 2 : 1, and seven
# in ten of all events are of these types.
_SEARCHES = (0, 0, 1, 1, 2)
_MOST_HOVERS = 12
#: A page tells what came into sight first, and no more.
_MOST_IMPRESSIONS = 2

_TASTE_SHARE = 0.6
_AUTOPLAY_SHARE = 0.1
_LEAVE_SHARE, _GIVE_UP_SHARE = 0.3, 0.1
_FAR_SEARCH = 60
_TOP_ROWS, _LONGEST_ROW = 12, 40
#: How often the page looks for something that it has not shown in this session.
_LOOKS = 3


def sitting(
    rng: Random, world: World, member: Member, session_id: str, now_ms: int, run_s: float = 0.0
) -> Iterator[Step]:
    """The steps of one session until the member leaves; it begins at `now_ms`, `run_s` after traffic did.

    A hover that is taken is followed by the play of its title, which begins a viewing; after some viewings
    another begins by itself. Each pause follows a play of the same title, at a later position, and no
    position passes the runtime. What is looked at was shown before, though not all of it was told. The last
    step is the end of the session.
    """
    profile, device = pick(rng, member.profiles), pick(rng, member.devices)
    if world.turn_s is not None:
        profile = profile.drifted(run_s / world.turn_s)
    us = who(member, profile, device, session_id)
    ready = choice.readiness(device.device_type, (now_ms + member.utc_offset_min * MINUTE_MS) // HOUR_MS % 24)
    seen: set[str] = set()
    page, staying = "", True
    while staying:
        if not page:
            page = "home"
            for _ in range(pick(rng, _SEARCHES)):
                page = "search"
                query = pick(rng, profile.taste) + pick(rng, SEARCH_SUFFIXES)
                yield "search", {**us, "query": query, "results": int(rng.random() * _FAR_SEARCH)}, None
        row = int(rng.random() ** 2 * _TOP_ROWS)
        first = int(rng.random() ** 2 * (_LONGEST_ROW - _MOST_HOVERS))
        least = 1 + int(rng.random() * _MOST_IMPRESSIONS)
        titles = [_offered(rng, world, profile, seen, run_s) for _ in range(least)]
        for rank, title in enumerate(titles, first):
            place = {**us, "title_id": title.title_id, "row": row, "rank": rank}
            yield "impression", {**place, "page": page}, None
        taken = None
        for rank in range(first, first + 1 + int(rng.random() * _MOST_HOVERS)):
            title = (
                titles[rank - first] if rank - first < least else _offered(rng, world, profile, seen, run_s)
            )
            place = {**us, "title_id": title.title_id, "row": row, "rank": rank}
            dwell_ms = 200 + int(rng.expovariate(1 / 1_500)) % 60_000
            style = artwork.shown(rng, title)
            chance = choice.take(ready, profile, title, row, rank, style)
            yield "hover", {**place, "dwell_ms": dwell_ms, **_artwork(title, style)}, chance
            if rng.random() < chance:
                taken, origin = title, {"row": row, "rank": rank, "autoplay": False}
                break
        if taken is None:
            staying = rng.random() > _GIVE_UP_SHARE
            continue
        yield from playback(rng, us, profile, taken, origin)
        while rng.random() < _AUTOPLAY_SHARE:
            following = _offered(rng, world, profile, seen, run_s)
            yield from playback(rng, us, profile, following, {"row": None, "rank": None, "autoplay": True})
        page = ""
        staying = rng.random() > _LEAVE_SHARE
    yield "session_end", us, None


def _artwork(title: Title, style: str) -> Record:
    return {
        "artwork_id": title.artworks[STYLES.index(style)],
        "artwork": style,
        "artwork_propensity": artwork.propensity(title, style),
    }


def _offered(rng: Random, world: World, profile: Profile, seen: set[str], run_s: float) -> Title:
    """What the page shows next: mostly to the taste of the profile, else what is popular; of what has come
    out, and as a rule nothing twice."""
    shelf = world.shelf
    if rng.random() < _TASTE_SHARE:
        shelf = world.genre_shelves.get(pick(rng, profile.taste), shelf)
    for _ in range(_LOOKS):
        title = shelf.pick(rng)
        if title.title_id not in seen and title.since_s <= run_s:
            break
    else:
        title = title if title.since_s <= run_s else world.titles[0]
    seen.add(title.title_id)
    return title
