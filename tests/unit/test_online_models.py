"""Laws of online models: what a learner, its guard and its measure must hold, whatever they are fed."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from online_models import take
from online_models.example import Example
from online_models.learner import Logistic
from online_models.model import OnlineModel
from online_models.prequential import FADE, Prequential

pytestmark = pytest.mark.unit

HOUR_MS = 3_600_000
BAD_VALUES = [math.nan, math.inf, -math.inf, 1e9, -1e300]


def hovers(n: int, seed: int) -> list[Example]:
    """Planted: the first row and phones are taken more often."""
    rng = Random(seed)
    rows = []
    for i in range(n):
        row, device = rng.choice([None, 0, 1, 2]), rng.choice(["tv", "phone", None])
        probability = 0.1 + 0.5 * (row == 0) + 0.3 * (device == "phone")
        known = (row, rng.randrange(9), device, rng.choice(["US", "BR", None]), rng.randrange(5_000))
        rows.append((i * 977, f"e{i}", *known, int(rng.random() < probability)))
    return take.examples(rows)


def learnt(*batches: list[Example]) -> OnlineModel:
    model = take.new_model()
    for batch in batches:
        model.learn(batch)
    return model


@given(st.integers(0, 300), st.lists(st.integers(0, 300), max_size=5), st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_where_batches_are_cut_and_states_are_saved_changes_no_byte(
    n: int, cuts: list[int], seed: int
) -> None:
    examples = hovers(n, seed)
    at_once = learnt(examples)
    text = take.new_model().to_json()
    bounds = [0, *sorted(min(cut, n) for cut in cuts), n]
    for start, stop in pairwise(bounds):
        model = OnlineModel.from_json(text)
        model.learn(examples[start:stop])
        text = model.to_json()
    assert text == at_once.to_json()


def test_a_learner_made_from_a_state_predicts_the_same() -> None:
    examples = hovers(500, 1)
    learner = Logistic()
    learner.learn(examples)
    again = Logistic.from_state(json.loads(json.dumps(learner.state())))
    assert [again.predict(e.features) for e in examples] == [learner.predict(e.features) for e in examples]


def test_the_order_in_which_rows_arrive_does_not_matter() -> None:
    rows = [(i // 3, f"e{i % 7}-{i}", 0, 1, "tv", "US", i, i % 2) for i in range(50)]
    shuffled = rows.copy()
    Random(3).shuffle(shuffled)
    assert take.examples(shuffled) == take.examples(rows)


@pytest.mark.parametrize("bad", BAD_VALUES)
@pytest.mark.parametrize("feature", ["dwell", "row=0", "new"])
def test_a_bad_example_changes_nothing_but_the_count_of_the_refused(bad: float, feature: str) -> None:
    good = hovers(200, 2)
    poison = Example(10**15, {**good[0].features, feature: bad}, True)
    clean, spoilt = learnt(good), learnt([poison, *good[:100], poison], [poison], [*good[100:], poison])
    assert sum(spoilt.refused.values()) == 4
    assert set(spoilt.refused) == ({"absurd"} if math.isfinite(bad) else {"not_finite"})
    spoilt.refused.clear()
    assert spoilt.to_json() == clean.to_json()


def test_a_large_value_is_clipped() -> None:
    def model(value: float) -> str:
        return learnt([Example(0, {"dwell": value}, True)]).to_json()

    assert model(11.0) == model(10.0) == model(999_999.0) != model(9.0)


def test_a_batch_that_would_break_the_learner_is_undone() -> None:
    model = learnt(hovers(50, 4))
    model.learner = Logistic.from_state(model.learner.state() | {"intercept": -math.inf})
    before = model.examples
    model.learn(hovers(10, 5))
    assert model.refused == {"diverged": 10}
    assert model.examples == before


def test_a_state_is_finite_json_and_another_format_is_refused() -> None:
    state = json.loads(learnt(hovers(10, 6)).to_json())
    with pytest.raises(ValueError, match="format 2"):
        OnlineModel.from_json(json.dumps(state | {"format": 2}))
    broken = learnt(hovers(10, 6))
    broken.prequential.loss = math.nan
    with pytest.raises(ValueError, match="JSON"):
        broken.to_json()


def test_counts_are_those_of_the_examples() -> None:
    examples = hovers(300, 7)
    model = learnt(examples[:100], [], examples[100:])
    assert (model.examples, model.positives) == (300, sum(e.label for e in examples))
    assert model.learnt_until_ms == max(e.event_time_ms for e in examples)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60))
def test_prequential_is_a_weighted_mean(scored: list[tuple[float, bool]]) -> None:
    found = Prequential()
    losses, bases = [], []
    for i, (prediction, label) in enumerate(scored):
        found.add(prediction, label)
        sure = min(max(prediction, 1e-6), 1 - 1e-6)
        losses.append(-math.log(sure) if label else -math.log(1 - sure))
        ages = [FADE ** (i - 1 - j) for j in range(i)]
        share = (sum(a for a, (_, y) in zip(ages, scored, strict=False) if y) + 0.5) / (sum(ages) + 1)
        bases.append(-math.log(share) if label else -math.log(1 - share))
    if not scored:
        assert found.log_loss is None
        return
    weights = [FADE ** (len(scored) - 1 - j) for j in range(len(scored))]
    for mean, of in ((found.log_loss, losses), (found.base_log_loss, bases)):
        expected = sum(w * x for w, x in zip(weights, of, strict=True)) / sum(weights)
        assert mean == pytest.approx(expected, rel=1e-9)


def test_a_planted_signal_is_learnt() -> None:
    summary = learnt(hovers(8_000, 8)).summary()
    assert summary["log_loss"] < 0.9 * summary["base_log_loss"]
    weights = summary["learner"]["weights"]
    assert weights["row=0"] > max(weights[f"row={other}"] for other in ("none", "1", "2"))
    assert weights["device_type=phone"] > weights["device_type=tv"]


@given(
    st.integers(0, 10**13),
    st.none() | st.integers(-(10**9), 10**9),
    st.none() | st.integers(-(10**9), 10**9),
    st.none() | st.text(max_size=4),
    st.none() | st.text(max_size=4),
    st.integers(-(2**63), 2**63 - 1),
)
def test_whatever_a_client_says_names_are_bounded(
    event_time: int, row: int | None, rank: int | None, device: str | None, country: str | None, dwell_ms: int
) -> None:
    features = take.features(event_time, row, rank, device, country, dwell_ms)
    assert len(features) == 6
    for name, value in features.items():
        assert math.isfinite(value)
        kind, _, choice = name.partition("=")
        assert (
            name == "dwell"
            or choice in ("none", "other", "tv", "phone", "tablet", "web")
            or (kind == "country" and len(choice) == 2 and choice.isascii() and choice.isupper())
            or (kind in ("row", "rank", "hour") and 0 <= int(choice) <= 40)
        )
