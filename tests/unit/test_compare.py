"""What differs between rule sets: every field, every rule, and nothing else."""

from __future__ import annotations

import pytest

from schemas.events import EVENT_NAMES
from validators.compare import Change, FieldChange, compare
from validators.rule import Rule
from validators.ruleset import RuleSet, load

pytestmark = pytest.mark.unit

RULES = load()
ALL = [r for e in EVENT_NAMES for r in RULES.rules[e]]
EACH = {rule.name: rule for rule in ALL}


def without(name: str) -> RuleSet:
    return RuleSet({e: tuple(r for r in rules if r.name != name) for e, rules in RULES.rules.items()})


def replaced(rule: Rule) -> RuleSet:
    return RuleSet(
        {e: tuple(rule if r.name == rule.name else r for r in of) for e, of in RULES.rules.items()}
    )


def events_of(name: str) -> tuple[str, ...]:
    return tuple(e for e in EVENT_NAMES if name in {r.name for r in RULES.rules[e]})


def test_a_set_does_not_differ_from_itself() -> None:
    assert compare(RULES, load()) == []
    backwards = RuleSet({e: tuple(reversed(rules)) for e, rules in RULES.rules.items()})
    assert compare(RULES, backwards) == []


@pytest.mark.parametrize("name", EACH)
def test_a_rule_that_is_gone_was_there(name: str) -> None:
    assert compare(RULES, without(name)) == [Change("removed", name, events_of(name))]
    assert compare(without(name), RULES) == [Change("added", name, events_of(name))]


@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize("field", [f for f in Rule.model_fields if f != "name"])
def test_every_field_is_compared(name: str, field: str) -> None:
    changed = EACH[name].model_copy(update={field: "changed"})
    before = getattr(EACH[name], field)
    told = Change("changed", name, events_of(name), (FieldChange(field, before, "changed"),))
    assert compare(RULES, replaced(changed)) == [told]


def test_a_change_on_one_event_alone_is_told_of_it_alone() -> None:
    rule = EACH["country_iso"].model_copy(update={"severity": "warn"})
    play = tuple(rule if r.name == rule.name else r for r in RULES.rules["play"])
    (change,) = compare(RULES, RuleSet({**RULES.rules, "play": play}))
    assert change.events == ("play",)
