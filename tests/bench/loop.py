"""The race's opponent: plain Python, one event at a time, with the duties of both jobs.

Judges by the same rules, drops duplicates by a set of ids, passes on what is valid and what is not, keeps two
views in dicts and writes their changed tiles every 200 ms by the same guarded script.
"""

from __future__ import annotations

from collections import Counter

from confluent_kafka import Message, Producer

from schemas.topics import event_of
from tests.bench.contender import refused, run
from tests.bench.plain_rules import Record, judged
from tests.bench.tiles import TILE_MS, Store, Tile
from tests.bench.views import BY_MEMBER, BY_TITLE

Headers = list[tuple[str, str | bytes | None]]


class View:
    """One view: its tiles, and which changed since the last write."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.tiles: dict[tuple[str, int], Tile] = {}
        self.changed: set[tuple[str, int]] = set()

    def add(self, entity: str, at_ms: int, plays: int, others: int, total: int, of: int) -> None:
        key = entity, at_ms // TILE_MS
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

    def flush(self) -> None:
        self._store.write([(*key, self.tiles[key]) for key in self.changed])
        self.changed.clear()


class Loop:
    """The whole of it."""

    def __init__(self, redis_url: str, producer: Producer) -> None:
        self.verdicts: Counter[str] = Counter()
        self._producer = producer
        self._seen: set[str] = set()
        self.by_member, self.by_title = (View(Store(redis_url, v)) for v in (BY_MEMBER, BY_TITLE))

    def take(self, messages: list[Message]) -> None:
        for message in messages:
            event, value = event_of(message.topic() or ""), message.value()
            if reason := refused(message.key(), value):
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
        self.by_member.add(
            r["member_id"], at_ms, play, event == "search", r["dwell_ms"] if hover else 0, hover
        )
        if "title_id" in r:
            pause = event == "pause"
            self.by_title.add(r["title_id"], at_ms, play, hover, r["position_ms"] if pause else 0, pause)

    def flush(self) -> None:
        self.by_member.flush()
        self.by_title.flush()


if __name__ == "__main__":
    run(Loop)
