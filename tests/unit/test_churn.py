"""What is learnt of leaving, held against a naive reading of who came when."""

from __future__ import annotations

import numpy as np
import pytest

from online_models.examples import Numbers
from online_models.measures.exact import auc
from online_models.members.churn import KNOWN, Churn
from online_models.tokens import tokens

pytestmark = pytest.mark.unit

HORIZON_MS = 80_000
CHURN = Churn(HORIZON_MS)
EVERY_MS = HORIZON_MS // CHURN.times
START_MS = 1_780_000_000_000 // HORIZON_MS * HORIZON_MS


def known(n: int, seed: int) -> Numbers:
    return np.random.default_rng(seed).random((n, len(KNOWN)))


def test_a_member_is_an_example_once_a_horizon_and_left_if_not_there_at_its_end() -> None:
    rng, learner = np.random.default_rng(1), CHURN.start()
    came: list[set[str]] = []
    for turn in range(13):
        there = sorted({f"m{n}" for n in rng.integers(0, 300, 260)})
        came.append({*there})
        learner.learn(START_MS + turn * EVERY_MS, tokens(there), known(len(there), turn))
    every = sum(len(before - after) for before, after in zip(came, came[CHURN.times :], strict=False))
    many = sum(len(before) for before in came[: -CHURN.times])
    # One in four of what could be: each member at its own turn.
    assert learner.examples == pytest.approx(many / CHURN.times, rel=0.1)
    assert learner.positives / learner.examples == pytest.approx(every / many, abs=0.04)


def test_who_is_asked_at_which_time_follows_from_the_member_alone() -> None:
    asked: dict[int, set[int]] = {}
    everybody = tokens([f"m{n}" for n in range(200)])
    learner = CHURN.start()
    for turn in range(9):
        learner.learn(START_MS + turn * EVERY_MS, everybody, known(200, turn))
        waiting = learner.state()["waiting"]
        for token, at_ms in zip(waiting["token"].tolist(), waiting["at_ms"].tolist(), strict=True):
            asked.setdefault(token, set()).add(at_ms)
    assert len(asked) == 200
    assert {(at_ms - START_MS) % HORIZON_MS for times in asked.values() for at_ms in times} == {
        0,
        EVERY_MS,
        2 * EVERY_MS,
        3 * EVERY_MS,
    }
    assert all(len({at_ms % HORIZON_MS for at_ms in times}) == 1 for times in asked.values())


def test_when_nothing_came_from_anybody_nobody_has_left() -> None:
    learner, everybody = CHURN.start(), tokens([f"m{n}" for n in range(100)])
    learner.learn(START_MS, everybody, known(100, 1))
    learner.learn(START_MS + 3 * HORIZON_MS, everybody[:1], known(1, 2))
    assert learner.examples == 0
    assert (learner.state()["waiting"]["at_ms"] == START_MS + 3 * HORIZON_MS).all()


def test_nothing_is_held_against_a_horizon_of_which_anything_was_left_out() -> None:
    everybody, left_out = tokens([f"m{n}" for n in range(200)]), {7, 8, 15}
    free, pausing, expected = CHURN.start(), CHURN.start(), 0
    for turn in range(30):
        about, before = known(200, turn), free.examples
        free.learn(START_MS + turn * EVERY_MS, everybody, about)
        if turn in left_out:
            pausing.pause(about)
        else:
            pausing.learn(START_MS + turn * EVERY_MS, everybody, about)
        if left_out.isdisjoint(range(turn - CHURN.times, turn + 1)):
            expected += free.examples - before
    assert 0 < pausing.examples == expected < free.examples


def test_what_waits_is_bounded() -> None:
    kind, most = Churn(HORIZON_MS, most=50), 0
    learner = kind.start()
    for turn in range(9):
        learner.learn(
            START_MS + turn * EVERY_MS, tokens([f"m{turn}-{n}" for n in range(1_000)]), known(1_000, turn)
        )
        most = max(most, len(learner.state()["waiting"]["token"]))
    assert most == kind.times * kind.most


def test_silence_is_learnt_to_mean_leaving() -> None:
    """Members come in turns of their own and one in ten leaves in a horizon, for good."""
    rng, learner = np.random.default_rng(3), CHURN.start()
    names, rate = np.array([f"m{n}" for n in range(2_000)]), rng.uniform(1, 8, 2_000)
    gone_ms = START_MS + rng.exponential(10 * HORIZON_MS, 2_000)
    last_ms = np.full(2_000, float(START_MS))
    visits, risks, gone = np.zeros(2_000), [], []
    for turn in range(1, 80):
        at_ms = START_MS + turn * EVERY_MS
        comes = (rng.random(2_000) < 1 - np.exp(-rate / CHURN.times)) & (gone_ms > at_ms)
        last_ms[comes] = at_ms - rng.uniform(0, EVERY_MS, int(comes.sum()))
        visits[comes] += 1
        there = last_ms >= at_ms - HORIZON_MS
        first, mean = np.full(2_000, float(START_MS)), (START_MS + last_ms) / 2
        about = CHURN.known(at_ms, first, last_ms, mean, visits)
        risk = learner.learn(at_ms, tokens(names[there].tolist()), about[there])
        if turn > 40:
            risks.append(risk)
            gone.append((gone_ms[there] <= at_ms + EVERY_MS).astype(float))
    told = learner.told()
    assert told["auc"] > 0.7
    assert told["log_loss"] < 0.95 * told["base_log_loss"]
    assert told["learner"]["weights"]["missed visits"] > 0
    assert auc(np.concatenate(risks), np.concatenate(gone)) > 0.7
