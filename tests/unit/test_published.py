"""Published rule sets: what a record says, what files make of a set, and what only observes."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import EVENT_NAMES
from validators.published import Published, RuleText, observing, placed, proposed, shipped
from validators.ruleset import RULES_DIR, RuleSet, files_of, load
from validators.source import RuleError

pytestmark = pytest.mark.unit

SHIPPED = shipped()
HOVER = (RULES_DIR / "hover.yaml").read_text()
LONGER = HOVER.replace("600000", "700000").replace("600001", "700001")
ADDED = HOVER.replace("dwell_in_range", "dwelt")
#: Of that rule alone, for a file beside the one that has the others.
HEAD, *EACH = re.split(r"\n(?=  - name: )", ADDED)
ALONE = "\n".join([HEAD, *(rule for rule in EACH if "dwelt" in rule)])
RULES = load()
RULE_NAMES = sorted({f"{e}.{r.name}" for e in EVENT_NAMES for r in RULES.rules[e]})


def severities(rules: RuleSet) -> dict[str, str]:
    return {f"{event}.{r.name}": r.severity for event, of_event in rules.rules.items() for r in of_event}


def applied(before: Published, text: str, name: str = "hover.yaml", observe_first: bool = False) -> Published:
    return proposed(before, [RuleText(name, text)], False, observe_first, 1, "")


def test_the_shipped_set_is_that_of_the_files() -> None:
    assert SHIPPED.rules == load()
    assert SHIPPED.hash == load().hash
    assert [f.name for f in SHIPPED.files] == [p.name for p in files_of(RULES_DIR)]


def test_a_record_is_read_as_it_was_told() -> None:
    told = applied(SHIPPED, LONGER, observe_first=True)
    assert Published.from_json(told.to_json()) == told
    assert told.observe


FIELDS = ("hash", "files", "observe", "note", "applied_at_ms", "name", "text")
JSON = st.recursive(
    st.none() | st.text(max_size=3) | st.integers(-1, 1),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner),
    max_leaves=8,
)


@given(st.none() | st.binary() | JSON.map(orjson.dumps))
def test_any_value_is_a_set_or_a_rule_error(value: bytes | None) -> None:
    try:
        assert any(Published.from_json(value).rules.rules.values())
    except RuleError:
        return


@pytest.mark.parametrize(
    "changes",
    [{"files": []}, {"files": [3]}, {"files": [{"name": "a"}]}, {"observe": 3}, {"applied_at_ms": "x"}],
)
def test_what_is_no_record_is_a_rule_error(changes: dict[str, object]) -> None:
    told = orjson.loads(SHIPPED.to_json()) | changes
    with pytest.raises(RuleError, match="no published rules"):
        Published.from_json(orjson.dumps(told))


@pytest.mark.parametrize(
    "text",
    [
        "on: [",
        HOVER.replace("dwell_ms BETWEEN 0 AND 600000", "nonsense("),
        HOVER.replace("dwell_ms BETWEEN 0 AND 600000", "no_such > 1"),
        HOVER.replace("passes: [{dwell_ms: 0}", "passes: [{dwell_ms: -1}"),
        HOVER.replace("passes: [{dwell_ms: 0}", 'passes: [{event_id: "\\ud800", dwell_ms: 0}'),
        HOVER.replace("dwell_in_range", "country_iso"),
    ],
)
def test_rules_that_cannot_judge_are_a_rule_error(text: str) -> None:
    files = tuple(RuleText(f.name, text) if f.name == "hover.yaml" else f for f in SHIPPED.files)
    assert files != SHIPPED.files
    with pytest.raises(RuleError):
        print(Published("", 0, "", files).rules)


def test_a_file_takes_the_place_of_the_one_of_its_name() -> None:
    after = applied(SHIPPED, LONGER)
    assert [f.name for f in after.files] == [f.name for f in SHIPPED.files]
    assert {f for f in after.files if f not in SHIPPED.files} == {RuleText("hover.yaml", LONGER)}
    joined = applied(SHIPPED, ALONE, "another.yaml")
    assert [f.name for f in joined.files][:2] == ["common.yaml", "another.yaml"]
    assert placed(SHIPPED, [RuleText("a.yaml", HOVER)], only=True) == (RuleText("a.yaml", HOVER),)


def test_what_is_new_or_changed_observes_until_its_file_is_applied_again() -> None:
    first = applied(SHIPPED, LONGER, observe_first=True)
    assert first.observe == ("hover.dwell_in_range",)
    assert severities(first.rules) == severities(load()) | {"hover.dwell_in_range": "observe"}
    second = applied(first, ALONE, "another.yaml", observe_first=True)
    assert second.observe == ("hover.dwell_in_range", "hover.dwelt")
    third = applied(second, ALONE, "another.yaml")
    assert third.observe == ("hover.dwell_in_range",)
    assert applied(second, ALONE, "another.yaml", observe_first=True).observe == second.observe
    assert applied(third, LONGER).observe == ()


def test_what_only_tells_of_itself_does_not_observe() -> None:
    assert (
        applied(SHIPPED, HOVER.replace("it would drown the mean", "it drowns it"), observe_first=True).observe
        == ()
    )


def test_what_was_removed_does_not_observe(tmp_path: Path) -> None:
    first = applied(SHIPPED, ADDED, observe_first=True)
    assert first.observe == ("hover.dwelt",)
    assert proposed(first, [RuleText("a.yaml", HOVER)], True, False, 1, "").observe == ()


@given(st.sets(st.sampled_from(RULE_NAMES)))
def test_observing_changes_those_rules_and_keeps_what_event_types_share(names: set[str]) -> None:
    found = observing(RULES, names)
    assert severities(found) == severities(RULES) | dict.fromkeys(names, "observe")

    def objects(of: RuleSet) -> int:
        return len({id(r) for of_event in of.rules.values() for r in of_event})

    whole = {n for n in RULE_NAMES if n.partition(".")[2] == "country_iso"}
    assert objects(observing(RULES, whole)) == objects(RULES)
