"""Laws over every rule of the shipped set."""

from __future__ import annotations

import re
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import EVENT_NAMES, EVENTS
from tests.samples import VALUES
from validators.inspect import broken_examples, example_frame, inspect
from validators.rule import Rule
from validators.ruleset import RuleSet, load
from validators.values import seen

pytestmark = pytest.mark.unit

RULES = load()
EACH = [pytest.param(e, r, id=f"{e}-{r.name}") for e in EVENT_NAMES for r in RULES.rules[e]]
each_rule = pytest.mark.parametrize(("event", "rule"), EACH)


def rows(event: str) -> st.SearchStrategy[dict[str, Any]]:
    """Rows with nulls anywhere, times included."""
    return st.fixed_dictionaries({n: st.none() | VALUES[c.avro] for n, c in seen(EVENTS[event]).items()})


def changed(rule: Rule, **fields: Any) -> Rule:
    return Rule(**rule.model_dump() | fields)


def test_every_example_does_what_its_rule_says() -> None:
    assert broken_examples(RULES) == []


def test_an_example_that_does_otherwise_is_told() -> None:
    (rule,) = (r for r in RULES.rules["hover"] if r.name == "dwell_in_range")
    swapped = changed(rule, passes=rule.fails[:1], fails=rule.passes[:1])
    assert broken_examples(RuleSet({"hover": (swapped,)})) == [
        "hover.dwell_in_range: example {'dwell_ms': -1} fails",
        "hover.dwell_in_range: example {'dwell_ms': 0} passes",
    ]


@pytest.mark.parametrize("field", ["dwel_ms", "event_age_ms"])
@pytest.mark.parametrize("where", ["passes", "fails"])
def test_an_example_with_a_field_that_is_none_is_told(where: str, field: str) -> None:
    (rule,) = (r for r in RULES.rules["hover"] if r.name == "dwell_in_range")
    misspelt = changed(rule, **{where: [{"dwell_ms": 5, field: 5}]})
    (problem,) = broken_examples(RuleSet({"hover": (misspelt,)}))
    assert problem.startswith(
        f"hover.dwell_in_range: an example has {field}, which is no field: use event_id, "
    )
    assert {c.name for c in EVENTS["hover"].columns} | {"ingestion_time"} <= set(re.findall(r"\w+", problem))


@pytest.mark.parametrize("expect", ["dwell_ms = = 1", "no_such_column = 1", "no_such_function(dwell_ms)"])
def test_an_expression_that_cannot_be_read_is_told(expect: str) -> None:
    rule = changed(RULES.rules["hover"][0], expect=expect)
    (problem,) = broken_examples(RuleSet({"hover": (rule,)}))
    assert problem.startswith(f"hover.{rule.name}: ")


def test_an_expression_that_looks_at_other_rows_is_told() -> None:
    rule = changed(RULES.rules["hover"][0], expect="MAX(dwell_ms) < 5", passes=[{"dwell_ms": 4}])
    rule = changed(rule, fails=[{"dwell_ms": 5}])
    assert broken_examples(RuleSet({"hover": (rule,)})) == [
        f"hover.{rule.name}: example {{'dwell_ms': 4}} fails"
    ]


@each_rule
def test_a_rule_reads_only_what_its_event_has(event: str, rule: Rule) -> None:
    known = {*seen(EVENTS[event]), "event_age_ms"}
    assert set(rule.failure.meta.root_names()) <= known


@pytest.mark.parametrize("event", EVENT_NAMES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_rule_decides_every_row_and_each_row_alone(event: str, data: st.DataObject) -> None:
    found = (*data.draw(st.lists(rows(event), max_size=5)), {})
    frame = example_frame(EVENTS[event], found)
    failures = frame.select(rule.failure for rule in RULES.rules[event])
    assert failures.schema == {rule.name: pl.Boolean for rule in RULES.rules[event]}
    assert sum(failures.null_count().row(0)) == 0
    together = inspect(RULES.rules[event], frame).failed
    for i, row in enumerate(found):
        alone = inspect(RULES.rules[event], example_frame(EVENTS[event], (row,))).failed
        assert together[:, i].tolist() == alone[:, 0].tolist()


@each_rule
def test_null_is_decided_by_the_rule(event: str, rule: Rule) -> None:
    nothing = example_frame(EVENTS[event], ({},))
    expected = rule.when is None and rule.on_null == "fail"
    assert inspect((rule,), nothing).failed.tolist() == [[expected]]


def test_a_condition_that_is_null_does_not_apply() -> None:
    rule = changed(RULES.rules["hover"][0], expect="dwell_ms > 0", when="row > 3")
    frame = example_frame(
        EVENTS["hover"], ({"dwell_ms": 0}, {"dwell_ms": 0, "row": 3}, {"dwell_ms": 0, "row": 4})
    )
    assert inspect((rule,), frame).failed.tolist() == [[False, False, True]]


@pytest.mark.parametrize("event", EVENT_NAMES)
def test_every_event_has_at_least_six_rules_of_different_names(event: str) -> None:
    names = [rule.name for rule in RULES.rules[event]]
    assert len(set(names)) == len(names) >= 6


@pytest.mark.parametrize("event", EVENT_NAMES)
def test_names_stand_in_a_list_of_reasons(event: str) -> None:
    assert all("," not in rule.name and "|" not in rule.name for rule in RULES.rules[event])
    assert all(rule.why.endswith(".") for rule in RULES.rules[event])
