"""A feature view: what is computed for an entity, over which windows, and how it is stored in tiles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from features.aggregate import DERIVED, Feature, Stored
from features.derived import Velocity
from features.duration import parse_ms
from features.listing import Listed
from features.partial import Partial
from features.ring import Ring
from features.sums import DecayedSum
from schemas.events import EVENTS
from schemas.titles import GENRES
from schemas.topics import DAY_MS, HOUR_MS

LONGEST_WINDOW_MS = 30 * DAY_MS
#: Half of the time for which a job remembers a tile that does not change (`features.sql.STATE_TTL_MS`): an
#: event may be the first since the tile's beginning, and up to the lateness horizon late.
LONGEST_TILE_MS = 12 * HOUR_MS
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class View:
    """Features of one entity, computed together.

    `windows` maps each window to the size of the tiles that it merges, such as {"1h": "60s"}. A window is its
    newest window / tile tiles, the current partial one included. An entity of several columns is their tuple.
    `slo_s` is how old the newest event behind the view may be before a read is marked stale. `tags` are for
    those who look for views. A changed definition is a new `version`, beside the old until that is retired.
    """

    name: str
    entity: tuple[str, ...]
    events: tuple[str, ...]
    windows: Mapping[str, str] = field(hash=False)
    features: tuple[Feature, ...]
    slo_s: float
    description: str
    owner: str = "headwater"
    version: int = 1
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in (self.name, *(feature.name for feature in self.features)):
            if not _NAME.fullmatch(name):
                told = "give small letters, digits and _, a letter first"
                raise ValueError(f"view {self.name}: {name!r} is no name; {told}")
        if self.version < 1:
            raise ValueError(f"view {self.name}: version is {self.version}; give a whole number from 1")
        for window, tile in self.windows.items():
            if parse_ms(window) % parse_ms(tile):
                raise ValueError(f"view {self.name}: window {window} is no multiple of its tile {tile}")
            if parse_ms(window) > LONGEST_WINDOW_MS:
                raise ValueError(f"view {self.name}: window {window} is above 30d, the longest there may be")
            if parse_ms(tile) > LONGEST_TILE_MS:
                told = "state is kept for 24h, so a larger one that was quiet could be counted again from 1"
                raise ValueError(f"view {self.name}: tile {tile} of window {window} is above 12h; {told}")
        for feature in self.features:
            if strange := sorted(_own_windows(feature) - set(self.windows)):
                raise ValueError(f"view {self.name}: {feature.name} is over {strange[0]}, no window of it")

    @property
    def id(self) -> str:
        """The name and version, as in `member_activity@1`."""
        return f"{self.name}@{self.version}"

    @cached_property
    def stored(self) -> tuple[Stored, ...]:
        """The features that have partials of their own."""
        return tuple(f for f in self.features if not isinstance(f, (*DERIVED, Listed)))

    @cached_property
    def listed(self) -> tuple[Listed, ...]:
        """The features that have lists of their own."""
        return tuple(f for f in self.features if isinstance(f, Listed))

    @cached_property
    def partials(self) -> tuple[Partial, ...]:
        """The columns of a tile, in their order in the record."""
        return tuple(p for f in self.stored for p in f.partials())

    @cached_property
    def columns(self) -> frozenset[str]:
        """The event columns that its SQL reads, beside `event`; the genres of the title are one of them."""
        listed = (sql for f in self.listed for sql in (*f.columns().values(), f.weight(), *f.conditions()))
        words = set(re.findall(r"[a-z_]+", " ".join([*(p.sql for p in self.partials), *listed])))
        known = {c.name for e in self.events for c in EVENTS[e].columns} | {GENRES.name}
        return frozenset(words & known | {*self.entity, "event_time"})

    @cached_property
    def rings(self) -> tuple[Ring, ...]:
        """The rings that the windows read, finest first."""
        slots: dict[int, int] = {}
        for window, tile in self.windows.items():
            tile_ms = parse_ms(tile)
            slots[tile_ms] = max(slots.get(tile_ms, 0), parse_ms(window) // tile_ms)
        return tuple(Ring.of(tile_ms, tiles) for tile_ms, tiles in sorted(slots.items()))

    def ring_of(self, window: str) -> Ring:
        """The ring that a window reads."""
        tile_ms = parse_ms(self.windows[window])
        return next(ring for ring in self.rings if ring.tile_ms == tile_ms)

    @cached_property
    def reach_ms(self) -> int:
        """How far back its values look at most: the longest window, and the tile that begins before it."""
        windows = [parse_ms(window) + parse_ms(tile) for window, tile in self.windows.items()]
        return max(*windows, *(feature.window_ms + feature.tile_ms for feature in self.listed), 0)

    @cached_property
    def value_names(self) -> tuple[str, ...]:
        """What a read returns: `<feature>_<window>`, or the name of a feature with windows of its own."""
        return tuple(name for feature in self.features for name in self._values_of(feature))

    def _values_of(self, feature: Feature) -> Iterable[str]:
        if isinstance(feature, Listed):
            return feature.value_names
        if _own_windows(feature):
            return [feature.name]
        return [f"{feature.name}_{window}" for window in self.windows]


def _own_windows(feature: Feature) -> set[str]:
    match feature:
        case Velocity(short=short, long=long):
            return {short, long}
        case DecayedSum(window=window):
            return {window}
    return set()
