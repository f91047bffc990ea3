"""Past events: how long it takes to fill Redis again, to backfill all views, and to make a training set."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from features.catalog import VIEWS
from features.offline import Log, write
from flink_jobs.live_forgotten import LiveForgotten
from headwater.refill import fill, seen
from headwater.training_set import training_set
from sinks.redis_features import RedisTiles
from tests.bench.figure import Plan, Row
from tests.bench.past_events import DAY_MS, NOW_MS, TEXTS, write_events
from tests.bench.servers import a_redis
from tests.doubles import MemoryTopic
from tests.meanwhile import meanwhile

#: Views of members, whom there are most of.
_REFILLED = ("member_activity", "member_title")


def rebuild(plan: Plan) -> Iterator[Row]:
    """Seconds to fill Redis again with half as many members as there are events, and what an entity takes."""
    with TemporaryDirectory(prefix="headwater-bench-") as folder, a_redis() as (client, server):
        events = write_events(Path(folder), plan.events, plan.events // 2)
        yield Row("events", "", events)
        for name in _REFILLED:
            view, began_s, ours_s = VIEWS[name], time.monotonic(), time.process_time()
            its_s = sum(server.cpu_times()[:2])
            log, nobody = Log.open(Path(folder)), LiveForgotten(MemoryTopic())
            found = fill(log, view, RedisTiles(client), nobody, *seen(view, NOW_MS))
            took_s = time.monotonic() - began_s
            yield Row(f"{name}: {found.entities:,} entities in {found.keys:,} keys", "s", took_s)
            yield Row(f"{name}: a million entities", "s", took_s / found.entities * 1e6)
            yield Row(f"{name}: CPU of this process", "s", time.process_time() - ours_s)
            yield Row(f"{name}: CPU of Redis", "s", sum(server.cpu_times()[:2]) - its_s)
            client.flushall()


def backfill(plan: Plan) -> Iterator[Row]:
    """Seconds to write the tiles of every view over a day of events, and the most memory meanwhile."""
    with TemporaryDirectory(prefix="headwater-bench-") as folder:
        events, total_s = write_events(Path(folder), plan.events, max(plan.events // 100, 1)), 0.0
        yield Row("events", "", events)
        with _memory() as most:
            log, ours_s = Log.open(Path(folder)), time.process_time()
            for view in VIEWS.values():
                began_s = time.monotonic()
                write(log, view, NOW_MS - DAY_MS, NOW_MS + 1, Path(folder) / "tiles")
                took_s = time.monotonic() - began_s
                total_s += took_s
                yield Row(f"{view.name}: tiles of a day", "s", took_s)
        yield Row(f"all {len(VIEWS)} views: tiles of a day", "s", total_s)
        yield Row(f"all {len(VIEWS)} views: CPU", "s", time.process_time() - ours_s)
        yield Row("the most memory, beyond that before", "GiB", most[0] / 2**30)


def training(plan: Plan) -> Iterator[Row]:
    """Seconds to add what views said to a tenth as many rows as there are events, and the most memory."""
    with TemporaryDirectory(prefix="headwater-bench-") as folder:
        members = max(plan.events // 100, 1)
        events = write_events(Path(folder), plan.events, members)
        rows, views = _rows(plan.events // 10, members), list(VIEWS.values())
        what = f"{len(rows):,} rows x {len(views)} views"
        yield Row("events", "", events)
        with _memory() as most:
            began_s, ours_s = time.monotonic(), time.process_time()
            made = training_set(Log.open(Path(folder)), rows, views, "at", Path(folder), lambda _: None)
            made_s = time.monotonic()
            pq.write_table(made, Path(folder) / "made.parquet")
            written_s, used_s = time.monotonic(), time.process_time() - ours_s
        yield Row(what, "s", made_s - began_s)
        yield Row(f"{what}: to write {made.num_columns} columns as Parquet", "s", written_s - made_s)
        yield Row(f"{what}: CPU of both", "s", used_s)
        yield Row("the most memory, beyond that before", "GiB", most[0] / 2**30)


def _rows(n: int, members: int) -> pa.Table:
    """Entities of every kind, each at a time of the last hours of the day."""
    rng = np.random.default_rng(2)
    who = np.char.zfill(rng.integers(0, members, n).astype("U8"), 8)
    named = {c: np.char.add(c[0], who) for c in ("member_id", "profile_id", "session_id", "device_id")}
    named["title_id"] = np.char.add("t", np.char.zfill(np.minimum(rng.zipf(1.2, n), 10_000).astype("U8"), 8))
    few = TEXTS | {
        "genre": ["drama", "noir"],
        "local_hour": ["20", "7"],
        "shelf": ["3"],
        "term": TEXTS["query"],
    }
    columns = {c: pa.array(values) for c, values in named.items()}
    for c, texts in few.items():
        columns[c] = pa.array(texts).take(pa.array(rng.integers(0, len(texts), n)))
    return pa.table(columns | {"at": pa.array(np.sort(NOW_MS - rng.integers(0, DAY_MS // 4, n)))})


@contextmanager
def _memory() -> Iterator[list[int]]:
    """How many bytes more than at its beginning this process had at most, looked at ten times a second;
    without what is a file's, which is there only as long as nobody needs the room."""
    process, most = psutil.Process(), [0]

    def held() -> int:
        told = process.memory_info()
        return int(told.rss - told.shared)

    before = held()

    def look(ended: threading.Event) -> None:
        while not ended.wait(0.1):
            most[0] = max(most[0], held() - before)

    with meanwhile(look):
        yield most
