"""Members who asked to be forgotten: the records of the topic `forgotten`, which keeps the last of each key.

The key is the member's id, in plain: it is what those who read the log, or an archive of it, leave events out
by. A record without a value takes the mark away.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.json_lines import json_object
from schemas.quality import Json


@dataclass(frozen=True)
class Forgotten(Json):
    """When a member was forgotten: what happened until then, by event time, is not to be used any more."""

    at_ms: int


def read(key: bytes | None, value: bytes | None) -> tuple[str, int | None]:
    """The member of a record of the topic, and the time in ms; None where it takes the mark away.

    Raises ValueError for what tells neither.

    >>> read(b"m1", Forgotten(1_780_000_000_000).to_json()), read(b"m1", None)
    (('m1', 1780000000000), ('m1', None))
    """
    if not key:
        raise ValueError("no key: give the member's id")
    if value is None:
        return key.decode(), None
    at_ms = json_object(value, "give at_ms").get("at_ms")
    if type(at_ms) is not int or at_ms < 0:
        raise ValueError(f"at_ms is {at_ms!r}: give milliseconds since the epoch")
    return key.decode(), at_ms
