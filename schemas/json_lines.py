"""Lines of JSON, one object each: what they tell, and which of them tell nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson

T = TypeVar("T")


@dataclass(frozen=True)
class Lines(Generic[T]):
    """What lines tell, by their number from 1; why others tell nothing. Empty lines are neither."""

    told: dict[int, T]
    bad: dict[int, str]

    @classmethod
    def of(cls, lines: Iterable[bytes], read: Callable[[bytes], T]) -> Lines[T]:
        """Read each line; `read` raises ValueError for one that tells nothing.

        >>> found = Lines.of([b'{"a": 1}', b"", b"3"], lambda line: json_object(line, "give a"))
        >>> found.told, found.bad
        ({1: {'a': 1}}, {3: 'no object: give a'})
        """
        found = cls({}, {})
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                found.told[number] = read(line)
            except ValueError as error:
                found.bad[number] = str(error)
        return found


def json_object(text: bytes, remedy: str) -> dict[str, Any]:
    """The object that a text of JSON is. Raises ValueError, with the remedy, for anything else."""
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error}") from None
    if not isinstance(told, dict):
        raise ValueError(f"no object: {remedy}")
    return told
