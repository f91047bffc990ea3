"""The catalogue of titles: the records of the topic `titles`, which keeps the last of each key.

The key is the id of the title; a record without a value takes it out again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from schemas.events import Column
from schemas.json_lines import json_object
from schemas.quality import Json

MAX_ID_CHARS = 64
#: The genres of a title travel in a header of each of its events, with commas between them.
MAX_GENRES, MAX_GENRE_CHARS = 32, 64
SEPARATOR = ","
#: That header, and the column that views may read like any other of an event that has a title: null where the
#: title is not in the catalogue, or has no genres there.
GENRES = Column("genres", "string", nullable=True)
_FIELDS = "give title_id, genres and runtime_ms"


@dataclass(frozen=True)
class Title(Json):
    """A title that members can play; one whose runtime is None has none, such as a live stream.

    >>> Title.from_json(b'{"title_id": "t1", "genres": ["noir"], "runtime_ms": 5400000}')
    Title(title_id='t1', genres=('noir',), runtime_ms=5400000)
    """

    title_id: str
    genres: tuple[str, ...] = ()
    runtime_ms: int | None = None

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """What `to_json` told. Raises ValueError that names what is wrong, for any other bytes."""
        return cls.of(json_object(text, _FIELDS))

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """One of these fields; the others may be left out. Raises ValueError."""
        if unknown := sorted(set(told) - {"title_id", "genres", "runtime_ms"}):
            raise ValueError(f"{unknown[0]} is no field: {_FIELDS}")
        title_id, genres, runtime_ms = told.get("title_id"), told.get("genres", ()), told.get("runtime_ms")
        if not isinstance(title_id, str) or not 1 <= len(title_id) <= MAX_ID_CHARS:
            raise ValueError(f"title_id is {title_id!r}: give 1 to {MAX_ID_CHARS} characters")
        if (
            not isinstance(genres, list | tuple)
            or len(genres) > MAX_GENRES
            or not all(map(_is_genre, genres))
        ):
            raise ValueError(
                f"genres is {genres!r}: give a list of at most {MAX_GENRES} texts of 1 to {MAX_GENRE_CHARS}"
                " characters without commas"
            )
        if runtime_ms is not None and (type(runtime_ms) is not int or not 0 < runtime_ms < 1 << 53):
            raise ValueError(f"runtime_ms is {runtime_ms!r}: give milliseconds, or null")
        return cls(title_id, tuple(genres), runtime_ms)


def _is_genre(told: Any) -> bool:
    return isinstance(told, str) and 1 <= len(told) <= MAX_GENRE_CHARS and SEPARATOR not in told


def read(key: bytes | None, value: bytes | None) -> tuple[str, Title | None]:
    """The id of a record of the topic, and its title; None where it takes that out. Raises ValueError.

    >>> read(b"t1", b'{"title_id": "t1"}'), read(b"t1", None)
    (('t1', Title(title_id='t1', genres=(), runtime_ms=None)), ('t1', None))
    """
    title_id = (key or b"").decode()
    title = Title.from_json(value) if value else None
    if title is not None and title.title_id != title_id:
        raise ValueError(f"its title_id is {title.title_id!r}: give the key")
    return title_id, title
