"""Measures against naive readings of their definitions, and what their states must hold."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from online_models.examples import Examples
from online_models.measures.figures import PARTS, Figures, calibration, figures
from online_models.measures.lists import Breadth
from online_models.measures.quality import Quality
from online_models.measures.slices import ByNewness, ByValue
from online_models.measures.tally import BINS, Tally
from online_models.state import from_bytes, to_bytes

pytestmark = pytest.mark.unit

TEXTS = ("country", "device_type", "member_id", "title_id")
#: A prediction, whether it came true, and a slice of three.
JUDGED = st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(0, 2)), max_size=60)
Pairs = list[tuple[float, bool]]


def tallied(judged: list[tuple[float, bool, int]], fade: float = 0.9, cuts: tuple[int, ...] = ()) -> Tally:
    tally = Tally(3, fade)
    for start, stop in pairwise([0, *sorted(min(cut, len(judged)) for cut in cuts), len(judged)]):
        predictions, labels, slices = (
            (np.array(c) for c in zip(*judged[start:stop], strict=True))
            if (stop > start)
            else (np.zeros(0),) * 3
        )
        tally.add(predictions, labels.astype(float), slices.astype(np.intp))
    return tally


def naive(pairs: Pairs, fade: float) -> dict[str, float | None]:
    """Weighted by definition: each pair of examples by the product of their weights."""
    weighted = [(p, y, fade ** (len(pairs) - 1 - n)) for n, (p, y) in enumerate(pairs)]
    total = sum(w for *_, w in weighted)
    better = against = 0.0
    for p, y, w in weighted:
        for q, z, v in weighted:
            if y and not z:
                against += w * v
                better += w * v * (1.0 if p > q else 0.5 if p == q else 0.0)
    surprise = sum(w * -math.log(min(max(p if y else 1 - p, 1e-6), 1 - 1e-6)) for p, y, w in weighted)
    return {
        "weight": total,
        "share": sum(w for _, y, w in weighted if y) / total if total else None,
        "log_loss": surprise / total if total else None,
        "auc": better / against if against else None,
        "off": abs(sum(w * (p - y) for p, y, w in weighted)) / total if total else None,
    }


@settings(max_examples=150, deadline=None)
@given(JUDGED, st.sampled_from([0.5, 0.9, 1.0]))
def test_figures_are_those_of_the_naive_reading_slice_by_slice(
    judged: list[tuple[float, bool, int]], fade: float
) -> None:
    tally = tallied(judged, fade)
    for place in range(3):
        expected = naive([(p, y) for p, y, s in judged if s == place], fade)
        found = figures(tally, place)
        assert found.weight == pytest.approx(expected["weight"])
        assert found.share == pytest.approx(expected["share"])
        assert found.log_loss == pytest.approx(expected["log_loss"], abs=1e-6)
        assert (found.auc is None) == (expected["auc"] is None)
        if found.auc is not None and found.auc_error is not None:
            assert found.auc == pytest.approx(expected["auc"], abs=found.auc_error + 1e-9)
            assert 0 <= found.auc_error <= 0.5
        parts = calibration(tally, place)
        assert len(parts) <= PARTS
        assert sum(part.weight for part in parts) == pytest.approx(expected["weight"])
        if found.ece is not None and expected["off"] is not None:
            # Parts may be off to both sides, and all together only by what is left.
            assert expected["off"] - 1e-9 <= found.ece <= 1


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=60))
def test_the_calibration_error_of_few_different_predictions_is_exact(told: list[tuple[int, bool]]) -> None:
    # Each tenth has a bin of its own, and parts are made of whole bins.
    tally = tallied([(0.05 + n / 10, came, 0) for n, came in told], fade=1.0)
    by_part: dict[int, list[tuple[float, bool]]] = {}
    below = 0
    for n in range(10):
        own = [(0.05 + m / 10, came) for m, came in told if m == n]
        if own:
            part = min(int((below + len(own) / 2) * PARTS / len(told)), PARTS - 1)
            by_part.setdefault(part, []).extend(own)
        below += len(own)
    expected = sum(abs(sum(p - came for p, came in part)) for part in by_part.values()) / len(told)
    assert figures(tally).ece == pytest.approx(expected, abs=1e-9)


def test_ranking_by_the_truth_is_told_as_exactly_as_stated() -> None:
    rng = np.random.default_rng(1)
    chances = 1 / (1 + np.exp(-rng.normal(-1, 1, 4_000)))
    came = rng.random(4_000) < chances
    found = figures(tallied([(p, y, 0) for p, y in zip(chances, came, strict=True)], fade=1.0))
    order = chances[:, None] > chances[None, :]
    exact = order[came][:, ~came].mean()
    assert found.auc is not None
    assert abs(found.auc - exact) < 0.001
    assert found.auc_error is not None
    assert found.auc_error < 0.02
    assert found.ece is not None
    assert found.ece < 0.04


@settings(max_examples=60, deadline=None)
@given(JUDGED, st.lists(st.integers(0, 60), max_size=4))
def test_where_batches_are_cut_changes_the_last_digits_alone(
    judged: list[tuple[float, bool, int]], cuts: list[int]
) -> None:
    one, other = tallied(judged), tallied(judged, cuts=tuple(cuts))
    for name in ("weight", "positives", "predicted", "loss"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-9, atol=1e-12)


def examples(rows: list[tuple[float, bool, str | None, str | None]]) -> tuple[Any, Examples]:
    told = [(n, "", came, a, a, b, b) for n, (_, came, a, b) in enumerate(rows)]
    return np.array([p for p, *_ in rows]), Examples.of(told, texts=TEXTS)


WORDS = st.none() | st.sampled_from(["a", "b", "\ud800", "a\0"]) | st.text(max_size=2)
ROWS = st.lists(st.tuples(st.floats(0, 1), st.booleans(), WORDS, WORDS), max_size=40)


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS)
def test_quality_goes_on_from_its_state_as_if_it_had_not_been_saved(first: Any, second: Any) -> None:
    whole = Quality(fade=0.9)
    whole.add(*examples(first))
    saved = Quality.from_state(from_bytes(to_bytes(whole.state(), 1), 1))
    assert to_bytes(saved.state(), 1) == to_bytes(whole.state(), 1)
    for quality in (whole, saved):
        quality.add(*examples(second))
    assert to_bytes(saved.state(), 1) == to_bytes(whole.state(), 1)
    assert json.dumps(saved.told(), allow_nan=False) == json.dumps(whole.told())


def test_a_state_of_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format 0"):
        Quality.from_state(Quality().state() | {"format": 0})


@given(st.lists(st.lists(WORDS, max_size=20), max_size=3))
def test_new_is_what_was_seen_less_often_than_said(batches: list[list[str | None]]) -> None:
    by, seen = ByNewness("member_id", below=3), dict[str, int]()
    for batch in batches:
        given_ = [(n, "", 0, text) for n, text in enumerate(batch)]
        found = by.sort(Examples.of(given_, texts=("member_id",)))
        for text, place in zip(batch, found.tolist(), strict=True):
            seen[str(text)] = seen.get(str(text), 0) + 1
            # Texts may share a place, so what is told as new surely is.
            assert place == 1 or seen[str(text)] <= 3
            assert place == 1 or by.names()[place] == "new"
            assert not (seen[str(text)] > 3 and place == 0)


def test_so_many_members_are_new_at_first() -> None:
    by = ByNewness("member_id", below=2)
    told = [(n, "", 0, f"m{n % 500}") for n in range(1_500)]
    found = by.sort(Examples.of(told, texts=("member_id",)))
    assert found[:500].sum() < 5
    assert found[1_000:].all()


def test_values_past_the_most_are_others() -> None:
    by = ByValue("country")
    told = [(n, "", 0, f"c{n}") for n in range(50)]
    found = by.sort(Examples.of(told, texts=("country",)))
    assert found.tolist() == [*range(1, 32), *[0] * 19]
    assert len(by.names()) == ByValue.most == 32


@given(st.lists(WORDS, max_size=60))
def test_a_value_has_a_place_of_its_own_while_there_is_room(values: list[str | None]) -> None:
    by = ByValue("country")
    told = [(n, "", 0, value) for n, value in enumerate(values)]
    found = by.sort(Examples.of(told, texts=("country",))).tolist()
    first = list(dict.fromkeys(value for value in values if value is not None and value != "other"))
    expected = {value: place for place, value in enumerate(first[: ByValue.most - 1], 1)}
    assert found == [expected.get(value, 0) if value is not None else 0 for value in values]


CATALOGUE = {"a": frozenset("xy"), "b": frozenset("y"), "c": frozenset("z"), "d": frozenset[str]()}
LISTS = st.lists(st.lists(st.sampled_from([*"abcd", "unknown"]), max_size=4, unique=True), max_size=30)


@settings(deadline=None)
@given(LISTS, st.sampled_from([0.7, 1.0]))
def test_breadth_is_that_of_the_naive_reading(lists: list[list[str]], fade: float) -> None:
    breadth = Breadth(CATALOGUE, fade)
    breadth.add(lists)
    weights = [fade ** (len(lists) - 1 - n) for n in range(len(lists))]
    shown = [sum(w for w, of in zip(weights, lists, strict=True) if t in of) for t in CATALOGUE]
    found = breadth.told()
    if not sum(shown):
        assert set(found.values()) == {None}
        return
    differences = sum(abs(one - other) for one in shown for other in shown)
    shares = [s / sum(shown) for s in shown if s]
    assert found["gini"] == pytest.approx(differences / (2 * len(shown) * sum(shown)))
    assert found["entropy"] == pytest.approx(-sum(s * math.log(s) for s in shares) / math.log(4), abs=1e-12)
    assert found["coverage"] == sum(s >= 0.01 - 1e-15 for s in shown) / 4
    within, heavy = 0.0, 0.0
    for w, of in zip(weights, lists, strict=True):
        known = [CATALOGUE[t] for t in of if t in CATALOGUE]
        pairs = [(one, two) for n, one in enumerate(known) for two in known[n + 1 :]]
        if pairs:
            jaccards = [len(one & two) / len(one | two) if one | two else 1.0 for one, two in pairs]
            within, heavy = within + w * (1 - sum(jaccards) / len(pairs)), heavy + w
    assert found["diversity"] == (pytest.approx(within / heavy, abs=1e-9) if heavy else None)


@given(LISTS, LISTS)
def test_breadth_goes_on_from_its_state(first: list[list[str]], second: list[list[str]]) -> None:
    whole = Breadth(CATALOGUE, 0.9)
    whole.add(first)
    saved = Breadth.from_state(CATALOGUE, json.loads(json.dumps(whole.state())))
    for breadth in (whole, saved):
        breadth.add(second)
    assert saved.state() == whole.state()
    shrunk = Breadth.from_state({"a": CATALOGUE["a"]}, whole.state())
    assert shrunk.state()["shown"].keys() <= {"a"}


def test_long_streams_neither_overflow_nor_forget_what_is_new() -> None:
    breadth = Breadth(CATALOGUE, 0.5)
    breadth.add([["a", "b"]] * 2_000)
    breadth.add([["b", "c"]] * 2_000)
    assert breadth.told()["coverage"] == 0.5
    tally = tallied([(0.5, True, 0)] * 5_000, fade=0.5)
    assert isinstance(figures(tally), Figures)
    assert figures(tally).weight == pytest.approx(2.0)
    assert tally.weight.shape == (3, BINS)
