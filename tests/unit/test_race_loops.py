"""The hand-written loops of the race do what both jobs do, or they would be no opponents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import cast

import confluent_kafka
import pytest
import redis

from headwater.traffic.generate import traffic
from headwater.traffic.population import make_world
from tests.bench.contender import Contender
from tests.bench.loop import Loop
from tests.bench.totals import totals
from tests.bench.vectorised import Vectorised
from tests.doubles import Read, Topics

pytestmark = pytest.mark.runtime

SENT = list(traffic(make_world(Random(1), 200, 50), 500, 8, 1_780_000_000_000, seed=1, fault_rate=0.3))
OUTCOMES = {"valid": "valid", "warned": "valid", "rejected": "quarantined"}

Make = Callable[[str, confluent_kafka.Producer], Contender]
FORMS = pytest.mark.parametrize("make", [Loop, Vectorised])


def run(client: redis.Redis, make: Make) -> tuple[Contender, Topics]:
    client.flushdb()
    port, written = client.connection_pool.connection_kwargs["port"], Topics()
    form = make(f"redis://127.0.0.1:{port}", cast(confluent_kafka.Producer, written))
    read = [Read(sent, at) for at, sent in enumerate(SENT)]
    for start in range(0, len(read), 300):
        form.take(cast(list[confluent_kafka.Message], read[start : start + 300]))
        form.flush()
    return form, written


@FORMS
def test_every_event_ends_as_it_should(client: redis.Redis, make: Make) -> None:
    form, written = run(client, make)
    found: Counter[str] = Counter()
    for told, n in form.verdicts.items():
        event, verdict = told.split()
        found[f"{event} {OUTCOMES.get(verdict, verdict)}"] += n
    assert found == Counter(f"{sent.event} {sent.outcome}" for sent in SENT)
    rejected = sum(sent.outcome == "quarantined" for sent in SENT)
    assert written == {"bench.quarantine": rejected, "bench.valid": len(SENT) - rejected}


@FORMS
def test_every_valid_event_is_in_a_tile_where_readers_look(client: redis.Redis, make: Make) -> None:
    run(client, make)
    valid = Counter(sent.event for sent in SENT if sent.outcome == "valid")
    by_member, by_title = totals(client, {"": 0}).views
    assert by_member[2] == valid.total()
    assert by_title[2] == valid.total() - valid["search"] - valid["session_end"]


def test_both_end_with_the_same_tiles(client: redis.Redis) -> None:
    run(client, Loop)
    by_loop = totals(client, {"": 0})
    run(client, Vectorised)
    assert totals(client, {"": 0}) == by_loop
