"""The HTTP server: the app on the services that run, in as many processes as are asked for."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from headwater.api_keys import is_loopback
from headwater.errors import HeadwaterError
from headwater.followed_titles import FollowedTitles, LateTopic
from headwater.metrics.collector import Product
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.ports import is_taken, owner
from headwater.settings import Settings
from headwater.web.routes import mount
from headwater.web.streams import Streams
from serving import FeatureReader, ModelReader
from serving.api import Services, create_app
from serving.api.logs import CONFIG
from serving.api.metrics import LOGGED, SHARED, Metrics
from serving.candidates import Candidates
from serving.keys import Keys
from serving.popularity import Popularity
from serving.ranker import Ranker
from serving.resilient import ResilientReader
from serving.served_log import ServedLog
from sinks.redis_cluster import async_client_at, client_at
from sinks.redis_flags import RedisFlags
from sinks.redis_models import RedisModels


@dataclass(frozen=True)
class Served:
    """What to serve, and where. Without `keys` nobody is asked for one. If all that there is to `look_at` is
    known, its metrics are told, and the live pages are served, these only where nobody is asked: a browser
    gives no key with a stream. Of all reads a share is kept in the folder `log`. Without a `kafka` nothing is
    known of titles."""

    redis: str
    host: str
    port: int
    workers: int
    cache_ms: int
    patience_ms: int
    keys: Keys | None
    look_at: tuple[Settings, Endpoints] | None = None
    log: tuple[Path, float] | None = None
    kafka: str | None = None


def application(served: Served) -> FastAPI:
    """The app of one process."""
    patience_s = served.patience_ms / 1_000
    timeouts: dict[str, Any] = {"socket_timeout": patience_s, "socket_connect_timeout": patience_s}
    sync, strings = client_at(served.redis, **timeouts), async_client_at(served.redis, **timeouts)
    metrics = Metrics([Product(served.look_at[1])] if served.look_at else [])

    def logged(fate: str, rows: int) -> None:
        metrics.count(LOGGED, fate, by=rows)

    log = ServedLog(*served.log, Random(), told=logged) if served.log else None
    features = ResilientReader(
        strings, RedisFlags(sync), time.time, patience_s, cached_s=served.cache_ms / 1_000, served=log
    )
    models = ModelReader(RedisModels(sync))
    reader = FeatureReader(sync, served=log)
    popularity = Popularity()
    candidates = Candidates(reader, models, popularity)
    # Whoever asks if it is ready has time, and takes a server away that is not.
    patient = client_at(served.redis, socket_timeout=1, socket_connect_timeout=1)
    titles = FollowedTitles(LateTopic(served.kafka)) if served.kafka else None
    streams = Streams()

    @asynccontextmanager
    async def within(app: FastAPI) -> AsyncIterator[None]:
        async with titles.within(app) if titles else nullcontext():
            with streams.ended_by_signals():
                yield
        await strings.aclose()
        if log:
            log.close()

    known = titles or dict
    ranker = Ranker(reader, models, known, popularity)
    services = Services(features, reader, models, candidates, ranker, known, patient.ping)
    app = create_app(services, served.keys, measured=metrics, lifespan=within)
    if served.look_at and served.keys is None:
        mount(app, *served.look_at, known, only_here=is_loopback(served.host), streams=streams)
    return app


def serve(served: Served) -> None:
    """Serve until a signal comes, which is no failure. Raises HeadwaterError where the port is taken."""
    if is_taken(served.port):
        taken = f"port {served.port} (--port) is taken{owner(served.port)}"
        raise HeadwaterError(taken, "stop its owner or give another")
    config = uvicorn.Config(
        partial(application, served),
        factory=True,
        host=served.host,
        port=served.port,
        workers=served.workers,
        log_config=CONFIG,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=5,
        # A process that is killed while it still imports would never serve.
        timeout_worker_healthcheck=60,
    )
    if served.workers == 1:
        # uvicorn raises the signal again when it has ended.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run()
        return
    with tempfile.TemporaryDirectory(prefix="headwater-metrics-") as shared:
        os.environ[SHARED] = shared
        bound = config.bind_socket()
        # asyncio asks for it of its own sockets only; without it an answer waits 40 ms for the client's ACK.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Multiprocess(config, sockets=[bound]).run()
