"""A ranker predicts by what was published last, to the last bit, and knows how old it is."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import redis

from online_models.catalog import MODELS, NEXT_TITLE, TAKE
from online_models.declaration import Declaration
from online_models.model import OnlineModel
from online_models.published import pack, unpack
from serving import ModelReader
from sinks.redis_models import RedisModels
from tests.learning import batches, learnt, planted, told

pytestmark = pytest.mark.unit

NOW_MS = 1_780_000_000_000
each_model = pytest.mark.parametrize("declared", MODELS.values(), ids=list(MODELS))


class Counted(RedisModels):
    """Counts how often what predicts is read."""

    reads = 0

    def predictor(self, name: str) -> tuple[dict[str, Any] | None, bytes]:
        self.reads += 1
        return super().predictor(name)


@pytest.fixture
def store(client: redis.Redis) -> Counted:
    client.flushdb()
    return Counted(client)


def publish(store: RedisModels, model: OnlineModel, now_ms: int = NOW_MS, generation: int = 1) -> bool:
    return store.write(model.declared.name, generation, model.summary(), pack(model), now_ms)


def of_planted(declared: Declaration, seed: int = 1, n: int = 1_500) -> OnlineModel:
    return learnt(declared, *batches(planted(n, seed)))


@each_model
def test_what_is_published_predicts_to_the_last_bit(store: Counted, declared: Declaration) -> None:
    model, asked = of_planted(declared), planted(300, 2)
    reader = ModelReader(store)
    assert np.isnan(reader.predict(declared.name, asked, NOW_MS)).all()
    assert (reader.status(declared.name, NOW_MS), reader.learnt_until_ms(declared.name, NOW_MS)) == (
        "missing",
        0,
    )
    assert math.isnan(reader.age_s(declared.name, NOW_MS))
    for step, batch in enumerate(batches(planted(1_500, 3)), 1):
        now_ms = NOW_MS + 1_000 * step
        model.learn(told(declared, batch))
        assert publish(store, model, now_ms)
        found = reader.predict(declared.name, asked, now_ms)
        assert found.tobytes() == model.predict(asked).tobytes()
        assert reader.version(declared.name, now_ms) == model.examples
        assert reader.learnt_until_ms(declared.name, now_ms) == model.learnt_until_ms
    assert len(pack(model)) < declared.learner.most_bytes + 10_000


def test_it_is_read_again_only_when_it_has_changed(store: Counted) -> None:
    model, asked = of_planted(TAKE), planted(10, 2)
    publish(store, model)
    reader = ModelReader(store, poll_s=1.0)
    first = reader.predict("take", asked, NOW_MS)
    for ms in range(0, 5_000, 100):
        reader.predict("take", asked, NOW_MS + ms)
    assert store.reads == 1
    model.learn(planted(500, 9))
    publish(store, model, NOW_MS + 5_000)
    assert (reader.predict("take", asked, NOW_MS + 4_999) == first).all(), "it does not look yet"
    assert (reader.predict("take", asked, NOW_MS + 6_000) == model.predict(asked)).all()
    assert reader.predict("take", asked, NOW_MS - 9_000) is not None, "the clock was put back"
    assert store.reads == 2


def test_how_it_stands(store: Counted) -> None:
    model = of_planted(TAKE)
    publish(store, model)
    reader = ModelReader(store, poll_s=0.0, fresh_s=10.0)
    assert [reader.status("take", NOW_MS + s * 1_000) for s in (0, 9, 10, 99)] == [
        "fresh",
        "fresh",
        "stale",
        "stale",
    ]
    assert reader.age_s("take", NOW_MS + 12_500) == 12.5
    assert reader.age_s("take", NOW_MS - 12_500) == 0.0
    publish(store, model, NOW_MS + 60_000)
    assert reader.status("take", NOW_MS + 61_000) == "fresh", "the same again is not read but is younger"
    assert store.reads == 1
    store.write("take", 1, model.summary() | {"frozen": True}, pack(model), NOW_MS + 61_000)
    assert reader.status("take", NOW_MS + 99_000) == "frozen"
    with pytest.raises(KeyError):
        reader.status("no_such", NOW_MS)


def test_an_older_one_never_replaces_a_newer_one_nor_half_of_it(store: Counted) -> None:
    older, newer = of_planted(TAKE, n=500), of_planted(TAKE, n=1_500)
    assert publish(store, newer, generation=2)
    assert not publish(store, older, NOW_MS + 1, generation=2)
    assert not publish(store, newer, NOW_MS + 1, generation=1)
    head, packed = store.predictor("take")
    assert head is not None
    assert (head["version"], packed) == (newer.examples, pack(newer))
    assert publish(store, older, NOW_MS + 1, generation=3), "counted anew"
    head, packed = store.predictor("take")
    assert head == store.head("take")
    assert packed == pack(older)


def test_what_another_code_has_published_leaves_what_was_read(
    store: Counted, caplog: pytest.LogCaptureFixture
) -> None:
    model, asked = of_planted(TAKE), planted(10, 2)
    publish(store, model)
    reader = ModelReader(store, poll_s=0.0)
    expected = reader.predict("take", asked, NOW_MS)
    store.write("take", 2, model.summary(), pack(of_planted(NEXT_TITLE)), NOW_MS + 50_000)
    for _ in range(3):
        assert (reader.predict("take", asked, NOW_MS + 50_000) == expected).all()
    assert reader.status("take", NOW_MS + 50_000) == "stale"
    assert reader.age_s("take", NOW_MS + 50_000) == 50.0
    assert (store.reads, caplog.text.count("cannot be used")) == (2, 1)
    assert ModelReader(store).status("take", NOW_MS) == "missing"
    with pytest.raises(ValueError, match="not take"):
        unpack(TAKE, pack(OnlineModel(NEXT_TITLE)))


def test_redis_that_was_emptied_leaves_what_was_read(store: Counted, client: redis.Redis) -> None:
    model, asked = of_planted(TAKE), planted(10, 2)
    publish(store, model)
    reader = ModelReader(store, poll_s=0.0)
    reader.predict("take", asked, NOW_MS)
    client.flushdb()
    assert (reader.predict("take", asked, NOW_MS + 20_000) == model.predict(asked)).all()
    assert reader.status("take", NOW_MS + 20_000) == "stale"


def test_a_number_that_is_none_is_not_published() -> None:
    model = of_planted(TAKE)
    state = model.learner.state()
    model.learner = TAKE.learner.start({**state, "z": np.full_like(state["z"], np.nan)})
    with pytest.raises(ValueError, match="finite"):
        pack(model)


def test_a_model_of_other_caps_is_another() -> None:
    with pytest.raises(ValueError, match="this predicts take"):
        unpack(replace(TAKE, caps=()), pack(OnlineModel(TAKE)))
