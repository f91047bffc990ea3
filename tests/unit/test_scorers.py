"""Laws of everything that judges members."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from flink_jobs.tell_scores import records
from headwater.traffic.catalogue import GENRES as OF_WORLDS
from online_models.members.churn import LEAST
from online_models.members.habits import GENRES, Habits
from online_models.members.measure import Rows
from online_models.members.models import MemberModels
from online_models.members.scorer import EVENT, Kind
from schemas.codec import decode_batch, encode
from schemas.events import EVENTS
from schemas.orders import HAND, Order
from schemas.topics import raw
from tests.conduct import KINDS, START_MS, batch, batches
from validators.judge import judge
from validators.ruleset import load

pytestmark = pytest.mark.unit

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def learnt(kind: Kind, rows: list[Rows]) -> MemberModels:
    models = MemberModels(kind)
    for one in rows:
        models.score(one)
    return models


@each_kind
def test_a_state_that_is_saved_and_read_goes_on_byte_for_byte(kind: Kind) -> None:
    rows = batches(kind, 14)
    frozen = [Order(model, "freeze", rows[9].at_ms, HAND, "é") for model in kind.models[:1]]
    packed, told = MemberModels(kind).to_bytes(), []
    for one in rows:
        models = MemberModels.from_bytes(kind, packed)
        told.append(models.score(one, frozen))
        packed = models.to_bytes()
    undisturbed = MemberModels(kind)
    assert [undisturbed.score(one, frozen) for one in rows] == told
    assert packed == undisturbed.to_bytes()
    assert any(score for scores in told for score in scores)


@each_kind
def test_the_order_of_rows_in_a_batch_does_not_matter(kind: Kind) -> None:
    at_ms = START_MS + kind.every_ms
    rows = batch(kind, at_ms, 300, 1)
    one, other = MemberModels(kind), MemberModels(kind)
    assert one.score(Rows.read(at_ms, rows)) == other.score(Rows.read(at_ms, rows[::-1]))
    assert one.to_bytes() == other.to_bytes()


@each_kind
def test_whatever_numbers_come_a_state_is_finite_and_bounded(kind: Kind) -> None:
    rng, models = np.random.default_rng(1), MemberModels(kind)
    for turn in range(1, 12):
        at_ms = START_MS + turn * kind.every_ms
        members = tuple(sorted(f"{turn}-{n}é" for n in range(8_000 if turn < 4 else 500)))
        value = rng.choice([0.0, 1.0, 2.0**40, 2.0**62], (len(members), len(kind.measures)))
        for n, measure in enumerate(kind.measures):
            if measure.name.endswith("_ms"):
                value[:, n] = at_ms - rng.integers(0, 2, len(members)) * rng.integers(1, kind.every_ms)
        scores = models.score(Rows(at_ms, members, ("[]",) * len(members), value))
        assert len(scores) == len(members)
        assert all(0 <= of.get("anomaly", 0) <= 1 and 0 <= of.get("churn_risk", 0) <= 1 for of in scores)
    assert len(models.to_bytes()) < kind.most_bytes + 10_000


@each_kind
def test_a_state_of_another_declaration_is_refused(kind: Kind) -> None:
    packed = MemberModels(kind).to_bytes()
    (other,) = (k for k in KINDS if k is not kind)
    with pytest.raises(ValueError, match="this is a state of"):
        MemberModels.from_bytes(other, packed)
    changed = (
        replace(kind, churn=replace(kind.churn, most=7))
        if isinstance(kind, Habits)
        else replace(kind, models=())
    )
    with pytest.raises(ValueError, match="this is a state of"):
        MemberModels.from_bytes(changed, packed)


@each_kind
def test_what_is_published_is_json_by_model(kind: Kind) -> None:
    models = learnt(kind, batches(kind, 14))
    packed = models.to_bytes()
    found = models.summaries(packed)
    assert tuple(found) == kind.models
    for name, summary in json.loads(json.dumps(found, allow_nan=False)).items():
        assert summary["version"] == summary["examples"] > 100
        assert (summary["positives"] is None) == (name != "churn")
        assert summary["state_bytes"] == len(packed)


@each_kind
def test_scores_are_sound_events_with_ids_that_follow_from_window_and_member(kind: Kind) -> None:
    rows, scorer = batches(kind, 14), kind.start()
    told = [record for one in rows for record in records(kind.name, one, scorer.score(one))]
    assert len(told) > 300
    assert len({record["event_id"] for record in told}) == len(told)
    again = kind.start()
    assert [r for one in rows for r in records(kind.name, one, again.score(one))] == told
    values = [encode(EVENT, record) for record in told]
    assert not decode_batch(EVENTS[EVENT], values).reasons
    times = np.array([record["event_time"] for record in told])
    found = judge({EVENT: np.arange(len(values))}, values, times, load())
    assert {*found.reasons.tolist()} == {None}
    assert raw(EVENT) == "events.member_score"


def test_of_who_was_not_active_for_a_horizon_nothing_is_told() -> None:
    (habits,) = (kind for kind in KINDS if isinstance(kind, Habits))
    before = batches(habits, 14)
    models, names = learnt(habits, before), [measure.name for measure in habits.measures]
    at_ms = before[-1].at_ms + habits.every_ms
    value = np.zeros((2, len(names)))
    value[:, names.index("last_ms")] = at_ms - habits.churn.horizon_ms - np.array([0, 1])
    rows = Rows(at_ms, ("m1", "m2"), ("[]", "[]"), value)
    assert [tuple(score) for score in models.score(rows)] == [("churn_risk",), ()]


def test_a_risk_is_told_only_by_who_has_learnt_enough() -> None:
    (habits,) = (kind for kind in KINDS if isinstance(kind, Habits))
    scorer = habits.start()
    for rows in batches(habits, 14):
        told = any("churn_risk" in score for score in scorer.score(rows))
        assert told == (scorer.told()["churn"]["examples"] >= LEAST)
    assert told


def test_clusters_are_named_by_what_their_members_play_more_than_others() -> None:
    (habits,) = (kind for kind in KINDS if isinstance(kind, Habits))
    models = learnt(habits, batches(habits, 8))
    named = {told["taste"] for told in models.summaries(b"")["clusters"]["learner"]["clusters"]}
    assert {"crime, drama", "drama, crime"} & named


def test_the_genres_that_are_told_apart_are_those_of_made_up_worlds() -> None:
    assert GENRES == OF_WORLDS
