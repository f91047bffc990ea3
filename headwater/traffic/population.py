"""The seeded world that traffic comes from: members with tastes, and titles with popularity and quality.

Popularity follows Zipf's law, as demand for video does (Cha et al., "I Tube, You Tube, Everybody Tubes",
IMC 2007): the title of rank r is picked with a weight of 1/r.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from math import cos, pi, sin
from random import Random
from typing import Any, TypeVar

from headwater.traffic.catalogue import APP_VERSIONS, COUNTRIES, DEVICE_TYPES, GENRES
from headwater.traffic.leaving import Leaving
from schemas import titles as schema
from schemas.artwork import STYLES
from schemas.topics import MINUTE_MS

T = TypeVar("T")

SHORTEST_MIN, LONGEST_MIN = 20, 180
_FAVOURITES = 3
#: How far off, in the list of genres, is the one whose affinity another drifts to.
_DRIFTS_BY = 5


@dataclass(frozen=True)
class Title:
    """A film or episode. Nobody is told its `quality`, which is standard normal over all titles; it comes
    out `since_s` seconds after traffic has begun. `artworks` are one of each of `schemas.artwork.STYLES`,
    and `style` is that of its usual one."""

    title_id: str
    genres: frozenset[str]
    runtime_ms: int
    artworks: tuple[str, ...]
    quality: float = 0.0
    style: str = STYLES[0]
    since_s: float = 0.0


@dataclass(frozen=True)
class Profile:
    """A person within a household, whom nobody is told the `affinity` of, to each genre: standard normal."""

    profile_id: str
    affinity: Mapping[str, float]

    @cached_property
    def taste(self) -> tuple[str, ...]:
        """The genres they like best."""
        return tuple(sorted(self.affinity, key=self.affinity.__getitem__, reverse=True)[:_FAVOURITES])

    def likes(self, title: Title) -> bool:
        """Whether a title is of a genre that they like best."""
        return not title.genres.isdisjoint(self.taste)

    def fondness(self, title: Title) -> float:
        """The mean of their affinities to the genres of a title.

        >>> both = Title("t", frozenset({"crime", "drama"}), 1, ())
        >>> Profile("p", {"crime": 1.0, "drama": 0.0}).fondness(both)
        0.5
        """
        genres = title.genres
        return sum(map(self.affinity.__getitem__, genres)) / len(genres) if genres else 0.0

    def drifted(self, turns: float) -> Profile:
        """The same person with a taste that has turned: after one turn it is what it was, after a quarter it
        has nothing to do with that, and at any time it is distributed alike."""
        now, then = cos(2 * pi * turns), sin(2 * pi * turns)
        other = [self.affinity[genre] for genre in (*GENRES[_DRIFTS_BY:], *GENRES[:_DRIFTS_BY])]
        mixed = {g: now * self.affinity[g] + then * o for g, o in zip(GENRES, other, strict=True)}
        return Profile(self.profile_id, mixed)


@dataclass(frozen=True)
class Device:
    """A device and the client on it."""

    device_id: str
    device_type: str
    app_version: str


@dataclass(frozen=True)
class Member:
    """A paying account. It has at least one profile and one device."""

    member_id: str
    country: str
    utc_offset_min: int
    profiles: tuple[Profile, ...]
    devices: tuple[Device, ...]


@dataclass(frozen=True)
class Shelf:
    """Titles to pick from, the most popular first."""

    titles: tuple[Title, ...]

    @cached_property
    def _cumulative(self) -> list[float]:
        return list(accumulate(1 / rank for rank in range(1, len(self.titles) + 1)))

    def pick(self, rng: Random) -> Title:
        """A title by popularity."""
        return self.titles[bisect(self._cumulative, rng.random() * self._cumulative[-1])]


@dataclass(frozen=True)
class World:
    """Everyone and everything; the order of `titles` is their popularity. Tastes turn once in `turn_s`
    seconds, or never; nobody leaves without `leaving`."""

    members: tuple[Member, ...]
    titles: tuple[Title, ...]
    turn_s: float | None = None
    leaving: Leaving | None = None

    @cached_property
    def shelf(self) -> Shelf:
        """All titles."""
        return Shelf(self.titles)

    @cached_property
    def genre_shelves(self) -> dict[str, Shelf]:
        """The titles of each genre that has any."""
        by_genre = {g: Shelf(tuple(t for t in self.titles if g in t.genres)) for g in GENRES}
        return {genre: shelf for genre, shelf in by_genre.items() if shelf.titles}

    @cached_property
    def by_country(self) -> dict[str, tuple[Member, ...]]:
        """The members of each country that has any."""
        by_code = {c.code: tuple(m for m in self.members if m.country == c.code) for c in COUNTRIES}
        return {code: members for code, members in by_code.items() if members}


def make_world(
    rng: Random,
    members: int,
    titles: int,
    new_titles: int = 0,
    within_s: float = 0.0,
    turn_s: float | None = None,
) -> World:
    """A world of that many members `m00001…` and titles `t00001…`; the same for the same state of `rng`.

    After those, `new_titles` more come out evenly over `within_s` seconds, of any popularity.

    >>> world = make_world(Random(7), members=3, titles=2)
    >>> [m.member_id for m in world.members], [t.title_id for t in world.titles]
    (['m00001', 'm00002', 'm00003'], ['t00001', 't00002'])
    """
    people = tuple(make_member(rng, f"m{n:05}") for n in range(1, members + 1))
    shelf = [make_title(rng, f"t{n:05}") for n in range(1, titles + 1)]
    for n in range(1, new_titles + 1):
        new = replace(make_title(rng, f"t{titles + n:05}"), since_s=within_s * n / (new_titles + 1))
        shelf.insert(rng.randint(1, len(shelf)), new)
    return World(people, tuple(shelf), turn_s)


def make_member(rng: Random, member_id: str) -> Member:
    """A member with one to four profiles and at least one device."""
    country = rng.choices(COUNTRIES, [c.weight for c in COUNTRIES])[0]
    profiles = tuple(
        Profile(f"{member_id}-p{n}", {genre: rng.gauss() for genre in GENRES})
        for n in range(rng.choices((1, 2, 3, 4), (4, 3, 2, 1))[0])
    )
    kinds = [kind for kind, in_ten in DEVICE_TYPES.items() if rng.random() * 10 < in_ten] or ["web"]
    devices = tuple(Device(f"{member_id}-{kind}", kind, _weighted(rng, APP_VERSIONS)) for kind in kinds)
    return Member(member_id, country.code, pick(rng, country.utc_offsets_min), profiles, devices)


def make_title(rng: Random, title_id: str) -> Title:
    """A title of one to three genres that runs for 20 to 180 minutes."""
    return Title(
        title_id,
        genres=frozenset(rng.sample(GENRES, rng.choice((1, 2, 2, 3)))),
        runtime_ms=rng.randint(SHORTEST_MIN, LONGEST_MIN) * MINUTE_MS,
        artworks=tuple(f"{title_id}-{style}" for style in STYLES),
        quality=rng.gauss(),
        style=pick(rng, STYLES),
    )


def catalogued(titles: Iterable[Title]) -> Iterator[schema.Title]:
    """Titles as the catalogue tells of them."""
    return (schema.Title(t.title_id, tuple(sorted(t.genres)), t.runtime_ms) for t in titles)


def who(member: Member, profile: Profile, device: Device, session_id: str) -> dict[str, Any]:
    """The fields that all events of a session share."""
    return {
        "member_id": member.member_id,
        "profile_id": profile.profile_id,
        "session_id": session_id,
        "device_id": device.device_id,
        "device_type": device.device_type,
        "country": member.country,
        "app_version": device.app_version,
        "utc_offset_min": member.utc_offset_min,
    }


def pick(rng: Random, among: Sequence[T]) -> T:
    """One of `among`, each as likely: a fifth of the cost of `rng.choice`, which the bench would pay for."""
    return among[int(rng.random() * len(among))]


def _weighted(rng: Random, weights: dict[str, int]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]
