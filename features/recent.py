"""The items that were seen last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from features.duration import parse_ms
from features.listing import Held, Timed, cut, readable
from features.partial import Array

#: A number that rides along is rounded to 1/SCALE.
_SCALE, _TIME_DIGITS, _DIGITS = 10**6, 15, 18


@dataclass(frozen=True, kw_only=True)
class LastK(Timed):
    """The `k` items that were seen last, each once, the newest first. Exact.

    A number may ride along (`with_`, SQL): that of the item's newest event, of several at one time the
    greatest. It is taken as no less than 0 and no more than 1E11, rounded to a millionth, and stored as a
    float of 4 bytes; events without it are left out. At equal times the greater number comes first, then the
    greater text. An item is a text of `size_bytes` at most; longer ones are cut between characters. An event
    counts as soon as it is there, even one of a clock that is ahead. Costs 8 bytes an entity and 8 +
    size_bytes an item, of which there are k at most; 4 more with a number.
    """

    size_bytes: int = 16
    with_: str | None = None

    def __post_init__(self) -> None:
        parse_ms(self.window)
        if self.k < 1:
            raise ValueError(f"{self.name}: k is {self.k}; ask for 1 at least")

    @property
    def entry(self) -> np.dtype[Any]:
        """Time in ms, the number if there is one, and the item."""
        number = [("value", ">f4")] if self.with_ else []
        return np.dtype([("weight", ">u8"), *number, ("item", f"S{self.size_bytes}")])

    def weight(self) -> str:
        """The newest time; with a number, a text that grows with both."""
        if self.with_ is None:
            return "MAX(event_time)"
        number = f"CAST({self.with_} AS DOUBLE)"
        whole = f"CAST(ROUND(GREATEST(LEAST({number}, 1E11), 0E0) * 1E6) AS BIGINT)"
        return " || ".join(
            f"LPAD(CAST({part} AS STRING), {digits}, '0')"
            for part, digits in (("event_time", _TIME_DIGITS), (whole, _DIGITS))
        ).join(("MAX(", ")"))

    def conditions(self) -> tuple[str, ...]:
        """Those of any, and that there is a number to ride along."""
        return (*super().conditions(), *([f"({self.with_}) IS NOT NULL"] if self.with_ else []))

    def pack(self, items: Array, weights: Array) -> Array:
        """Entries from what the SQL gives. Shape (rows,)."""
        if self.with_ is None:
            return super().pack(items, weights)
        entries = np.zeros(len(items), dtype=self.entry)
        entries["weight"] = [int(text[:_TIME_DIGITS]) for text in weights]
        entries["value"] = [int(text[_TIME_DIGITS:]) / _SCALE for text in weights]
        entries["item"] = cut(items, self.size_bytes)
        return entries

    def finalize(self, held: Held) -> dict[str, Array]:
        """Records of `item`, a text, `at_ms`, and `value` if there is one. Shape (entities, k); an empty item
        is none."""
        times = self.times_ms(held.entries)
        seen = held.inside & (times > held.now_ms - self.window_ms)
        dtype = [("item", f"S{self.size_bytes}"), ("at_ms", "i8"), *([("value", "f4")] if self.with_ else [])]
        found = np.zeros(seen.shape, dtype=dtype)
        found["item"][seen], found["at_ms"][seen] = held.entries["item"][seen], times[seen]
        if self.with_:
            found["value"][seen] = held.entries["value"][seen]
        return {self.name: readable(found)}
