"""How long a page takes: 500 titles of a member, ranked from features and models in Redis."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

import redis
import redis.asyncio

from features.catalog import VIEWS
from online_models.catalog import MODELS
from online_models.published import pack
from schemas.titles import Title
from serving import FeatureReader, ModelReader, ResilientReader
from serving.api import Services, create_app
from serving.candidates import Candidates
from serving.offers import Viewer
from serving.ranker import Ranker
from sinks.redis_flags import RedisFlags
from sinks.redis_generations import take_over
from sinks.redis_models import RedisModels
from tests.bench.entities import NOW_MS, day, fill
from tests.bench.figure import Plan, Row, percentiles
from tests.bench.servers import a_redis
from tests.browser.conftest import served
from tests.learning import batches, learnt, planted

_MEMBERS, _TITLES, _ASKED, _READS = 300, 1_000, 500, 210
_READ = {"member_history", "country_top", "title_next", "title_engagement"}


def ranking(_: Plan) -> Iterator[Row]:
    """p50 and p99 of a page of 20 from 500 titles that are named, and from the member's own candidates: of a
    bare Ranker, and of the route, asked one after the other by a client in the same process."""
    with a_redis() as (client, _process):
        take_over(client, 0)
        sent = day(_MEMBERS, _TITLES, 1)
        for name in _READ | {known.view for model in MODELS.values() for known in model.known}:
            fill(client, VIEWS[name], sent)
        for name, declared in MODELS.items():
            model = learnt(declared, *batches(planted(3_000, 1)))
            RedisModels(client).write(name, 0, model.summary(), pack(model), NOW_MS)
        titles = {
            r["title_id"]: Title(r["title_id"], tuple((r["genres"] or "").split(",")), r.get("runtime_ms"))
            for _event, r in sent
            if r.get("title_id")
        }
        services = _services(client, titles)
        named = sorted(titles)[:_ASKED]
        yield from _pages(f"{len(named)} titles", services, named)
        yield from _pages("candidates", services, None)


def _pages(what: str, services: Services, asked: Sequence[str] | None) -> Iterator[Row]:
    yield from _timed(what, lambda n: _bare(services.ranker, n, asked))
    with served(create_app(services)) as url:
        there = http.client.HTTPConnection(urlsplit(url).netloc)
        yield from _timed(f"POST /rank, {what}", lambda n: _over_http(there, n, asked))
        there.close()


def _services(client: redis.Redis, titles: dict[str, Title]) -> Services:
    reader, models = FeatureReader(client), ModelReader(RedisModels(client))
    strings = redis.asyncio.Redis(port=client.connection_pool.connection_kwargs["port"])
    return Services(
        ResilientReader(strings, RedisFlags(client), time.time),
        reader,
        models,
        Candidates(reader, models),
        Ranker(reader, models, lambda: titles),
        lambda: titles,
        client.ping,
        lambda: NOW_MS,
    )


def _bare(ranker: Ranker, n: int, asked: Sequence[str] | None) -> None:
    member = f"m{n % _MEMBERS:05}"
    ranker.rank(Viewer(member, f"{member}-p1", "tv", "US", -300), asked, now_ms=NOW_MS)


def _over_http(there: http.client.HTTPConnection, n: int, asked: Sequence[str] | None) -> None:
    member = f"m{n % _MEMBERS:05}"
    body = {"member": member, "device": "tv", "country": "US", "utc_offset_min": -300, "titles": asked}
    there.request("POST", "/rank", json.dumps(body), {"Content-Type": "application/json"})
    answer = there.getresponse()
    assert answer.status == 200, answer.read()
    assert json.loads(answer.read())["titles_known"]


def _timed(what: str, once: Callable[[int], None]) -> Iterator[Row]:
    took_ms = []
    for n in range(_READS):
        began_s = time.perf_counter()
        once(n)
        took_ms.append((time.perf_counter() - began_s) * 1_000)
    yield from percentiles(what, "ms", took_ms[10:])
