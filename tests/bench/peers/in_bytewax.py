"""The race's job in Bytewax: state in its stateful operators, snapshots of it in its recovery store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bytewax.operators as op
from bytewax._bytewax import cli_main
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow, Stream
from bytewax.operators import StatefulBatchLogic
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.recovery import RecoveryConfig, init_db_dir

from features.view import View
from schemas.events import EVENT_NAMES
from schemas.topics import event_of, raw
from tests.bench.contender import FLUSH_S
from tests.bench.peers import job
from tests.bench.peers.job import COUNTED, DURABLE_S, PRODUCER, Judged, Share, Told
from tests.bench.tiles import Changed, Store, Tile
from tests.bench.views import BY_MEMBER, BY_TITLE


def dataflow(kafka: str, redis_url: str, told: Told) -> Dataflow:
    """From the raw topics as they stand, to their ends."""

    def judge(read: KafkaSourceMessage) -> Judged:
        told.first()
        return job.judge(event_of(read.topic), read.key, read.value, read.timestamp[1])

    def passed_on(of: Judged) -> KafkaSinkMessage:
        told.add(of)
        topic, key, value = job.passed_on(of)
        return KafkaSinkMessage(key, value, topic, job.headers(of))

    flow = Dataflow("peer")
    topics = [raw(event) for event in EVENT_NAMES]
    source = KafkaSource([kafka], topics, tail=False, add_config={"fetch.queue.backoff.ms": "5"})
    judged = op.map("judge", op.input("read", flow, source), judge)
    either = op.branch("sound", judged, lambda of: of.verdict in COUNTED)
    sound = op.key_on("by_member", either.trues, lambda of: of.record["member_id"])
    marked = op.key_rm("marked", op.stateful_map("mark", sound, mark))
    all_of_them = op.merge("all", marked, either.falses)
    output = KafkaSink([kafka], None, PRODUCER)
    op.output("pass_on", op.map("record", all_of_them, passed_on), output)

    counted = op.filter("counted", marked, lambda of: of.verdict in COUNTED)
    titled = op.filter("titled", counted, lambda of: "title_id" in of.record)
    members = op.map("member", counted, lambda of: job.by_member(of.event, of.record))
    titles = op.map("title", titled, lambda of: job.by_title(of.event, of.record))
    _view(members, BY_MEMBER, redis_url)
    _view(titles, BY_TITLE, redis_url)
    return flow


def mark(ids: set[str] | None, of: Judged) -> tuple[set[str], Judged]:
    """The state of a member are the ids of its events."""
    ids, event_id = ids or set(), (of.record or {})["event_id"]
    if event_id in ids:
        return ids, of._replace(verdict="duplicate")
    ids.add(event_id)
    return ids, of


def tile(held: Tile | None, share: Share) -> tuple[Tile, Changed]:
    """The state of an entity and tile is the tile."""
    now = job.merged(held, share)
    return now, (share.entity, job.tile_of(share), now)


def _view(shares: Stream[Share], view: View, redis_url: str) -> None:
    name = view.name
    keyed = op.key_on(f"{name}_key", shares, lambda share: f"{job.tile_of(share)}|{share.entity}")
    tiles = op.key_rm(f"{name}_tiles", op.stateful_map(f"{name}_tile", keyed, tile))
    together = op.key_on(f"{name}_together", tiles, lambda _: name)
    batches = op.stateful_batch(f"{name}_newest", together, Newest)
    op.output(f"{name}_store", op.key_rm(f"{name}_batches", batches), Tiles(Store(redis_url, view)))


class Newest(StatefulBatchLogic[Changed, list[Changed], dict[tuple[str, int], Tile]]):
    """Of each tile the newest value, handed on every 200 ms."""

    def __init__(self, waiting: dict[tuple[str, int], Tile] | None) -> None:
        self._waiting = waiting or {}
        self._due = datetime.now(UTC)

    def on_batch(self, values: list[Changed]) -> tuple[Iterable[list[Changed]], bool]:
        if not self._waiting:
            self._due = datetime.now(UTC) + timedelta(seconds=FLUSH_S)
        for entity, number, now in values:
            self._waiting[entity, number] = now
        return [], StatefulBatchLogic.RETAIN

    def on_notify(self) -> tuple[Iterable[list[Changed]], bool]:
        return self.on_eof()

    def on_eof(self) -> tuple[Iterable[list[Changed]], bool]:
        batch = [(*key, now) for key, now in self._waiting.items()]
        self._waiting = {}
        return [batch], StatefulBatchLogic.RETAIN

    def notify_at(self) -> datetime | None:
        return self._due if self._waiting else None

    def snapshot(self) -> dict[tuple[str, int], Tile]:
        return dict(self._waiting)


class Tiles(DynamicSink[list[Changed]]):
    """Redis, by the guarded script."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def build(self, step_id: str, worker_index: int, worker_count: int) -> Any:
        return _Part(self._store)


class _Part(StatelessSinkPartition[list[Changed]]):
    def __init__(self, store: Store) -> None:
        self._store = store

    def write_batch(self, items: list[list[Changed]]) -> None:
        for batch in items:
            self._store.write(batch)


if __name__ == "__main__":
    kafka, redis_url, folder = job.arguments()
    told = Told()
    init_db_dir(Path(folder), 1)
    cli_main(
        dataflow(kafka, redis_url, told),
        epoch_interval=timedelta(seconds=DURABLE_S),
        recovery_config=RecoveryConfig(folder),
    )
    told.end()
