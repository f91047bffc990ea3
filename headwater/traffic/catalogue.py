"""What the seeded world is drawn from: countries, devices, versions, genres and the words people search."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Country:
    """Share of the members, and the clocks they live by: minutes to add to UTC, the most usual first.

    Clocks are those of winter, all the year round.
    """

    code: str
    weight: int
    utc_offsets_min: tuple[int, ...]


COUNTRIES: tuple[Country, ...] = (
    Country("US", 30, (-360, -300, -420, -480)),
    Country("BR", 11, (-180, -240)),
    Country("GB", 9, (0,)),
    Country("IN", 8, (330,)),
    Country("DE", 7, (60,)),
    Country("JP", 6, (540,)),
    Country("FR", 6, (60,)),
    Country("MX", 6, (-360, -420, -480)),
    Country("KR", 4, (540,)),
    Country("CA", 4, (-300, -240, -360, -420, -480)),
    Country("ES", 4, (60,)),
    Country("AU", 3, (600, 570, 480)),
    Country("NG", 1, (60,)),
    Country("NZ", 1, (720,)),
)

#: How active people are at each hour of their own day: few at four in the morning, most at nine at night.
ACTIVITY: tuple[int, ...] = (6, 4, 2, 1, 1, 1, 2, 4, 5, 5, 5, 6, 8, 8, 7, 7, 8, 10, 13, 16, 19, 20, 16, 10)

#: The types the rules allow, and how many members out of ten have one.
DEVICE_TYPES: dict[str, int] = {"tv": 8, "phone": 7, "tablet": 3, "web": 4}

#: Versions in use, and their weights: most clients update within weeks.
APP_VERSIONS: dict[str, int] = {"8.12.0": 12, "8.11.2": 5, "8.11.0": 2, "8.9.4": 1}

GENRES: tuple[str, ...] = (
    "action",
    "animation",
    "comedy",
    "crime",
    "documentary",
    "drama",
    "family",
    "horror",
    "romance",
    "science fiction",
    "thriller",
    "western",
)

SEARCH_SUFFIXES: tuple[str, ...] = ("", " films", " series", " new", " for kids", " 2024")
