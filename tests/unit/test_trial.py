"""The test of a rival: what it finds, how seldom it is wrong, and what it remembers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from online_models.drift import Drift
from online_models.trial import ENOUGH, Trial

pytestmark = pytest.mark.unit

BETS = [1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2]


@given(st.lists(st.lists(st.tuples(st.floats(0, 14), st.floats(0, 14)), max_size=20), max_size=12))
@settings(max_examples=60, deadline=None)
def test_wealth_is_what_a_naive_player_has(groups: list[list[tuple[float, float]]]) -> None:
    trial = Trial(margin=0.01)
    coins = [1.0] * len(BETS)
    for group in groups:
        settled = trial.add(*(np.array([pair[i] for pair in group]) for i in (0, 1)))
        for n, bet in enumerate(BETS):
            coins[n] = max(coins[n], 1.0)
            for champion, rival in group:
                coins[n] *= 1 + bet * min(max(champion - rival - 0.01, -1), 1)
        assert trial.evidence == pytest.approx(math.log(sum(coins) / len(BETS)), abs=1e-6)
        assert settled == (trial.evidence >= ENOUGH)


def test_equals_are_never_told_apart_and_better_ones_soon() -> None:
    rng = np.random.default_rng(1)
    alike = Trial(margin=0.0)
    assert not any(alike.add(*rng.exponential(0.5, (2, 200))) for _ in range(5_000)), "a million examples"
    champion, rival = rng.exponential(0.5, (2, 3_000))
    assert alike.add(champion + 0.1, rival), "however long it was in vain"


@pytest.mark.parametrize("batch", [7, 100, 450])
def test_drift_is_found_when_losses_rise_and_goes_on_from_its_state(batch: int) -> None:
    rng = np.random.default_rng(2)
    even, risen, fallen = (rng.exponential(scale, 12_600) for scale in (0.5, 0.8, 0.3))
    for after, found in ((even, False), (fallen, False), (risen, True)):
        drift, told = Drift(), []
        for start in range(0, 25_200, batch):
            drift = Drift(drift.state())
            told.append(drift.add(np.concatenate([even, after])[start : start + batch]))
        assert any(told) == found
        assert not any(told[: 12_600 // batch])
        assert len(drift.state()["means"]) <= 256
