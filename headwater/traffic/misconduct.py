"""The catalogue of what can be wrong with many events though each is sound, and what should be told of it.

As with faults, each kind is declared with the rule that should tell of it, which makes the ground truth of a
run exact. What is sent is sound and counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from typing import Any

from kafka.partitioner.default import murmur2

from headwater.traffic.catalogue import COUNTRIES
from headwater.traffic.message import Message, Misdeed, message
from headwater.traffic.population import Title, pick
from schemas.codec import Record
from schemas.events import COMMON, EVENTS
from schemas.topics import PARTITIONS
from validators.places import PLACES

RESENT = "resent"
#: Events of a burst, and the time they take: more than a rule allows in one second.
BURST, BURST_MS = 40, 500
_DEVICES = 6
_GAP_MS = 150
#: Worlds begin with t00001, so that nobody else is disturbed.
NO_ONES = Title("t00000", genres=frozenset(), runtime_ms=5_400_000, artworks=())


@dataclass(frozen=True)
class Misconduct:
    """One kind: `act(rng, message, own)` gives what is sent after a sound message, in the order of its times,
    with ids made of `own`. By the last of it `rule` is broken, for the `key` of that event."""

    name: str
    rule: str
    key: str
    what: str
    act: Callable[[Random, Message, str], list[Message]]


#: What is alike in all events of a client: what all events carry, but its id and time.
_US = tuple(c.name for c in EVENTS["play"].columns[2:COMMON])


def _next(m: Message, event: str, own: str, n: int, gap_ms: int = _GAP_MS, **fields: object) -> Message:
    """An event of the same client, `n` gaps after another: some of its fields its own, the others alike."""
    due_ms = m.due_ms + (n + 1) * gap_ms
    record = {c: m.record[c] for c in _US} | {"event_id": f"{own}-{n}", "event_time": due_ms}
    return message(event, record | _OF_EVENT[event] | fields, due_ms)


_NO_ARTWORK: Record = dict.fromkeys(("artwork_id", "artwork", "artwork_propensity"))
_VIEWED: Record = {"title_id": NO_ONES.title_id, "position_ms": 0, "runtime_ms": NO_ONES.runtime_ms}
_OF_EVENT: dict[str, Record] = {
    "play": _VIEWED | {"row": None, "rank": None, "autoplay": False},
    "pause": _VIEWED,
    "search": {"query": "heist", "results": 3},
    "session_end": {},
    "hover": {"title_id": NO_ONES.title_id, "dwell_ms": 200, "row": 0, "rank": 0, **_NO_ARTWORK},
}


def _orphan(_: Random, m: Message, own: str) -> list[Message]:
    return [_next(m, "pause", own, 0, session_id=own, device_id=own)]


def _backwards(_: Random, m: Message, own: str) -> list[Message]:
    there: dict[str, Any] = {"session_id": own, "device_id": own}
    play = _next(m, "play", own, 0, **there, position_ms=600_000)
    return [play, _next(m, "pause", own, 1, **there, position_ms=300_000)]


def _after_end(_: Random, m: Message, own: str) -> list[Message]:
    there: dict[str, Any] = {"session_id": own, "device_id": own}
    return [_next(m, "session_end", own, 0, **there), _next(m, "play", own, 1, **there)]


def _burst(_: Random, m: Message, own: str) -> list[Message]:
    return [_next(m, "hover", own, n, BURST_MS // BURST) for n in range(BURST)]


def _sharing(_: Random, m: Message, own: str) -> list[Message]:
    return [
        _next(m, "play", own, n, session_id=f"{own}-{n}", device_id=f"{own}-{n}") for n in range(_DEVICES)
    ]


def _teleport(rng: Random, m: Message, own: str) -> list[Message]:
    # A sixth of the way around the globe, at the least: no plane is there within a second.
    home = PLACES[m.record["country"]]
    far = [c.code for c in COUNTRIES if 60 < abs(PLACES[c.code].lon - home.lon) < 300]
    return [_next(m, "search", own, 0), _next(m, "search", own, 1, country=pick(rng, far))]


def _resent(rng: Random, m: Message, _: str) -> list[Message]:
    assert m.key is not None
    others = (f"{m.key.decode()}~{n}".encode() for n in range(1_000))
    key = next(other for other in others if _partition(other) != _partition(m.key))
    return [m._replace(key=key, due_ms=m.due_ms + rng.randint(1, 1_000))]


def _partition(key: bytes) -> int:
    """As Kafka's own producers choose it."""
    return (int(murmur2(key)) & 0x7FFFFFFF) % PARTITIONS


MISCONDUCT: tuple[Misconduct, ...] = (
    Misconduct(
        "pause_without_play",
        "pause_follows_play",
        "device_id",
        "a pause on a device that has no play",
        _orphan,
    ),
    Misconduct(
        "backwards",
        "position_runs_forward",
        "device_id",
        "a pause five minutes before its play in the title",
        _backwards,
    ),
    Misconduct(
        "plays_on",
        "play_after_session_end",
        "device_id",
        "a play of a session after the end of it was told",
        _after_end,
    ),
    Misconduct("burst", "device_rate", "device_id", f"{BURST} hovers in half a second", _burst),
    Misconduct(
        "sharing",
        "devices_at_once",
        "member_id",
        f"plays of {_DEVICES} devices within a second",
        _sharing,
    ),
    Misconduct("teleport", "travels_as_people_do", "member_id", "a search far away, at once", _teleport),
    Misconduct(
        RESENT,
        "event_id_unique",
        "event_id",
        "the same bytes under another key, up to a second later",
        _resent,
    ),
)


def misbehave(messages: Iterable[Message], share: float, rng: Random) -> Iterator[Message]:
    """The messages, and after a sound one with probability `share` the events of a kind of misconduct.

    They come on top. The order is by `due_ms`, as in `messages`.
    """
    if not share:
        yield from messages
        return
    waiting: list[tuple[int, int, int, Message]] = []
    for n, m in enumerate(messages):
        while waiting and waiting[0][0] <= m.due_ms:
            yield heappop(waiting)[-1]
        yield m
        if m.fault is None and rng.random() < share:
            kind = pick(rng, MISCONDUCT)
            for i, event in enumerate(commit(kind, rng, m, f"x{n:x}-{m.record['event_id']}")):
                heappush(waiting, (event.due_ms, n, i, event))
    while waiting:
        yield heappop(waiting)[-1]


def commit(kind: Misconduct, rng: Random, m: Message, own: str) -> list[Message]:
    """What is sent for a kind after a message; the last of it says what should be told."""
    *rest, last = (event._replace(fault=kind.name) for event in kind.act(rng, m, own))
    return [*rest, last._replace(misdeed=Misdeed.at(kind.name, kind.rule, kind.key, last.record))]
