"""Events that another followed, as an event type of their own: such as a hover that led to a play."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from features.duration import parse_ms

#: By how much more than the time between them two events may come apart: what is late by more does not meet
#: its partner. Both sides are remembered for so long.
PATIENCE_MS = 300_000
#: Since when an event is known, where that is a column: one that another followed is known with the later.
KNOWN_MS = "known_ms"


@dataclass(frozen=True)
class Followed:
    """Events `of` one type after which one `by` another happened within a time, with equal columns `on`.

    It has the columns of the earlier event, its time and id among them, and by names of their own those of
    the later one that `take` tells. `where` is a SQL condition over the two, as `earlier` and `later`.

    There is one for every later event, so that the order in which they come does not matter: count them with
    `unique="event_id"`, and each earlier event counts once, in the tile of its own time.
    """

    name: str
    of: str
    by: str
    on: tuple[str, ...]
    within: str
    description: str
    where: str | None = None
    take: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def reads(self) -> frozenset[str]:
        """The event columns that the join itself reads."""
        words = re.findall(r"(?:earlier|later)\.`?([a-z_]+)", self.where or "")
        return frozenset({*self.on, *words, *self.take.values(), "event_id", "event_time"})

    def query(self, columns: frozenset[str]) -> str:
        """SQL from a table `counted` of all event types, to `event` and these columns."""
        within_ms, take = parse_ms(self.within), {KNOWN_MS: KNOWN_MS, **self.take}
        ttl = f"'{within_ms + PATIENCE_MS} ms'"
        read = ", ".join(f"`{c}`" for c in sorted(columns - {*self.take} | self.reads))
        picked = ", ".join(
            f"later.`{take[c]}` AS `{c}`" if c in take else f"earlier.`{c}`" for c in sorted(columns)
        )
        equal = " AND ".join(f"earlier.{c} = later.{c}" for c in self.on)
        where = f"\nWHERE {self.where}" if self.where else ""
        return f"""\
-- {self.name}: {self.description}
SELECT /*+ STATE_TTL('earlier' = {ttl}, 'later' = {ttl}) */
  '{self.name}' AS event, {picked}
FROM (SELECT {read} FROM counted WHERE event = '{self.of}') AS earlier
JOIN (SELECT {read} FROM counted WHERE event = '{self.by}') AS later
  ON {equal}
  AND later.event_time BETWEEN earlier.event_time AND earlier.event_time + {within_ms}{where}"""


TAKEN_HOVER = Followed(
    name="taken_hover",
    of="hover",
    by="play",
    on=("member_id", "title_id"),
    within="10m",
    description="A hover whose title the member played within ten minutes.",
)

ANSWERED_SEARCH = Followed(
    name="answered_search",
    of="search",
    by="play",
    on=("member_id", "session_id"),
    within="10m",
    description="A search and the title that was played within ten minutes of the same session.",
    take={"title_id": "title_id"},
)

PLAYED_NEXT = Followed(
    name="played_next",
    of="play",
    by="play",
    on=("profile_id",),
    within="2h",
    description="A play, and another title that the same person played within two hours.",
    where="earlier.title_id <> later.title_id",
    take={"next_title_id": "title_id"},
)

FOLLOWED: dict[str, Followed] = {f.name: f for f in (TAKEN_HOVER, ANSWERED_SEARCH, PLAYED_NEXT)}
