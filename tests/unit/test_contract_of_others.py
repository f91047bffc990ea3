"""Of contracts of others: rules with examples where a rule can say it, and else a line that tells."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from validators.contract import contract
from validators.contract_export import exported, to_yaml
from validators.contract_import import Imported, imported
from validators.inspect import broken_examples
from validators.lint import lint
from validators.ruleset import load
from validators.source import RuleError, read
from validators.writing import rule_files

pytestmark = pytest.mark.unit

RULES = load()
HEAD: dict[str, Any] = {"apiVersion": "v3.0.2", "kind": "DataContract", "id": "theirs", "version": "2.1.0"}


def of(*properties: dict[str, Any], event: str = "play", **more: Any) -> Imported:
    told = HEAD | {"schema": [{"name": event, "properties": list(properties), **more}]}
    return imported(contract(read("c.yaml", yaml.safe_dump(told))))


def library(**more: Any) -> dict[str, Any]:
    return {"quality": [{"type": "library", "mustBe": 0, **more}]}


@pytest.mark.parametrize(
    ("told", "expects"),
    [
        ({"name": "country", "required": True}, ["country IS NOT NULL"]),
        ({"name": "member_id", "required": True}, []),
        (
            {"name": "country", "logicalTypeOptions": {"minLength": 2, "maxLength": 2}},
            ["LENGTH(country) BETWEEN 2 AND 2"],
        ),
        ({"name": "country", "logicalTypeOptions": {"minLength": 2}}, ["LENGTH(country) >= 2"]),
        ({"name": "country", "logicalTypeOptions": {"maxLength": 3}}, ["LENGTH(country) <= 3"]),
        ({"name": "country", "logicalTypeOptions": {"pattern": "^[A-Z]{2}$"}}, ["country ~ '^[A-Z]{2}$'"]),
        ({"name": "row", "logicalTypeOptions": {"minimum": 0, "maximum": 9}}, ["row BETWEEN 0 AND 9"]),
        ({"name": "row", "logicalTypeOptions": {"exclusiveMinimum": 0.5}}, ["row >= 1"]),
        ({"name": "row", "logicalTypeOptions": {"exclusiveMaximum": 9}}, ["row <= 8"]),
        ({"name": "runtime_ms", "logicalTypeOptions": {"multipleOf": 1000}}, ["runtime_ms % 1000 = 0"]),
        (
            {"name": "device_type", "enum": [{"value": "tv"}, {"value": "it's"}]},
            ["device_type IN ('tv', 'it''s')"],
        ),
        (
            {"name": "row", **library(metric="invalidValues", arguments={"validValues": [1, 2]})},
            ["row IN (1, 2)"],
        ),
        ({"name": "country", **library(rule="validValues", validValues=["BR"])}, ["country IN ('BR')"]),
        (
            {"name": "country", **library(rule="invalidValues", invalidValues=["XX"])},
            ["country NOT IN ('XX')"],
        ),
        ({"name": "country", **library(metric="nullValues")}, ["country IS NOT NULL"]),
        (
            {"name": "country", **library(metric="missingValues", arguments={"missingValues": [None, ""]})},
            ["country IS NOT NULL", "country NOT IN ('')"],
        ),
        (
            {"name": "app_version", "examples": ["x-1"], "logicalTypeOptions": {"pattern": "^x-[0-9]$"}},
            ["app_version ~ '^x-[0-9]$'"],
        ),
    ],
)
def test_what_others_ask_of_a_field_becomes_rules_with_examples(
    told: dict[str, Any], expects: list[str]
) -> None:
    found = of(told)
    assert [rule.expect for rule in found.rules["play"]] == expects
    assert found.unsaid == []
    assert broken_examples(found.ruleset) == []
    assert not [
        finding
        for name, text in rule_files(found.ruleset, "x").items()
        for finding in lint([(name, text)], ())
    ]


@pytest.mark.parametrize(
    ("told", "unsaid"),
    [
        ({"name": "contry", "required": True}, "play.contry: play has no such field, did you mean country?"),
        ({"name": "country", "unique": True}, "play.country: unique"),
        ({"name": "country", "logicalType": "integer"}, "it is no integer here but a string"),
        ({"name": "country", "logicalTypeOptions": {"format": "uuid"}}, "format: 'uuid' has no rule"),
        (
            {"name": "country", "logicalTypeOptions": {"pattern": "^zq{9}$"}},
            "give an example that matches it",
        ),
        ({"name": "country", "logicalTypeOptions": {"pattern": "("}}, "which cannot be read"),
        ({"name": "country", "logicalTypeOptions": {"minLength": 3, "maxLength": 2}}, "a length of 3 to 2"),
        ({"name": "country", "logicalTypeOptions": {"minLength": -1}}, "a length of -1"),
        ({"name": "row", "logicalTypeOptions": {"minimum": "0"}}, "are no bounds"),
        ({"name": "row", "logicalTypeOptions": {"minimum": 3, "maximum": 2}}, "cannot be"),
        ({"name": "row", "logicalTypeOptions": {"maximum": 2**40}}, "say nothing"),
        ({"name": "row", "logicalTypeOptions": {"multipleOf": 0.5}}, "a multiple of 0.5"),
        ({"name": "row", "enum": [{"value": "one"}]}, "are no values of a int"),
        ({"name": "autoplay", "enum": [{"value": True}]}, "a set of values of a boolean"),
        (
            {"name": "row", "quality": [{"type": "text", "description": "be nice"}]},
            "be nice: a check of type text",
        ),
        (
            {"name": "row", "quality": [{"type": "sql", "query": "SELECT 1", "mustBe": 0}]},
            "a check of type sql",
        ),
        (
            {"name": "row", "quality": [{"type": "custom", "engine": "soda", "implementation": "x"}]},
            "type custom",
        ),
        ({"name": "row", **library(metric="duplicateValues")}, "looks at more than one event"),
        ({"name": "row", "quality": [{"metric": "nullValues", "mustBeLessThan": 5}]}, "some are allowed"),
        ({"name": "row", **library(metric="invalidValues")}, "without validValues or pattern"),
    ],
)
def test_what_no_rule_says_is_told_with_its_place(told: dict[str, Any], unsaid: str) -> None:
    found = of(told)
    assert found.rules["play"] == []
    (line,) = found.unsaid
    assert line.startswith("play.")
    assert unsaid in line


def test_other_events_whole_objects_and_sections_are_told() -> None:
    assert of(event="orders").unsaid[0].startswith("orders is no event type, use one of")
    check = {"name": "fresh", "type": "sql", "query": "SELECT 1", "mustBe": 0}
    assert of(quality=[check], relationships=[]).unsaid == [
        "play: relationships",
        "play: check fresh on the whole of it",
    ]
    told = HEAD | {"team": [], "servers": []}
    assert imported(contract(read("c.yaml", yaml.safe_dump(told)))).unsaid == [
        "servers: it is no matter of rules",
        "team: it is no matter of rules",
    ]


def test_a_topic_names_its_event_severities_and_dimensions_are_translated() -> None:
    check = library(metric="nullValues", severity="warning", dimension="conformity")
    found = of({"name": "country", **check}, event="Plays", physicalName="valid.play")
    (rule,) = found.rules["play"]
    assert (rule.severity, rule.dimension, rule.name) == ("warn", "validity", "country_present")
    twice = of({"name": "country", "required": True, **library(metric="nullValues")}).rules["play"]
    assert [rule.name for rule in twice] == ["country_present", "country_present_2"]


def test_a_broken_rule_of_ours_is_told_and_not_kept() -> None:
    told = exported(RULES)
    told["schema"][0]["quality"][0]["implementation"] = "LENGTH(event_id) > 64"
    del told["schema"][0]["quality"][1]["description"]
    found = imported(contract(read("c.yaml", to_yaml(told))))
    assert len(found.rules["play"]) == len(RULES.rules["play"]) - 2
    assert "play: play.event_id_present: example" in found.unsaid[1]
    assert "play: rule member_id_present: why" in found.unsaid[2]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"apiVersion": "v2.2.2"}, "c.yaml:1: apiVersion is 'v2.2.2'"),
        ({"kind": "Product"}, "kind is 'Product'"),
        ({"schema": [{"name": 3}]}, "c.yaml:6: schema.0.name is 3"),
        ({"schema": [{"name": "play", "properties": [{}]}]}, "schema.0.properties.0.name is missing"),
        ({"schema": [{"name": "play", "quality": [{"type": "odd"}]}]}, "schema.0.quality.0.type is 'odd'"),
    ],
)
def test_what_is_no_contract_is_told_with_its_place(change: dict[str, Any], told: str) -> None:
    with pytest.raises(RuleError) as error:
        contract(read("c.yaml", yaml.safe_dump(HEAD | change, sort_keys=False)))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(st.characters(codec="utf-8"), max_size=9),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=9), inner, max_size=2)
        ),
        max_leaves=5,
    ),
    st.sampled_from(["minimum", "multipleOf", "minLength", "pattern", "enum", "arguments", "implementation"]),
    st.sampled_from(["country", "row", "autoplay"]),
)
def test_any_value_in_any_place_is_told_or_said(value: Any, place: str, column: str) -> None:
    told: dict[str, Any] = {"name": column, "logicalTypeOptions": {place: value}}
    if place in ("arguments", "implementation"):
        told = {"name": column, "quality": [{"metric": "invalidValues", place: value}]}
    if place == "enum":
        told = {"name": column, "enum": [{"value": value}]}
    try:
        found = of(told)
    except RuleError:
        return
    assert found.unsaid or found.rules["play"] or value is None, "but for what is left out"
    assert broken_examples(found.ruleset) == []
