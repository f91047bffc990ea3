"""The record of the servers beside the traffic of clients: a `stream_start` for each play, and what lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from random import Random

from headwater.traffic.message import Message, Misdeed, message
from headwater.traffic.misconduct import RESENT
from schemas.events import EVENTS

#: The record comes so long after the play, and the clocks of servers differ by so much.
_LATENCY_MS, _SKEW_MS = (20, 400), 200
RULE, KEY = "streams_are_reported", "member_id"

_COLUMNS = tuple(c.name for c in EVENTS["stream_start"].columns)


def served(messages: Iterable[Message], share: float, rng: Random) -> Iterator[Message]:
    """The messages, and on top of them a server's record of each play that counts. By `due_ms`, as before.

    With probability `share` a title that a member plays in a session is `unserved`: the servers tell nothing
    of it, though they have told of this member before. With the same probability there is also a record of
    a stream that the client does not report: `unreported`.
    """
    waiting: list[tuple[int, int, Message]] = []
    #: Until when the clock of the servers may be behind with the first record of a member.
    known_ms: dict[str, int] = {}
    decided: dict[tuple[str, str], bool] = {}
    for n, m in enumerate(messages):
        while waiting and waiting[0][0] <= m.due_ms:
            yield heappop(waiting)[-1]
        if m.event != "play" or m.outcome != "valid" or m.fault == RESENT:
            yield m
            continue
        viewing = m.record["session_id"], m.record["title_id"]
        if viewing not in decided:
            decided[viewing] = m.fault is None and _is_known(m, known_ms) and rng.random() < share
        if decided[viewing]:
            misdeed = Misdeed.at("unserved", RULE, KEY, m.record)
            yield m if m.fault else m._replace(fault="unserved", misdeed=misdeed)
            continue
        yield m
        record = _record(m, rng)
        heappush(waiting, (record.due_ms, 2 * n, record))
        if m.fault is None and rng.random() < share:
            other = {"event_id": f"{m.record['event_id']}-t", "device_id": f"{m.record['device_id']}-2"}
            lone = _record(m, rng, **other)
            lone = lone._replace(fault="unreported", misdeed=Misdeed.at("unreported", RULE, KEY, lone.record))
            heappush(waiting, (lone.due_ms, 2 * n + 1, lone))
        known_ms.setdefault(m.record[KEY], m.due_ms + _LATENCY_MS[1] + _SKEW_MS)
    while waiting:
        yield heappop(waiting)[-1]


def _is_known(play: Message, known_ms: dict[str, int]) -> bool:
    return known_ms.get(play.record[KEY], play.due_ms + 1) <= play.due_ms


def _record(play: Message, rng: Random, **fields: str) -> Message:
    due_ms = play.due_ms + rng.randint(*_LATENCY_MS)
    record = {c: play.record[c] for c in _COLUMNS} | {
        "event_id": f"{play.record['event_id']}-s",
        "event_time": due_ms + rng.randint(-_SKEW_MS, _SKEW_MS),
    }
    return message("stream_start", record | fields, due_ms)
