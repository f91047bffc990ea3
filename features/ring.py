"""A ring: the tiles of one size that a window reads, each in the slot of its number."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.topics import DAY_MS, FUTURE_TOLERANCE_MS

#: How long a tile that does not change is remembered: longer than the lateness horizon and the largest tile,
#: or a late event would start it again at one, with room for a job that was down for hours.
STATE_TTL_MS = DAY_MS


@dataclass(frozen=True)
class Ring:
    """The tiles of one size: the slots that the longest window needs, and some for clocks that run ahead.

    A tile lives in slot `tile_index % slots`, so a tile from the future would otherwise take the place of one
    that the window still reads.
    """

    tile_ms: int
    slots: int

    @classmethod
    def of(cls, tile_ms: int, tiles: int) -> Ring:
        """The ring of windows of so many tiles at most.

        >>> Ring.of(10_000, 60)
        Ring(tile_ms=10000, slots=67)
        """
        return cls(tile_ms, tiles + 1 + FUTURE_TOLERANCE_MS // tile_ms)

    @property
    def name(self) -> str:
        """The tile's length in seconds, as it stands in a key.

        >>> Ring(60_000, 10).name
        '60s'
        """
        return f"{self.tile_ms // 1_000}s"

    @property
    def ttl_s(self) -> int:
        """How long it is kept after a tile's first write: until no window can see any of its tiles."""
        return (self.slots + 1) * self.tile_ms // 1_000
