"""What a member may play next: why, in which order, and never what was finished."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import redis

from features.catalog import VIEWS
from online_models.catalog import NEXT_TITLE
from online_models.examples import Examples
from online_models.model import OnlineModel
from online_models.published import pack
from serving import FeatureReader, ModelReader
from serving.candidates import AFTER, RESUME, Candidates
from serving.popularity import POPULAR
from sinks.memory import MemoryTiles
from sinks.redis_models import RedisModels
from tests.tiles import write_all
from tests.viewers import NOW_MS, TOLD

pytestmark = pytest.mark.unit

READ = ("member_history", "country_top", "title_next")


@pytest.fixture
def features() -> FeatureReader:
    tiles = MemoryTiles()
    for name in READ:
        write_all(tiles, VIEWS[name], TOLD)
    return FeatureReader(tiles)


class Unpublished:
    """No model was ever published."""

    def head(self, name: str) -> None: ...

    def predictor(self, name: str) -> tuple[None, bytes]:
        return None, b""


def test_what_was_begun_comes_before_what_others_played_and_that_before_what_is_popular(
    features: FeatureReader,
) -> None:
    (found,) = Candidates(features, ModelReader(Unpublished())).of([("m1", "BR")], now_ms=NOW_MS)
    assert [(c.title_id, c.why) for c in found][:2] == [("t1", (RESUME, POPULAR)), ("t3", (AFTER, POPULAR))]
    assert {c.title_id: c.why for c in found}["t9"][-1] == POPULAR
    assert "t2" not in [c.title_id for c in found], "it was finished, however popular"
    assert all(math.isnan(c.chance) for c in found)


def test_a_stranger_gets_what_is_popular_and_nothing_where_nothing_is_known(features: FeatureReader) -> None:
    reader = Candidates(features, ModelReader(Unpublished()))
    strangers, nobody = reader.of([("new", "BR"), ("new", "")], now_ms=NOW_MS)
    assert [c.title_id for c in strangers][:2] == ["t9", "t2"]
    assert {c.why for c in strangers} == {(POPULAR,)}
    assert nobody == []


def test_the_model_puts_them_in_order_and_chances_are_shares(
    features: FeatureReader, client: redis.Redis
) -> None:
    client.flushdb()
    store = RedisModels(client)
    columns = {"member_id": ["m1"] * 90, "title_id": ["t9"] * 60 + ["t3"] * 20 + ["t1"] * 10}
    zeros = {"position_ms": np.zeros(90), "runtime_ms": np.ones(90)}
    model = OnlineModel(NEXT_TITLE)
    times = NOW_MS - 90 * 60_000 + 60_000 * np.arange(90)
    model.learn(
        Examples(times, np.ones(90), {**{n: np.array(c, object) for n, c in columns.items()}, **zeros})
    )
    store.write(NEXT_TITLE.name, 0, model.summary(), pack(model), NOW_MS)
    reader = Candidates(features, ModelReader(store))
    (found,) = reader.of([("m1", "BR")], now_ms=NOW_MS)
    assert found[0].title_id == "t9"
    assert sum(c.chance for c in found) == pytest.approx(1.0)
    assert [c.chance for c in found] == sorted((c.chance for c in found), reverse=True)
    assert reader.of([("m1", "BR")], most=2, now_ms=NOW_MS) == [found[:2]]
    json.dumps([c.chance for c in found])


def test_many_members_at_once_are_told_what_each_is_told_alone(features: FeatureReader) -> None:
    reader = Candidates(features, ModelReader(Unpublished()))
    asked = [("m2", "BR"), ("m1", ""), ("new", "JP"), ("m1", "BR")]
    together = reader.of(asked, now_ms=NOW_MS)
    alone = [reader.of([one], now_ms=NOW_MS)[0] for one in asked]
    assert [[(c.title_id, c.why) for c in of] for of in together] == [
        [(c.title_id, c.why) for c in of] for of in alone
    ]
