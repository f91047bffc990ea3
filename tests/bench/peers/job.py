"""What the forms in other engines share: the duties of the hand-written loop as functions without state."""

from __future__ import annotations

import sys
from collections import Counter
from typing import NamedTuple

from tests.bench.contender import cpu_s, refused, tell
from tests.bench.plain_rules import Record, judged
from tests.bench.tiles import TILE_MS, Tile

COUNTED = ("valid", "warned")
#: How often state is made durable, as often as the race's jobs take checkpoints.
DURABLE_S = 5.0
#: Producer settings of the hand-written loop.
PRODUCER = {"linger.ms": 5, "acks": "all", "message.max.bytes": 4_194_304}


class Judged(NamedTuple):
    """A record of a raw topic and what the rules say of it; `record` only if it could be read."""

    event: str
    key: bytes | None
    value: bytes | None
    verdict: str
    reasons: list[str]
    record: Record | None


class Share(NamedTuple):
    """What one event adds to one tile: an entity's, at a time, and the four partials of its view."""

    entity: str
    at_ms: int
    plays: int
    others: int
    total: int
    of: int


def judge(event: str, key: bytes | None, value: bytes | None, ingestion_ms: int) -> Judged:
    """The verdict but for duplicates."""
    if reason := refused(key, value):
        return Judged(event, key, value, "rejected", [reason], None)
    return Judged(event, key, value, *judged(event, value, ingestion_ms))


def by_member(event: str, record: Record) -> Share:
    """What an event adds to its member's tile."""
    hover = event == "hover"
    dwell_ms = record["dwell_ms"] if hover else 0
    return Share(
        record["member_id"], record["event_time"], event == "play", event == "search", dwell_ms, hover
    )


def by_title(event: str, record: Record) -> Share:
    """What an event that has a title adds to its title's tile."""
    pause = event == "pause"
    position_ms = record["position_ms"] if pause else 0
    return Share(
        record["title_id"], record["event_time"], event == "play", event == "hover", position_ms, pause
    )


def tile_of(share: Share) -> int:
    """The number of the tile that a share belongs to."""
    return share.at_ms // TILE_MS


def merged(tile: Tile | None, share: Share) -> Tile:
    """A new tile: n, newest_ms and the partials."""
    _, at_ms, *partials = share
    if tile is None:
        return [1, at_ms, *map(int, partials)]
    n, newest_ms, *sums = tile
    return [n + 1, max(newest_ms, at_ms), *(a + b for a, b in zip(sums, partials, strict=True))]


def headers(of: Judged) -> list[tuple[str, str]]:
    """Those of the record that is passed on."""
    told = [("verdict", of.verdict)]
    return told if of.verdict != "rejected" else [*told, ("reasons", ",".join(of.reasons))]


def passed_on(of: Judged) -> tuple[str, bytes | str | None, bytes | None]:
    """Topic, key and value of the record that is passed on."""
    if of.verdict == "rejected" or of.record is None or of.value is None:
        return "bench.quarantine", of.key, of.value
    return "bench.valid", of.record["member_id"], of.value[5:]


class Told:
    """What the process tells when it has ended; CPU counts from the first record on."""

    def __init__(self) -> None:
        self._verdicts: Counter[str] = Counter()
        self._start_up_s = 0.0

    def first(self) -> None:
        """A record has come."""
        self._start_up_s = self._start_up_s or cpu_s()

    def add(self, of: Judged) -> None:
        """It has its verdict."""
        self._verdicts[f"{of.event} {of.verdict}"] += 1

    def end(self) -> None:
        """Everything is written."""
        tell(self._verdicts, self._start_up_s)


def arguments() -> tuple[str, str, str]:
    """Kafka, Redis, and a folder for state."""
    kafka, redis_url, folder = sys.argv[1:]
    return kafka, redis_url, folder
