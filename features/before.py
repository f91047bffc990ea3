"""What happened before something else did for the first time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from features.listing import Held, Timed
from features.partial import Array, Instant

#: A weight is what is left to it of a time, in ms: the earlier, the greater. A float holds it exactly.
_FAR_MS = 2**53 - 1


@dataclass(frozen=True, kw_only=True)
class Before(Timed):
    """How many events there were in the window before a time that another feature has, such as a first play.

    `before` names a `Min` or `Max` of event_time; where it has no value, all events count. `of` is event_time
    and `window` one of the view's. Kept are the `k` earliest times of an entity, until none was new for a
    window: exact while these are all that count, too low beyond. Events of one millisecond count once.
    Costs 8 bytes an entity and 8 an event.
    """

    before: str

    def __post_init__(self) -> None:
        if self.k < 1:
            raise ValueError(f"{self.name}: k is {self.k}; count up to 1 at least")

    @property
    def forgets(self) -> bool:
        """The earliest are kept, however long ago they were."""
        return False

    @property
    def entry(self) -> np.dtype[Any]:
        """The time, which is weight and item at once."""
        return np.dtype([("weight", ">u8")])

    @property
    def item_type(self) -> str:
        """A time is a whole number."""
        return "BIGINT"

    def weight(self) -> str:
        """The earlier, the greater."""
        return f"MAX({_FAR_MS} - {self.of})"

    def conditions(self) -> tuple[str, ...]:
        """Those of any; a time is never empty."""
        return super().conditions()[:-1]

    def pack(self, items: Array, weights: Array) -> Array:
        """Entries from what the SQL gives. Shape (rows,)."""
        return weights.astype(self.entry["weight"]).view(self.entry)

    def times_ms(self, entries: Array) -> Array:
        """The times themselves."""
        times: Array = _FAR_MS - entries["weight"].astype(np.int64)
        return times

    def finalize(self, held: Held) -> dict[str, Array]:
        """The times, in ms, -1 for none. Shape (entities, k)."""
        return {self.name: np.where(held.inside, self.times_ms(held.entries), -1)}

    def derive(self, times_ms: Array, before_ms: Array, tile_ms: int, now_ms: Instant) -> Array:
        """A whole number, from those times and the value of the other feature, NaN for none."""
        ago = now_ms // tile_ms - times_ms // tile_ms
        seen = (ago >= 0) & (ago < self.window_ms // tile_ms)
        number: Array = (seen & ~(times_ms >= before_ms[:, None])).sum(axis=-1)
        return number
