"""Each thing that can be wrong with a rule file, told with its line; and nothing of the shipped ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater import consumers
from schemas.events import EVENT_NAMES, EVENTS
from validators.lint import Finding, lint
from validators.rule import Rule
from validators.ruleset import RULES_DIR, files_of, load
from validators.sample import MOST_ROWS, possible_events

pytestmark = pytest.mark.unit

RULES = load().rules
EACH = [pytest.param(e, r, id=f"{e}-{r.name}") for e in EVENT_NAMES for r in RULES[e]]
GOOD = """\
on: [hover]
rules:
  - name: dwelt
    expect: dwell_ms BETWEEN 0 AND 9
    when: row > 3
    severity: reject
    dimension: validity
    why: Because it must be so.
    needed_by: [take]
    passes: [{dwell_ms: 0, row: 4}]
    fails:
      - {dwell_ms: -1, row: 4}
      - dwell_ms: 10
        row: 4
"""
SECOND = GOOD.partition("rules:\n")[2]


def found(*texts: str) -> list[Finding]:
    return lint([(f"{i}.yaml", text) for i, text in enumerate(texts)], consumers.names())


def told(*texts: str) -> list[tuple[str, int]]:
    return [(f.code, f.line) for f in found(*texts)]


def test_the_shipped_rules_are_clean() -> None:
    assert lint([(p.name, p.read_text()) for p in files_of(RULES_DIR)], consumers.names()) == []


def test_a_good_file_is_clean() -> None:
    assert found(GOOD) == []


@pytest.mark.parametrize(
    ("before", "after", "code", "line"),
    [
        ("on: [hover]", "on: [hover", "yaml", 2),
        ("row: 4}]", "row: 2026-13-45}]", "yaml", 10),
        ("    needed_by:", "    needd_by:", "schema", 9),
        ("reject", "loud", "schema", 6),
        ("    passes: [{dwell_ms: 0, row: 4}]\n", "", "schema", 3),
        ("on: [hover]", "on: hover", "schema", 1),
        ("[take]", "[Take it]", "schema", 9),
        ("- dwell_ms: 10\n        row: 4", "- dwell_ms: 10\n        row: 2026-01-01", "schema", 14),
        ("passes: [{dwell_ms: 0,", "passes: &a [{dwell_ms: *a,", "yaml", 10),
        ("[hover]", "[hover, hoover]", "unknown-event", 1),
        ("[hover]", "[hover, hover]", "repeated-event", 1),
        ("    severity: reject\n", "    severity: reject\n    severity: warn\n", "repeated-key", 7),
        ("dwell_ms BETWEEN 0 AND 9", "dwel_ms BETWEEN 0 AND 9", "unknown-column", 4),
        ("row > 3", "rw > 3", "unknown-column", 5),
        ("BETWEEN 0 AND 9", "BETWEEN 0", "syntax", 4),
        ("BETWEEN 0 AND 9", "BETWEEN 'a' AND 'b'", "type", 4),
        ("dwell_ms BETWEEN 0 AND 9", "dwell_ms ~ '^[0-9]$'", "type", 4),
        ("dwell_ms BETWEEN 0 AND 9", "country ~ '('", "type", 4),
        ("dwell_ms BETWEEN 0 AND 9", "CAST(country AS INTEGER) = 1", "type", 4),
        ("dwell_ms BETWEEN 0 AND 9", "dwell_ms + 1", "not-boolean", 4),
        ("row > 3", "row", "not-boolean", 5),
        ("{dwell_ms: 0, row: 4}", "{dwell_ms: 10, row: 4}", "example-verdict", 10),
        ("- dwell_ms: 10", "- dwell_ms: 9", "example-verdict", 13),
        ("- {dwell_ms: -1, row: 4}", "- {dwell_ms: -1, row: 4, title: t1}", "example-field", 12),
        ("- dwell_ms: 10\n        row: 4", "- dwell_ms: 10\n        row: four", "example-value", 14),
        ("[take]", "[take, title_engagement.play]", "needed-by", 9),
    ],
)
def test_what_is_wrong_is_told_with_its_line(before: str, after: str, code: str, line: int) -> None:
    assert before in GOOD
    assert told(GOOD.replace(before, after)) == [(code, line)]


@pytest.mark.parametrize(
    "expect", ["1 = 1", "event_id IS NOT NULL", "LENGTH(country) >= 0 OR country IS NULL"]
)
def test_a_rule_that_never_fails_is_told(expect: str) -> None:
    assert ("never-fails", 4) in told(GOOD.replace("dwell_ms BETWEEN 0 AND 9", expect))


@pytest.mark.parametrize("expect", ["1 = 2", "event_id IS NULL", "dwell_ms > 5 AND dwell_ms < 5"])
def test_a_rule_that_never_passes_is_told(expect: str) -> None:
    without = GOOD.replace("    when: row > 3\n", "")
    assert ("always-fails", 4) in told(without.replace("dwell_ms BETWEEN 0 AND 9", expect))


@pytest.mark.parametrize("expect", ["MAX(dwell_ms) < 5", "dwell_ms > AVG(dwell_ms)", "COUNT(*) = 1"])
def test_a_rule_that_looks_at_other_events_is_told(expect: str) -> None:
    assert ("other-rows", 4) in told(GOOD.replace("dwell_ms BETWEEN 0 AND 9", expect))


def test_one_name_twice_is_told_where_both_hold_for_one_event() -> None:
    again = GOOD.replace("0 AND 9", "-1 AND 9").replace("-1, row", "-2, row")
    assert [str(f) for f in found(GOOD, again)] == [
        "1.yaml:3: error: rule dwelt: the name stands at 0.yaml:3 already: names are reasons, rename one "
        "[same-name]"
    ]
    other = again.replace("[hover]", "[play]").replace("dwell_ms", "position_ms")
    assert found(GOOD, other) == []


def test_one_expression_under_two_names_is_told() -> None:
    second = SECOND.replace("dwelt", "again").replace(
        "dwell_ms BETWEEN 0 AND 9", "(dwell_ms between 0 and  9)"
    )
    assert told(GOOD + second) == [("same-expression", 4 + SECOND.count("\n"))]
    assert found(GOOD + second.replace("0 and  9", "0 and  8")) == []


def test_a_misshapen_rule_hides_nothing_of_the_others() -> None:
    broken = GOOD.replace("dimension: validity", "dimension: taste")
    assert told(broken + SECOND.replace("row > 3", "rw > 3"), "- 1", GOOD.replace("reject", "loud")) == [
        ("schema", 7),
        ("unknown-column", 5 + SECOND.count("\n")),
        ("schema", 1),
        ("schema", 6),
    ]


def test_a_finding_tells_value_and_remedy() -> None:
    (finding,) = found(GOOD.replace("dwell_ms BETWEEN", "dwel_ms BETWEEN"))
    assert str(finding) == (
        "0.yaml:4: error: rule dwelt: hover has no dwel_ms: did you mean dwell_ms? [unknown-column]"
    )
    (finding,) = found(GOOD.replace("severity: reject", "severty: reject"))
    assert str(finding) == (
        "0.yaml:6: error: rule dwelt: severty is 'reject': did you mean severity? [schema]"
    )


@pytest.mark.parametrize(
    "text",
    ["", "on", "[" * 5_000, "\x00", "&a [*a]", "on: &a [*a]\nrules: *a", "? [1]\n: 2", "rules: {1: 2}"],
)
def test_any_text_is_told_and_does_not_raise(text: str) -> None:
    assert found(text)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_value_in_any_place_does_not_raise(data: st.DataObject) -> None:
    field = data.draw(
        st.sampled_from([line.split(":")[0] for line in GOOD.splitlines() if ": " in line][1:7])
    )
    value: Any = data.draw(st.text(max_size=30) | st.integers() | st.none() | st.lists(st.text(), max_size=2))
    lines = [f"{field}: {value!r}" if line.startswith(field) else line for line in GOOD.splitlines()]
    for finding in found("\n".join(lines)):
        assert 1 <= finding.line <= len(lines) + 1
        assert finding.problem
        assert finding.remedy


@pytest.mark.parametrize(("event", "rule"), EACH)
def test_a_sample_has_only_events_that_can_be(event: str, rule: Rule) -> None:
    frame = possible_events(EVENTS[event], rule)
    assert 1 < frame.height < 2 * MOST_ROWS
    read = set(rule.failure.meta.root_names())
    required = {c.name for c in EVENTS[event].columns if not c.nullable} & read
    assert all(frame[name].null_count() == 0 for name in required)
    assert frame.equals(possible_events(EVENTS[event], rule))
