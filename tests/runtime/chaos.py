"""Traffic under which things die, and what can be read of it afterwards."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from itertools import takewhile
from random import Random
from typing import Any, TypeVar
from uuid import uuid4

import psutil
import redis

from headwater import jobs, supervisor
from headwater.commands.status import progress
from headwater.demo.probes import probe
from headwater.errors import HeadwaterError
from headwater.positions import Watcher
from headwater.runtime import process
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.flink_rest import FlinkRest
from headwater.runtime.paths import Paths
from headwater.settings import Settings
from headwater.traffic.delivery import deliver, wall_ms
from headwater.traffic.generate import traffic
from headwater.traffic.message import Message, plain
from headwater.traffic.population import make_world
from headwater.traffic.producer import KafkaSink
from headwater.traffic.truth import Truth
from headwater.view_names import view_names
from schemas import topics
from serving import FeatureReader
from sinks.redis_features import connect
from tests.comparison import differences
from tests.naive import Event
from tests.oracle import naive_features

JOBS = ("compute_features", "validate_events")
T = TypeVar("T")
Kill = Callable[[Settings], None]


class Mending:
    """The supervisor, in a thread, while the block runs."""

    def __init__(self, settings: Settings) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=supervisor.supervise, args=(settings, print, self._stop.is_set), daemon=True
        )

    def __enter__(self) -> Mending:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


class Traffic:
    """Seeded traffic with faults, sent in a thread while the block runs; `truth` is whole after it."""

    def __init__(self, where: Endpoints, rate_per_s: int, seconds: int, seed: int, faults: float) -> None:
        self.truth = Truth(records=[])
        self._where, self._sink = where, KafkaSink(where.kafka)
        self._probes: list[Message] = []
        world = make_world(Random(seed), members=300, titles=50)
        self._enough = threading.Event()
        messages = takewhile(
            lambda _: not self._enough.is_set(),
            traffic(world, rate_per_s, seconds, wall_ms() + 500, seed, faults),
        )
        self._thread = threading.Thread(target=deliver, args=(messages, self._sink, self.truth))

    def __enter__(self) -> Traffic:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        for message in self._probes:
            self.truth.add(message)

    def enough(self) -> None:
        """Send no more, though it is not over yet."""
        self._enough.set()

    def gap_s(self) -> float:
        """Send an event now; how long until it can be read."""
        member = f"probe-{uuid4()}"
        message = plain(("search", probe(member, wall_ms()), None))
        began = time.monotonic()
        self._probes.append(message)
        self._sink.send(topics.raw("search"), message.key, message.value)
        while not self._readable(member):
            assert time.monotonic() - began < 180, f"{member} cannot be read"
            time.sleep(0.05)
        return time.monotonic() - began

    def _readable(self, member: str) -> bool:
        try:
            with closing(redis.Redis.from_url(self._where.redis)) as client:
                found = FeatureReader(client).read("member_activity", [member])
        except redis.RedisError:
            return False
        return bool(found.values["searches_10m"][0])


def kill_workers(settings: Settings) -> None:
    """kill -9 of all Python workers of the TaskManager, once there are any: they may be starting again."""
    end(_once(lambda: workers(settings)))


def kill_worker(settings: Settings) -> None:
    """kill -9 of one Python worker of the TaskManager, once there is one: they may be starting again."""
    end(_once(lambda: workers(settings))[:1])


def end(pids: Sequence[int]) -> None:
    """kill -9 of processes."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def kill(part: str) -> Kill:
    """kill -9 of a part of the local runtime, once it runs: it may be starting again."""

    def now(settings: Settings) -> None:
        _once(lambda: process.find(process.read(Paths.of(settings).pid(part)))).send_signal(signal.SIGKILL)

    return now


def _once(look: Callable[[], T | None]) -> T:
    """What there is, as soon as there is something."""
    deadline = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < deadline, "nothing to kill"
        time.sleep(0.1)
    return found


def wait_behind_checkpoint(where: Endpoints, job: str) -> None:
    """Return when the last checkpoint of a job is seconds old, so that a restart now goes back some way."""
    cluster = FlinkRest(where.flink)
    (running,) = cluster.running(job)

    def behind() -> bool:
        done = cluster.get(f"/jobs/{running.id}/checkpoints")["latest"]["completed"]
        return bool(done) and 2_000 < wall_ms() - done["trigger_timestamp"] < 4_000

    _once(behind)


def empty_redis(settings: Settings) -> None:
    """Lose everything that Redis holds."""
    with closing(redis.Redis(port=settings.redis_port)) as client:
        client.flushall()


def workers(settings: Settings) -> list[int]:
    """Pids of the Python workers of the local TaskManager."""
    leader = process.read(Paths.of(settings).pid("taskmanager"))
    found = []
    for each in psutil.process_iter(["cmdline"]):
        with suppress(ProcessLookupError):
            worker = "pyflink.fn_execution.beam.beam_boot" in (each.info["cmdline"] or [])
            if worker and leader and os.getsid(each.pid) == leader.pid:
                found.append(each.pid)
    return found


def settle(where: Endpoints, sent: int, patience_s: float) -> dict[str, Any]:
    """Wait until everything that was sent has ended; the progress then, balanced or not."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            with Watcher(where.kafka) as kafka, closing(connect(where.redis)) as client:
                now = progress(kafka, client)
                read = sum(entry["read"] for entry in now["ledger"])
                done = read >= sent and all(entry["balanced"] for entry in now["ledger"])
        except HeadwaterError:
            done = False
        if done or time.monotonic() > deadline:
            return now
        time.sleep(1.0)


def wrong_features(where: Endpoints, records: list[Event]) -> dict[Any, Any]:
    """Every value that is not what a naive reading of the events gives."""
    wrong: dict[Any, Any] = {}
    now_ms = wall_ms()
    with closing(connect(where.redis)) as client:
        for view in view_names(Settings()):
            expected = naive_features(view, records, now_ms)
            found = FeatureReader(client).read(view, list(expected), now_ms).as_dicts()
            wrong |= differences(expected, found)
    return wrong


def start_jobs(settings: Settings, where: Endpoints) -> None:
    """The jobs that the ledger needs, running."""
    jobs.ensure_all(settings, where, JOBS, print)
