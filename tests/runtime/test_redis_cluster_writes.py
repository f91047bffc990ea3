"""What jobs write into a real Redis Cluster of three nodes is what they write into one Redis."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import redis

from features.catalog import VIEWS
from features.layout import layouts
from features.view import View
from online_models.catalog import NEXT_TITLE
from online_models.model import OnlineModel
from online_models.published import pack
from schemas.quality import Alert, Condition, Count, Violation
from schemas.topics import MINUTE_MS
from serving import FeatureReader, ModelReader
from serving.observed import observe
from sinks import redis_generations as generations
from sinks.redis_cluster import client_at
from sinks.redis_features import RedisTiles
from sinks.redis_flags import RedisFlags
from sinks.redis_ledger import RedisLedger, Total
from sinks.redis_members import RedisMembers
from sinks.redis_models import RedisModels
from sinks.redis_quality import RedisQuality
from tests.clusters import a_cluster
from tests.gallery import EVERY
from tests.offline import crowded
from tests.reading import NOW_MS, SAMPLE, check
from tests.tiles import write_all

pytestmark = pytest.mark.runtime

TITLES = VIEWS["title_engagement"]
MEMBERS = VIEWS["member_activity"]


@pytest.mark.parametrize("view", EVERY.values(), ids=EVERY)
def test_what_the_job_writes_there_is_read_as_the_events_say(view: View, client: Any) -> None:
    events, store = crowded(Random(view.name), 3 * 3_600_000), RedisTiles(client)
    # What is late takes the place of nothing.
    for part in events, events[:100]:
        write_all(store, view, part)
    check(view, FeatureReader(client), events, NOW_MS)
    assert all(client.ttl(key) > 0 for key in client.scan_iter("hw:{*"))


def test_a_write_tells_how_many_it_stored_whatever_their_nodes(client: Any) -> None:
    layout, names = layouts(TITLES)[0], [f"t{n}" for n in range(100)]
    records = np.zeros(100, layout.dtype)
    records["tile"], records["n"] = NOW_MS // layout.ring.tile_ms, 2
    store = RedisTiles(client)
    assert [store.write(layout, names, records, NOW_MS) for _ in range(2)] == [100, 100]
    records["n"][:90] = 1
    assert store.write(layout, names, records, NOW_MS) == 10


def test_scripts_that_nodes_have_lost_are_loaded_again(client: Any) -> None:
    events = crowded(Random(0), 900_000)
    store = RedisTiles(client)
    write_all(store, TITLES, events[:10])
    client.script_flush()
    write_all(store, TITLES, events)
    check(TITLES, FeatureReader(client), events, NOW_MS)


def test_a_generation_begins_takes_over_and_is_retired(client: Any) -> None:
    events, total = crowded(Random(1), 900_000), Total("play", "valid", "", 0, 9, 0)
    for generation in 1, 2:
        generations.begin(client, generation, {"0": 7}, [TITLES.id])
        write_all(RedisTiles(client, generation), TITLES, events)
        RedisLedger(client, generation).write([total])
    generations.take_over(client, 2)
    generations.retire_others(client, 2)
    assert not [*client.scan_iter("*:g1")]
    assert (generations.end_of(client, 2), RedisLedger(client, 2).read()) == ({"0": 7}, [total])
    assert observe(client, [TITLES], NOW_MS)[0].status == "fresh"
    check(TITLES, FeatureReader(client), events, NOW_MS)


def test_a_member_is_forgotten_on_all_nodes(client: Any) -> None:
    write_all(RedisTiles(client), MEMBERS, crowded(Random(2), 900_000))
    members = RedisMembers(client)
    keys = members.keys("m1", VIEWS.values())
    assert members.remove(keys) == len(keys) > 0
    assert members.keys("m1", VIEWS.values()) == []
    assert members.keys("m2", VIEWS.values())


def test_flags_and_data_quality_are_told(client: Any) -> None:
    now_ms = time.time_ns() // 1_000_000
    flags, quality, accounts = RedisFlags(client), RedisQuality(client), [f"m{n}" for n in range(20)]
    told = [Violation("often", "play", of, now_ms, "e", 5, 4, 1_000, "") for of in accounts]
    assert flags.flag(told, {"often": 60_000}) == 20
    assert flags.read(accounts, now_ms) == {of: {"often": now_ms} for of in accounts}
    minute_ms = now_ms // MINUTE_MS * MINUTE_MS
    counts = [Count(minute_ms - n * MINUTE_MS, "play", "all", "", "valid", "", n) for n in range(3)]
    quality.write_counts(counts)
    assert quality.read_counts(minute_ms - 2 * MINUTE_MS, now_ms) == counts[::-1]
    assert flags.watched(now_ms, MINUTE_MS)
    alert = Alert(now_ms, "late", "play", "all", "", "raised", 0.4, 0.2, 60_000, "timeliness", "40%")
    condition = Condition("late", True, now_ms, "40%", (TITLES.name,), ())
    quality.write_open([alert], [condition], 30)
    assert (quality.alerts(), quality.conditions()) == ([alert], [condition])
    assert set(FeatureReader(client).read(TITLES, ["t1"]).status) == {"degraded"}
    assert flags.flagged() == sorted(accounts)
    assert (flags.clear(accounts), flags.flagged()) == (20, [])


def test_a_model_is_published_and_predicts(client: Any) -> None:
    store, model = RedisModels(client), OnlineModel(NEXT_TITLE)
    assert (store.names(), store.predictor(NEXT_TITLE.name)) == ([], (None, b""))
    assert store.write(NEXT_TITLE.name, 2, model.summary(), pack(model), NOW_MS)
    assert not store.write(NEXT_TITLE.name, 1, model.summary(), b"older", NOW_MS)
    assert store.names() == [NEXT_TITLE.name]
    assert store.predictor(NEXT_TITLE.name) == (store.head(NEXT_TITLE.name), pack(model))
    assert ModelReader(store).status(NEXT_TITLE.name, NOW_MS) == "fresh"


def test_a_cluster_that_does_not_answer_is_told_of_as_one_redis(tmp_path: Path) -> None:
    with a_cluster(tmp_path) as (url, nodes), client_at(url, socket_timeout=1) as client:
        reader, store = FeatureReader(client), RedisTiles(client)
        for node in nodes:
            node.kill()
            node.wait()
        with pytest.raises(redis.RedisError):
            reader.read(TITLES, ["t1"])
        with pytest.raises(redis.RedisError):
            write_all(store, TITLES, SAMPLE)
        with pytest.raises(redis.RedisError):
            generations.live(client)
        # What is asked in a pipeline.
        with pytest.raises(redis.RedisError):
            RedisFlags(client).read(["m1"])
        with pytest.raises(redis.RedisError):
            RedisQuality(client).read_counts(0, MINUTE_MS)
        with pytest.raises(redis.RedisError):
            client_at(url)
