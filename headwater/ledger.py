"""The ledger: every event read is counted, quarantined, a duplicate or late; nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from schemas.events import EVENT_NAMES
from sinks.redis_ledger import Row


@dataclass(frozen=True)
class Entry:
    """What became of the events of one type.

    `valid` and `warned` say how they left the gate, `counted` is what features made of them. `repeated` are
    records that a restart of the gate wrote again; they stand for no event of their own.
    """

    event: str
    read: int
    valid: int
    warned: int
    quarantined: int
    duplicate: int
    late: int
    counted: int
    repeated: int

    @property
    def settled(self) -> int:
        """Events whose end is known."""
        return self.counted + self.quarantined + self.duplicate + self.late

    @property
    def balanced(self) -> bool:
        """Whether every event read has ended; false for a moment while events are on their way."""
        return self.read == self.settled

    def to_json(self) -> dict[str, Any]:
        """As JSON values, `balanced` included."""
        return asdict(self) | {"balanced": self.balanced}


def entries(rows: Iterable[Row], read: Mapping[str, int]) -> tuple[Entry, ...]:
    """The ledger of every event type, from the totals in Redis and from how far the gate has read.

    >>> rows = [("play", "valid", "", 7), ("play", "duplicate", "", 1), ("play", "rejected", "malformed", 2)]
    >>> play = entries(rows, {"play": 10})[0]
    >>> play.counted, play.settled, play.balanced
    (7, 10, True)
    """
    n: Counter[tuple[str, str]] = Counter()
    for event, verdict, _, total in rows:
        n[event, verdict] += total
    return tuple(
        Entry(
            event=e,
            read=read.get(e, 0),
            valid=n[e, "valid"],
            warned=n[e, "warned"],
            quarantined=n[e, "rejected"],
            duplicate=n[e, "duplicate"],
            late=n[e, "late"],
            counted=n[e, "valid"] + n[e, "warned"],
            repeated=n[e, "repeat"],
        )
        for e in EVENT_NAMES
    )


def reasons(rows: Iterable[Row]) -> dict[str, int]:
    """How often each reason put an event aside, most frequent first; an event may have several.

    >>> reasons([("play", "rejected", "country_iso,malformed", 2), ("hover", "rejected", "country_iso", 1)])
    {'country_iso': 3, 'malformed': 2}
    """
    found: Counter[str] = Counter()
    for _, verdict, names, total in rows:
        if verdict == "rejected":
            found.update(dict.fromkeys(names.split(","), total))
    return dict(found.most_common())
