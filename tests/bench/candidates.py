"""Is what people play next among the candidates? A day of traffic as jobs write it, and what came then."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import redis

from features.catalog import VIEWS
from online_models.catalog import NEXT_TITLE
from online_models.model import OnlineModel
from online_models.published import pack
from schemas.codec import Record
from serving import FeatureReader, ModelReader
from serving.candidates import Candidate, Candidates
from serving.popularity import POPULAR
from sinks.redis_generations import take_over
from sinks.redis_models import RedisModels
from tests.bench.entities import NOW_MS, day, fill
from tests.bench.figure import Plan, Row, percentiles
from tests.bench.servers import a_redis
from tests.naive import Event

_MEMBERS, _TITLES, _PER_S = 1_000, 300, 2
#: The day but for its last hour is known; then everybody is asked what they play.
_ASKED_MS = NOW_MS - 3_600_000
_MOST, _BATCH_MS, _READS = 50, 60_000, 300

Listed = list[list[Candidate]]
#: Each an order of the same candidates.
_ORDERS: dict[str, Callable[[list[Candidate]], list[Candidate]]] = {
    "popular in the country": lambda of: [c for c in of if POPULAR in c.why],
    "by reason": lambda of: of,
}


def candidates(_: Plan) -> Iterator[Row]:
    """Share of the next plays among the first 10, mean reciprocal rank; ms of a list for one member."""
    sent = day(_MEMBERS, _TITLES, _PER_S)
    known = [event for event in sent if event[1]["event_time"] < _ASKED_MS]
    with a_redis() as (client, _process):
        take_over(client, 0)
        for name in ("member_history", "country_top", "title_next"):
            fill(client, VIEWS[name], known)
        played = _next_plays(sent)
        asked = [(record["member_id"], record["country"]) for record in played]
        yield Row("members who play", "members", len(played))
        plain = _lists(client, asked)
        for name, order in _ORDERS.items():
            yield from _figures(name, [order(of) for of in plain], played)
        _publish(client, known)
        yield from _figures("by the model", _lists(client, asked), played)
        yield from _took(client, asked)


def _lists(client: redis.Redis, asked: Sequence[tuple[str, str]]) -> Listed:
    return Candidates(FeatureReader(client), ModelReader(RedisModels(client))).of(asked, _MOST, _ASKED_MS)


def _figures(name: str, found: Listed, played: Sequence[Record]) -> Iterator[Row]:
    ranks = np.array([_rank(of, record["title_id"]) for of, record in zip(found, played, strict=True)])
    yield Row(f"{name}: among the first 10", "of plays", float((ranks <= 10).mean()))
    yield Row(f"{name}: mean reciprocal rank", "", float((1 / ranks).mean()))


def _rank(of: list[Candidate], title: str) -> float:
    return next((place for place, c in enumerate(of, start=1) if c.title_id == title), np.inf)


def _next_plays(sent: Sequence[Event]) -> list[Record]:
    """The first that each member plays, in a new viewing, after they were asked."""
    begun: set[tuple[str, str]] = set()
    first: dict[str, Record] = {}
    for record in (record for event, record in sent if event == "play"):
        viewing = record["session_id"], record["title_id"]
        if record["event_time"] < _ASKED_MS:
            begun.add(viewing)
        elif viewing not in begun:
            first.setdefault(record["member_id"], record)
    return list(first.values())


def _publish(client: redis.Redis, known: Sequence[Event]) -> None:
    model = OnlineModel(NEXT_TITLE)
    last: dict[tuple[str, str], Record] = {}
    for event, record in known:
        if event == "pause":
            last[record["session_id"], record["title_id"]] = record
    rows = sorted(last.values(), key=lambda r: (r["event_time"], r["event_id"]))
    columns = NEXT_TITLE.outcome.columns
    batches: dict[int, list[str]] = {}
    for record in rows:
        row = json.dumps([{**record, "followed": 0}.get(column) for column in columns])
        batches.setdefault(record["event_time"] // _BATCH_MS, []).append(row)
    for batch in batches.values():
        model.learn(NEXT_TITLE.examples(batch))
    RedisModels(client).write(NEXT_TITLE.name, 0, model.summary(), pack(model), _ASKED_MS)


def _took(client: redis.Redis, asked: Sequence[tuple[str, str]]) -> Iterator[Row]:
    reader = Candidates(FeatureReader(client), ModelReader(RedisModels(client)))
    took_ms = []
    for n in range(_READS):
        began_s = time.perf_counter()
        reader.of([asked[n % len(asked)]], now_ms=_ASKED_MS)
        took_ms.append((time.perf_counter() - began_s) * 1_000)
    yield from percentiles("a list of one member", "ms", took_ms[10:])
