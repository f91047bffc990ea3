"""Reading rule files: what the hash depends on, YAML's words, and errors that say where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.events import EVENT_NAMES
from validators.rule import DECIDING, Rule, json_schema
from validators.ruleset import RULES_DIR, RuleSet, load
from validators.source import RuleError

pytestmark = pytest.mark.unit

RULES = load()
CHANGES = {
    "name": "another",
    "expect": "1 = 2",
    "when": "1 = 1",
    "on_null": "pass",
    "severity": "observe",
    "dimension": "accuracy",
    "why": "Because of another reason.",
    "needed_by": ("another_view",),
    "passes": ({"results": 77},),
    "fails": ({"results": 77},),
}
#: For rules that are already as a change would make them.
OTHERWISE = {"on_null": "fail", "dimension": "validity"}
RULE = """\
on: [search]
rules:
  - name: found
    expect: results >= 0
    severity: reject
    dimension: validity
    why: A negative count is none.
    passes: [{results: 0}]
    fails: [{results: -1}]
"""


def loaded(tmp_path: Path, **files: str) -> RuleSet:
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return load(tmp_path)


def test_a_change_of_any_field_is_a_change_that_is_tried() -> None:
    assert CHANGES.keys() == Rule.model_fields.keys()


@pytest.mark.parametrize("field", CHANGES)
@pytest.mark.parametrize("event", EVENT_NAMES)
def test_the_hash_changes_with_what_decides_a_verdict_and_with_nothing_else(event: str, field: str) -> None:
    rules = RULES.rules[event]
    hashes = {RULES.hash}
    for i, rule in enumerate(rules):
        other = CHANGES[field] if getattr(rule, field) != CHANGES[field] else OTHERWISE[field]
        changed = rule.model_copy(update={field: other})
        hashes.add(RuleSet({**RULES.rules, event: (*rules[:i], changed, *rules[i + 1 :])}).hash)
        assert changed.model_dump() != rule.model_dump()
    assert len(hashes) == (len(rules) + 1 if field in DECIDING else 1)


@pytest.mark.parametrize("event", EVENT_NAMES)
def test_the_hash_changes_without_a_rule(event: str) -> None:
    assert RuleSet({**RULES.rules, event: RULES.rules[event][1:]}).hash != RULES.hash


def test_the_hash_does_not_change_with_the_names_of_files_or_comments(tmp_path: Path) -> None:
    for at, path in enumerate(sorted(RULES_DIR.glob("*.yaml"), reverse=True)):
        (tmp_path / f"{at}.yaml").write_text("# A comment.\n\n" + path.read_text())
    assert load(tmp_path).hash == RULES.hash


def test_editors_are_given_the_schema_that_files_are_checked_by() -> None:
    assert (RULES_DIR / "schema.json").read_text() == json_schema()
    for path in RULES_DIR.glob("*.yaml"):
        assert path.read_text().startswith("# yaml-language-server: $schema=schema.json\n")


def test_the_hash_is_the_same_in_every_process() -> None:
    assert load().hash == RULES.hash
    assert len(RULES.hash) == 12


def test_a_star_is_every_event(tmp_path: Path) -> None:
    found = loaded(tmp_path, a=RULE.replace("[search]", '"*"').replace("results", "event_time")).rules
    assert {event: [r.name for r in rules] for event, rules in found.items()} == {
        event: ["found"] for event in EVENT_NAMES
    }


@pytest.mark.parametrize("word", ["on", "off", "NO", "yes", "y", "Null_Island"])
def test_words_that_old_yaml_takes_for_booleans_are_words(tmp_path: Path, word: str) -> None:
    text = RULE.replace("{results: 0}", f"{{results: 0, country: {word}}}")
    (rule,) = loaded(tmp_path, a=text).rules["search"]
    assert rule.passes == ({"results": 0, "country": word},)


def test_true_and_false_are_booleans(tmp_path: Path) -> None:
    text = RULE.replace("[search]", "[play]").replace("{results: 0}", "{autoplay: true}, {autoplay: false}")
    (rule,) = loaded(tmp_path, a=text).rules["play"]
    assert rule.passes == ({"autoplay": True}, {"autoplay": False})


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("severity: reject", "severity: loud", ["rule found", "severity", "'loud'"]),
        ("dimension: validity", "dimension: taste", ["rule found", "dimension", "'taste'"]),
        ("severity: reject", "on_null: maybe", ["rule found", "on_null", "'maybe'"]),
        ("    passes: [{results: 0}]\n", "", ["rule found", "passes is missing"]),
        ("[{results: -1}]", "[]", ["rule found", "fails", "[]"]),
        ("[{results: 0}]", "[3]", ["rule found", "passes", "3"]),
        ("name: found", "name: Not found", ["rule Not found", "name", "'Not found'"]),
        ("name: found", "title: found", ["rule 1", "name is missing"]),
        ("severity: reject", "severty: reject", ["rule found", "severty", "'reject'"]),
        ("why: A negative count is none.", "why: Short", ["rule found", "why", "'Short'"]),
        ("[search]", "[serch]", ["on", "'serch'", "play, pause, search, hover"]),
        ("[search]", "NO", ["on", "'NO'"]),
        ("on: [search]\n", "", ["on is missing"]),
        ("on: [search]", "on: [search", ["no YAML", "line"]),
        (RULE, "", ["None"]),
        (RULE, "- 1", ["[1]"]),
        (RULE, "on: [search]\nrules: [3]", ["rule 1", "3"]),
        (RULE, "on: [search]\nrules: {a: 3}", ["rules", "{'a': 3}"]),
    ],
)
def test_an_error_says_in_one_line_where_it_is(
    tmp_path: Path, before: str, after: str, told: list[str]
) -> None:
    with pytest.raises(RuleError) as error:
        loaded(tmp_path, broken=RULE.replace(before, after))
    assert "\n" not in str(error.value)
    for part in ("broken.yaml", *told):
        assert part in str(error.value)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RuleError, match=r"broken\.yaml"):
        load(tmp_path)


@pytest.mark.parametrize("files", [{"a": RULE, "b": RULE}, {"a": RULE + RULE.split("rules:\n")[1]}])
def test_two_rules_of_one_name_are_told(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(RuleError, match="search: two rules are named found"):
        loaded(tmp_path, **files)
