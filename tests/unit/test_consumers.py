"""What rules say is needed by whom, held against what views and models read."""

from __future__ import annotations

import re

import pytest

from features.catalog import CATALOG, VIEWS
from headwater import consumers
from online_models.catalog import MODELS
from online_models.members import conduct, habits, measure
from schemas.events import EVENT_NAMES
from validators.rule import Rule
from validators.ruleset import load

pytestmark = pytest.mark.unit

RULES = load().rules
EVENTS_OF = {r.name: [e for e in EVENT_NAMES if r in RULES[e]] for e in EVENT_NAMES for r in RULES[e]}
EACH = {r.name: r for e in EVENT_NAMES for r in RULES[e]}
each_rule = pytest.mark.parametrize("rule", EACH.values(), ids=list(EACH))

FOUND_BY = {
    "event_age_ms": "event_time",
    "title_known": "title_id",
    "catalogue_runtime_ms": "runtime_ms",
    "genres": "title_id",
}
#: What the measures that each model of members learns from are made of.
MEASURED = {
    "anomaly": {measure.sql for measure in conduct.MEASURES},
    "clusters": {measure.sql for measure in habits.MEASURES if measure.name in (*habits.GENRES, "last_ms")},
    "churn": {measure.sql for measure in habits.MEASURES if measure.name not in habits.GENRES},
}
#: The fields that each model learns from; the gate finds genres by the title.
COLUMNS = {
    **{
        name: {*model.texts, *(bound.column for bound in model.numbers), *model.outcome.on}
        for name, model in MODELS.items()
    },
    **{
        name: {"member_id", *(FOUND_BY.get(c, c) for c in measure.COLUMNS if any(c in sql for sql in of))}
        for name, of in MEASURED.items()
    },
}


def columns_of(rule: Rule) -> set[str]:
    """The fields that a rule reads, or by which what it reads is found."""
    return {FOUND_BY.get(c, c) for c in rule.failure.meta.root_names()}


@each_rule
def test_what_needs_a_rule_exists(rule: Rule) -> None:
    assert set(rule.needed_by) <= consumers.names()


@each_rule
def test_a_view_that_counts_by_a_column_needs_its_rules(rule: Rule) -> None:
    # Every view and the model count an event id once.
    for name in VIEWS:
        reads = any(
            {*view.reads, "event_id"} & columns_of(rule) and {*view.sources} & {*EVENTS_OF[rule.name]}
            for view in CATALOG
            if view.name == name
        )
        needed_by = {re.split("[.]", needed)[0] for needed in rule.needed_by}
        assert reads == bool(needed_by & {name, consumers.EVERY_VIEW})


@each_rule
def test_a_model_needs_the_rules_of_what_it_reads(rule: Rule) -> None:
    for name, events in consumers.MODELS.items():
        reads = {*COLUMNS[name], "event_time", "event_id"} & columns_of(rule)
        needed_by = {name, consumers.EVERY_MODEL} & {*rule.needed_by}
        assert bool(reads and {*events} & {*EVENTS_OF[rule.name]}) == bool(needed_by), name
