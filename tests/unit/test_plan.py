"""The plan of a rule set says of every row what polars says of each rule alone, whatever the expression."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import EVENT_NAMES, EVENTS
from tests.bench.forty_rules import FORTY
from tests.samples import SOUND, records
from validators.evaluate import UNUSABLE
from validators.inspect import example_frame, inspect
from validators.mutate import mutants
from validators.plan import Plan
from validators.rule import Rule
from validators.ruleset import load
from validators.sample import possible_events

pytestmark = pytest.mark.unit

RULES = load().rules
PLAY = EVENTS["play"]


def by_polars(rule: Rule, frame: pl.DataFrame) -> list[bool]:
    found = frame.select(rule.failure).to_series().to_list()
    return found * (frame.height if len(found) == 1 else 1)


def rule(expect: str, when: str | None = None, on_null: str = "fail") -> Rule:
    told: dict[str, Any] = {"name": "tried", "dimension": "validity", "why": "Because it must be so."}
    return Rule.model_validate(
        told | {"expect": expect, "when": when, "on_null": on_null, "passes": [{}], "fails": [{}]}
    )


@pytest.mark.parametrize("event", EVENT_NAMES)
def test_shipped_rules_and_their_mutants_are_judged_as_polars_does(event: str) -> None:
    for shipped in RULES[event]:
        frame = possible_events(EVENTS[event], shipped)
        changed = tuple(m.rule for m in mutants(shipped, EVENTS[event]))
        failed = inspect((shipped, *changed), frame).failed
        for one, told in zip((shipped, *changed), failed.tolist(), strict=True):
            assert told == by_polars(one, frame), one.expect


def test_forty_rules_are_judged_as_polars_does_and_sound_events_pass_them() -> None:
    for one in FORTY:
        frame = possible_events(PLAY, one)
        assert inspect((one,), frame).failed.tolist() == [by_polars(one, frame)], one.expect
    assert len({(one.expect, one.when) for one in FORTY}) == 40


def test_most_of_what_rules_do_needs_no_polars() -> None:
    plan = Plan.of(FORTY)
    assert len(plan.pieces) < len(FORTY)
    assert not Plan.of(tuple(r for r in FORTY if r.expect.startswith("event_age_ms"))).pieces


numbers = st.sampled_from(["row", "rank", "runtime_ms", "position_ms", "event_age_ms", "event_time"])
lengths = st.sampled_from(["LENGTH(country)", "LENGTH(title_id)"])
literals = st.integers(-3, 3) | st.sampled_from([2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, -(2**63) + 1])
sums = st.tuples(numbers, st.sampled_from("+-*%"), st.integers(1, 3)).map(lambda t: f"{t[0]} {t[1]} {t[2]}")
terms = numbers | numbers | lengths | literals.map(str) | sums
signs = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
comparisons = st.tuples(terms, signs, terms).map(" ".join)
betweens = st.tuples(numbers | lengths, terms, terms).map(lambda t: f"{t[0]} BETWEEN {t[1]} AND {t[2]}")
texts = st.sampled_from(
    [
        "country ~ '^[A-Z]{2}$'",
        "country IN ('BR', 'US')",
        "country = 'BR'",
        "country = title_id",
        "country IS NULL",
        "row IS NULL",
        "rank IS NOT NULL",
        "runtime_ms IS NOT NULL",
        "autoplay",
        "STARTS_WITH(title_id, country)",
        "row IN (1, 2)",
        "TRUE",
        "MAX(row) > 1",
    ]
)
atoms = comparisons | comparisons | betweens | texts
expressions = st.recursive(
    atoms,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})")
        | inner.map(lambda e: f"NOT ({e})")
        | inner.map(lambda e: f"({e}) IS NULL")
        | inner.map(lambda e: f"CASE WHEN {e} THEN TRUE ELSE row > 1 END")
    ),
    max_leaves=6,
)
rules = st.builds(rule, expressions, st.none() | expressions, st.sampled_from(["pass", "fail"]))
small = {"row": st.none() | st.integers(-3, 3), "rank": st.none() | st.integers(-3, 3)}
events = st.lists(
    st.builds(
        lambda any_of_it, near, taken: any_of_it | near | {"ingestion_time": taken},
        records("play") | st.just(SOUND | {"country": None}),
        st.fixed_dictionaries(
            {}, optional={**small, "runtime_ms": st.integers(-3, 3), "position_ms": st.integers(-3, 3)}
        ),
        st.integers(0, 2**62),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(rules, min_size=1, max_size=4), events)
def test_any_rules_are_judged_as_polars_does(some: list[Rule], of: list[dict[str, Any]]) -> None:
    known = {c.name for c in PLAY.columns} | {"ingestion_time"}
    frame = example_frame(PLAY, tuple({n: v for n, v in e.items() if n in known} for e in of))
    try:
        alone = [by_polars(one, frame) for one in some]
    except UNUSABLE:
        with pytest.raises(UNUSABLE):
            inspect(tuple(some), frame)
        return
    assert inspect(tuple(some), frame).failed.tolist() == alone


@pytest.mark.parametrize(
    "expect", ["row AND rank > 1", "LENGTH(country) OR autoplay", "country > 3", "nosuch > 3"]
)
def test_what_polars_refuses_is_refused(expect: str) -> None:
    frame = example_frame(PLAY, ({"row": 1, "rank": 2, "country": "BR", "autoplay": True},))
    for of in (expect, f"NOT ({expect})", f"1 = 1 AND ({expect})"):
        with pytest.raises(UNUSABLE):
            by_polars(rule(of), frame)
        with pytest.raises(UNUSABLE):
            inspect((rule(of),), frame)


def test_rules_that_are_equal_but_of_other_names_are_told_apart() -> None:
    frame = example_frame(PLAY, ({"row": 1}, {"row": 3}))
    one, other = rule("row > 1"), rule("row > 2")
    for some in ((one, other), (other, one), (one,), (other,)):
        assert inspect(some, frame).failed.tolist() == [by_polars(r, frame) for r in some]
    assert inspect((one,), frame[:0]).failed.shape == (1, 0)
    assert inspect((), frame).failed.dtype == np.bool_
