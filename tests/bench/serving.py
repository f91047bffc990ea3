"""What the HTTP API gives: how soon, of how many requests, and what becomes of ten times as many."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import psutil
import redis

from features.catalog import VIEWS
from features.layout import layouts
from features.view import View
from headwater.errors import HeadwaterError
from serving import FeatureReader
from sinks.redis_generations import take_over
from tests.bench.asking import ARROW, Seen
from tests.bench.entities import NOW_MS, day, fill, keys_of
from tests.bench.figure import Plan, Row, percentiles
from tests.bench.peers.environment import told_by
from tests.bench.servers import ROOT, a_redis
from tests.stacks import free_ports

_MEMBERS, _TITLES, _PER_S, _ENTITIES, _BODIES = 300, 200, 1, 100, 50
_RATE_PER_S, _SECONDS, _CLIENTS, _TIMES = 200, 10, (1, 2, 4, 8), 10
_JSON = "application/json"
#: What a ranker asks of a page: 50 values.
_TABLES = (
    ("title_engagement", "title_popularity", "title_rating", "title_seek"),
    ("title_country_trending",),
    ("title_row_take",),
    ("member_title",),
    ("session_network",),
)


def serving(_: Plan) -> Iterator[Row]:
    """100 entities x 50 values: a bare reader; JSON and Arrow at 200 requests/s; ten times too many."""
    with a_redis() as (client, _process), tempfile.TemporaryDirectory() as folder:
        take_over(client, 0)
        sent = day(_MEMBERS, _TITLES, _PER_S)
        for name in chain.from_iterable(_TABLES):
            fill(client, VIEWS[name], sent)
        _keep(client)
        asks, bodies = _asks(client), Path(folder) / "bodies"
        bodies.write_text("\n".join(json.dumps({"ask": ask, "now_ms": NOW_MS}) for ask in asks))
        yield from _bare(client, asks)
        port: int = client.connection_pool.connection_kwargs["port"]
        yield from _feast(port)
        for workers in (1, 2):
            with _served(f"redis://127.0.0.1:{port}/0", workers) as (url, server):
                of = f"{workers} worker{'s' if workers > 1 else ''}"
                for name, accept in (("JSON", _JSON), ("Arrow", ARROW)):
                    for rate in (50, 100, _RATE_PER_S):
                        before_s, what = _cpu_s(server), f"{of}, {name}, {rate}/s"
                        seen = _asked(url, bodies, "--accept", accept, "--rate", rate, "--seconds", _SECONDS)
                        yield from _figures(what, seen)
                        used_ms = (
                            (_cpu_s(server) - before_s) * 1_000 / max(1, sum(s.status == 200 for s in seen))
                        )
                        yield Row(f"{what}: CPU of the server, an answer", "ms", used_ms)
                yield from _overload(url, bodies, of)


def _overload(url: str, bodies: Path, of: str) -> Iterator[Row]:
    runs = [_asked(url, bodies, "--clients", clients, "--seconds", 5) for clients in _CLIENTS]
    peak = max(sum(s.status == 200 for s in seen) for seen in runs) / 5
    yield Row(f"{of}: peak of {', '.join(map(str, _CLIENTS))} clients", "answers/s", peak)
    seen = _asked(url, bodies, "--rate", int(peak * _TIMES), "--seconds", 10)
    good = [s for s in seen if s.status == 200]
    shed_ms = [s.took_s * 1_000 for s in seen if s.status == 503] or [0.0]
    lasted_s = max(s.due_s + s.took_s for s in seen)
    yield Row(f"{of}, {_TIMES} times the peak: answers, of the peak", "", len(good) / lasted_s / peak)
    yield Row(f"{of}, {_TIMES} times the peak: broken off", "requests", sum(s.status == 0 for s in seen))
    yield from percentiles(f"{of}, {_TIMES} times the peak: refused after", "ms", shed_ms)
    after = _asked(url, bodies, "--rate", max(1, int(peak / 2)), "--seconds", 10)
    slow = [s.due_s for s in after if s.status != 200 or s.took_s > 0.05]
    yield Row(f"{of}: half the peak right after: last refused or above 50 ms", "s", max(slow, default=0.0))


def _figures(what: str, seen: Sequence[Seen]) -> Iterator[Row]:
    good = [s.took_s * 1_000 for s in seen if s.status == 200] or [0.0]
    yield Row(f"{what}: answered", "of all", sum(s.status == 200 for s in seen) / len(seen))
    yield from percentiles(what, "ms", good)


def _bare(client: redis.Redis, asks: Sequence[Any]) -> Iterator[Row]:
    reader, took_ms = FeatureReader(client), []
    values = sum(len(VIEWS[view].value_names) for table in asks[0] for view in table["views"])
    for n in range(310):
        questions = [(v, table["entities"]) for table in asks[n % len(asks)] for v in table["views"]]
        began_s = time.perf_counter()
        reader.read_many(questions, NOW_MS)
        if n >= 10:
            took_ms.append((time.perf_counter() - began_s) * 1_000)
    yield from percentiles(f"a bare FeatureReader, {_ENTITIES} x {values}", "ms", took_ms)


def _feast(port: int) -> Iterator[Row]:
    """The same number of values of as many entities, read by Feast's SDK from the same Redis."""
    try:
        took_ms = told_by("feast", str(port), str(_ENTITIES))
    except HeadwaterError as error:
        yield Row(f"Feast: {error.problem}", "void", 0.0)
        return
    yield from percentiles(f"Feast, {_ENTITIES} x 50", "ms", took_ms)


def _asks(client: redis.Redis) -> list[list[dict[str, Any]]]:
    """A hundred entities of each table at a time, of those that the day left."""
    rng = Random(1)
    there = [_names(client, VIEWS[views[0]]) for views in _TABLES]
    return [
        [
            {"views": list(views), "entities": rng.choices(names, k=_ENTITIES)}
            for views, names in zip(_TABLES, there, strict=True)
        ]
        for _ in range(_BODIES)
    ]


def _keep(client: redis.Redis) -> None:
    """What expires meanwhile would be cheap to read."""
    pipe = client.pipeline(transaction=False)
    for key in client.scan_iter(count=1_000):
        pipe.persist(key)
    pipe.execute()


def _names(client: redis.Redis, view: View) -> list[str]:
    held = keys_of(client, layouts(view)[0])
    return sorted(key.decode().split("{")[1].split("}")[0] for key in held)


def _cpu_s(server: psutil.Process) -> float:
    times = [process.cpu_times() for process in (server, *server.children(recursive=True))]
    return float(sum(of.user + of.system for of in times))


@contextmanager
def _served(redis_url: str, workers: int) -> Iterator[tuple[str, psutil.Process]]:
    """`headwater serve` in a process of its own."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "headwater", "serve", "--port", str(port), "--workers", str(workers)]
    given = os.environ | {"HEADWATER_REDIS": redis_url, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=given, stdout=subprocess.DEVNULL) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(f"{url}/health/ready")
            yield url, psutil.Process(process.pid)
        finally:
            process.terminate()


def _wait(url: str) -> None:
    for _ in range(1_200):
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)


def _asked(url: str, bodies: Path, *more: str | float) -> list[Seen]:
    command = [sys.executable, "-m", "tests.bench.asking", url, "--bodies", bodies, *more]
    ran = subprocess.run(list(map(str, command)), check=True, capture_output=True, cwd=ROOT)
    return [Seen(*seen) for seen in json.loads(ran.stdout)]
