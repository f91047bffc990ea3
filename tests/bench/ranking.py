"""How long a page takes: 500 titles of a member, ranked from features and models in Redis."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from features.catalog import VIEWS
from online_models.catalog import MODELS
from online_models.published import pack
from schemas.titles import Title
from serving import FeatureReader, ModelReader
from serving.offers import Viewer
from serving.ranker import Ranker
from sinks.redis_generations import take_over
from sinks.redis_models import RedisModels
from tests.bench.entities import NOW_MS, day, fill
from tests.bench.figure import Plan, Row
from tests.bench.servers import a_redis
from tests.learning import batches, learnt, planted

_MEMBERS, _TITLES, _ASKED, _READS = 300, 1_000, 500, 210
_READ = {"member_history", "country_top", "title_next", "title_engagement"}


def ranking(_: Plan) -> Iterator[Row]:
    """p50 and p99 of a page of 20 from 500 titles that are named, and from the member's own candidates."""
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
        ranker = Ranker(FeatureReader(client), ModelReader(RedisModels(client)), lambda: titles)
        named = sorted(titles)[:_ASKED]
        for what, asked in ((f"{len(named)} titles", named), ("candidates", None)):
            took_ms = []
            for n in range(_READS):
                viewer = Viewer(f"m{n % _MEMBERS:05}", f"m{n % _MEMBERS:05}-p1", "tv", "US", -300)
                began_s = time.perf_counter()
                ranker.rank(viewer, asked, now_ms=NOW_MS)
                took_ms.append((time.perf_counter() - began_s) * 1_000)
            for percent in (50, 99):
                yield Row(f"{what}: p{percent}", "ms", float(np.percentile(took_ms[10:], percent)))
