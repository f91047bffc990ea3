"""A feature view: what is computed for an entity, over which windows, and how it is stored in tiles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property

from features.aggregate import DERIVED, Feature, Stored
from features.before import Before
from features.derived import Velocity
from features.duration import parse_ms
from features.followed import FOLLOWED, Followed
from features.listing import Listed
from features.partial import Partial
from features.reserved import RESERVED
from features.ring import Ring
from features.sums import DecayedSum
from schemas.events import EVENTS
from schemas.titles import GENRES
from schemas.topics import DAY_MS, HOUR_MS

LONGEST_WINDOW_MS = 30 * DAY_MS
#: Half of the time for which a job remembers a tile that does not change (`features.ring.STATE_TTL_MS`): an
#: event may be the first since the tile's beginning, and up to the lateness horizon late.
LONGEST_TILE_MS = 12 * HOUR_MS
#: Columns of a tile before those of its features, after the entity.
HEAD = ("tile", "n", "newest_ms")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Each:
    """A row for every part of a text that is not empty, such as each genre of "drama,noir"."""

    name: str
    of: str
    separator: str = ","


@dataclass(frozen=True)
class View:
    """Features of one entity, computed together.

    `events` are event types, or those that another event followed (`features.followed`); `where` is a SQL
    condition that holds for all that count. `derived` are columns more, as SQL expressions, and `each` makes
    rows of the parts of a text. Events whose entity is null are left out.

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
    where: str | None = None
    derived: Mapping[str, str] = field(default_factory=dict, hash=False)
    each: Each | None = None

    def __post_init__(self) -> None:
        for name in (self.name, *(feature.name for feature in self.features)):
            if not _NAME.fullmatch(name):
                told = "give small letters, digits and _, a letter first"
                raise ValueError(f"view {self.name}: {name!r} is no name; {told}")
            if name in HEAD:
                raise ValueError(f"view {self.name}: every tile has a column {name!r}; give another name")
        columns = (*self.entity, *([self.each.name] if self.each else []), *(p.name for p in self.partials))
        if words := RESERVED & {*columns}:
            raise ValueError(f"view {self.name}: {min(words)!r} is a word of Flink SQL; give another name")
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
            if strange := sorted(own_windows(feature) - set(self.windows)):
                raise ValueError(f"view {self.name}: {feature.name} is over {strange[0]}, no window of it")
            if isinstance(feature, Before) and feature.before not in {f.name for f in self.stored}:
                raise ValueError(
                    f"view {self.name}: {feature.name} is before {feature.before}, no feature of it"
                )

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
    def sources(self) -> tuple[str, ...]:
        """The event types behind `events`."""
        pairs = [(FOLLOWED[e].of, FOLLOWED[e].by) if e in FOLLOWED else (e,) for e in self.events]
        return tuple(dict.fromkeys(name for pair in pairs for name in pair))

    @cached_property
    def followed(self) -> tuple[Followed, ...]:
        """Those of `events` that another event followed."""
        return tuple(FOLLOWED[event] for event in self.events if event in FOLLOWED)

    @cached_property
    def columns(self) -> frozenset[str]:
        """The event columns that its SQL reads, beside `event`; the genres of the title are one of them."""
        texts = [p.sql for p in self.partials] + [*self.derived.values(), self.where or ""]
        texts += [sql for f in self.listed for sql in (*f.columns().values(), f.weight(), *f.conditions())]
        words = {*re.findall(r"[a-z_]+", " ".join(texts)), *self.entity, self.each.of if self.each else ""}
        known = {c.name for e in self.sources for c in EVENTS[e].columns} | {GENRES.name}
        known.update(*(f.take for f in self.followed))
        return frozenset(words & known | {"event_time"})

    @cached_property
    def reads(self) -> frozenset[str]:
        """The event columns that its SQL reads, and those that bring events and their followers together."""
        own = self.columns.difference(*(f.take for f in self.followed))
        return own.union(*(f.reads for f in self.followed))

    @cached_property
    def nullable(self) -> frozenset[str]:
        """The columns that may be null: some event type's, and derived ones."""
        made = {*self.derived, *([self.each.name] if self.each else [])}
        return frozenset(
            made | {GENRES.name} | {c.name for e in self.sources for c in EVENTS[e].columns if c.nullable}
        )

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

    def windows_of(self, values: Set[str]) -> frozenset[str]:
        """The windows that it takes to tell some of its values; none for those of lists."""
        told = (pair for feature in self.features for pair in self._values_of(feature).items())
        return frozenset(window for name, windows in told if name in values for window in windows)

    def _values_of(self, feature: Feature) -> dict[str, Set[str]]:
        """The values of a feature, and the windows that each takes."""
        own = own_windows(feature)
        if isinstance(feature, Listed):
            return dict.fromkeys(feature.value_names, own)
        if own:
            return {feature.name: own}
        return {f"{feature.name}_{window}": {window} for window in self.windows}


def own_windows(feature: Feature) -> set[str]:
    """The windows that a feature names itself, rather than being told for each of the view's."""
    match feature:
        case Velocity(short=short, long=long):
            return {short, long}
        case DecayedSum(window=window) | Before(window=window):
            return {window}
    return set()
