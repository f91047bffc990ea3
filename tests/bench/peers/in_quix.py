"""The race's job in Quix Streams: state in RocksDB and its changelog topics, titles by `group_by`."""

from __future__ import annotations

import time
from functools import partial, reduce
from typing import Any

from quixstreams import Application, State
from quixstreams.dataframe import StreamingDataFrame
from quixstreams.models import BytesSerializer
from quixstreams.sinks.base import BaseSink

from features.view import View
from schemas.events import EVENT_NAMES
from schemas.topics import raw
from tests.bench.contender import FLUSH_S
from tests.bench.peers import job
from tests.bench.peers.job import COUNTED, DURABLE_S, PRODUCER, Judged, Share, Told
from tests.bench.tiles import Changed, Store, Tile
from tests.bench.views import BY_MEMBER, BY_TITLE

#: It stops when no record has come for so long.
_QUIET_S = 3.0
Headers = list[tuple[str, Any]]


class PassedOn(BytesSerializer):
    """Of a judged record the value that is passed on, so that the stream need not branch for it."""

    def __call__(self, value: Judged, ctx: object) -> bytes | None:
        return job.passed_on(value)[2]


def application(kafka: str, redis_url: str, folder: str, told: Told) -> Application:
    """The whole of it, ready to run."""
    app = Application(
        broker_address=kafka,
        consumer_group="bench-quix",
        auto_offset_reset="earliest",
        commit_interval=DURABLE_S,
        state_dir=folder,
        producer_extra_config=PRODUCER,
        consumer_extra_config={"fetch.queue.backoff.ms": 5},
        loglevel="WARNING",
    )

    def judge(event: str, value: bytes | None, key: bytes | None, at_ms: int, _: Headers) -> Judged:
        told.first()
        return job.judge(event, key, value, at_ms)

    def topic_of(of: Judged, *_: object) -> Any:
        told.add(of)
        return ends[job.passed_on(of)[0]]

    ends = {
        name: app.topic(name, value_serializer=PassedOn()) for name in ("bench.valid", "bench.quarantine")
    }
    by_event = [
        app.dataframe(app.topic(raw(event), value_deserializer="bytes")).apply(
            partial(judge, event), metadata=True
        )
        for event in EVENT_NAMES
    ]
    judged = reduce(StreamingDataFrame.concat, by_event)
    # A record's key is its member, so the state of a member holds the ids of its events, and its tiles.
    marked = judged.apply(mark, stateful=True)
    marked.set_headers(lambda of, *_: job.headers(of)).to_topic(topic_of)
    counted = marked.filter(lambda of: of.verdict in COUNTED)
    _view(counted.apply(lambda of: job.by_member(of.event, of.record)), BY_MEMBER, redis_url)
    titled = counted.filter(lambda of: "title_id" in of.record)
    titles = titled.apply(lambda of: [*job.by_title(of.event, of.record)])
    _view(titles.group_by(lambda share: share[0], name="title"), BY_TITLE, redis_url)
    return app


def mark(of: Judged, state: State) -> Judged:
    """The verdict, also for duplicates."""
    if of.verdict not in COUNTED or of.record is None:
        return of
    event_id = f"id {of.record['event_id']}"
    if state.exists(event_id):
        return of._replace(verdict="duplicate")
    state.set(event_id, 1)
    return of


def tile(share: Share | list[Any], state: State) -> Changed:
    """The state of an entity holds its tiles; the share of a title has been through Kafka."""
    share = Share(*share)
    number = job.tile_of(share)
    held: Tile | None = state.get(str(number))
    now = job.merged(held, share)
    state.set(str(number), now)
    return share.entity, number, now


def _view(shares: StreamingDataFrame, view: View, redis_url: str) -> None:
    shares.apply(tile, stateful=True).sink(Tiles(Store(redis_url, view)))


class Tiles(BaseSink):
    """Redis, by the guarded script: the newest value of each tile every 200 ms, and at each commit."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store, self._written_s = store, time.monotonic()
        self._waiting: dict[tuple[str, int], Tile] = {}

    def add(self, value: Changed, **_: object) -> None:
        entity, number, now = value
        self._waiting[entity, number] = now
        if time.monotonic() - self._written_s >= FLUSH_S:
            self.flush()

    def flush(self) -> None:
        self._store.write([(*key, now) for key, now in self._waiting.items()])
        self._waiting.clear()
        self._written_s = time.monotonic()


if __name__ == "__main__":
    kafka, redis_url, folder = job.arguments()
    told = Told()
    application(kafka, redis_url, folder, told).run(timeout=_QUIET_S, collect=False)
    told.end()
