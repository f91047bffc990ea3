"""The race's opponent: plain Python, one event at a time, with the duties of both jobs.

Judges by the same rules, drops duplicates by a set of ids, passes on what is valid and what is not, keeps two
views in dicts and writes their changed tiles every 200 ms by the same guarded script.
"""

from __future__ import annotations

import struct
from collections import Counter
from pathlib import Path

import redis
from confluent_kafka import Message, Producer

import sinks
from features.layout import Layout, layouts, newest_key
from schemas.topics import event_of
from tests.bench.contender import refused, run
from tests.bench.plain_rules import Record, judged
from tests.bench.views import BY_MEMBER, BY_TITLE

_TILE_MS = 10_000
_RECORD = struct.Struct("<III" + "IIqI")
_SCRIPT = (Path(sinks.__file__).parent / "tiles.lua").read_text()

#: n, newest_ms and the four partials of a tile.
Tile = list[int]
Headers = list[tuple[str, str | bytes | None]]


class View:
    """One view: its tiles, and which changed since the last write."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        # Asked once, not for every tile. No entity here has a letter to escape.
        self.before, self.after = layout.keys(["|"], 0)[0].split("|")
        self.tiles: dict[tuple[str, int], Tile] = {}
        self.changed: set[tuple[str, int]] = set()

    def add(self, entity: str, at_ms: int, plays: int, others: int, total: int, of: int) -> None:
        key = entity, at_ms // _TILE_MS
        self.changed.add(key)
        tile = self.tiles.get(key)
        if tile is None:
            self.tiles[key] = [1, at_ms, plays, others, total, of]
            return
        tile[0] += 1
        if at_ms > tile[1]:
            tile[1] = at_ms
        tile[2] += plays
        tile[3] += others
        tile[4] += total
        tile[5] += of


class Loop:
    """The whole of it."""

    def __init__(self, redis_url: str, producer: Producer) -> None:
        self.verdicts: Counter[str] = Counter()
        self._write = redis.Redis.from_url(redis_url).register_script(_SCRIPT)
        self._producer = producer
        self._seen: set[str] = set()
        self._by_member, self._by_title = (View(*layouts(v)) for v in (BY_MEMBER, BY_TITLE))

    def take(self, messages: list[Message]) -> None:
        for message in messages:
            event, value = event_of(message.topic() or ""), message.value()
            if reason := refused(message):
                verdict, reasons, record = "rejected", [reason], None
            else:
                verdict, reasons, record = judged(event, value, message.timestamp()[1])
            if record is not None and verdict in ("valid", "warned"):
                if record["event_id"] in self._seen:
                    verdict = "duplicate"
                else:
                    self._seen.add(record["event_id"])
                    self._count(event, record)
            self.verdicts[f"{event} {verdict}"] += 1
            if value is None or record is None or verdict == "rejected":
                told: Headers = [("verdict", verdict), ("reasons", ",".join(reasons))]
                self._producer.produce("bench.quarantine", value, message.key(), headers=told)
            else:
                key = record["member_id"]
                self._producer.produce("bench.valid", value[5:], key, headers=[("verdict", verdict)])

    def _count(self, event: str, r: Record) -> None:
        at_ms, play, hover = r["event_time"], event == "play", event == "hover"
        self._by_member.add(
            r["member_id"], at_ms, play, event == "search", r["dwell_ms"] if hover else 0, hover
        )
        if event != "search":
            pause = event == "pause"
            self._by_title.add(r["title_id"], at_ms, play, hover, r["position_ms"] if pause else 0, pause)

    def flush(self) -> None:
        for view in (self._by_member, self._by_title):
            changed = list(view.changed)
            view.changed.clear()
            for start in range(0, len(changed), 2_000):
                self._store(view, changed[start : start + 2_000])

    def _store(self, view: View, changed: list[tuple[str, int]]) -> None:
        keys, records, newest = [], [], 0
        for entity, tile in changed:
            n, newest_ms, *partials = view.tiles[entity, tile]
            keys.append(f"{view.before}{entity}{view.after}")
            records.append(_RECORD.pack(tile, n, newest_ms - tile * _TILE_MS, *partials))
            newest = max(newest, newest_ms)
        layout = view.layout
        keys.append(newest_key(layout.view, 0))
        self._write(
            keys=keys, args=[_RECORD.size, layout.ring.slots, layout.ttl_s, newest, b"".join(records)]
        )


if __name__ == "__main__":
    run(Loop)
