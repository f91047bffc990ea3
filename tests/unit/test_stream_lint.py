"""Each thing that can be wrong with a file of rules over many events is told with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flink_jobs.stream_sql import breaches
from headwater import consumers
from schemas.events import EVENTS
from validators.lint import Finding, lint
from validators.ruleset import files_of
from validators.source import RuleError
from validators.stream_rule import Kind, json_schema
from validators.stream_ruleset import STREAM_RULES_DIR, load, shipped

pytestmark = pytest.mark.unit

GOOD = """\
rules:
  - kind: order
    name: ends
    on: [play, pause]
    key: session_id
    first: play
    then: pause
    same: [title_id]
    rising: position_ms
    window_ms: 1000
    bound: 0
    dimension: consistency
    why: Because it must be so.
    needed_by: [take]
    passes:
      - [{event: play, event_time: 0}]
    fails:
      - - {event: play, event_time: 0, position_ms: 9}
        - {event: pause, event_time: 5, times: 1}
"""


def found(*texts: str) -> list[Finding]:
    return lint([(f"{i}.yaml", text) for i, text in enumerate(texts)], consumers.names())


def test_the_shipped_rules_are_clean() -> None:
    assert lint([(p.name, p.read_text()) for p in files_of(STREAM_RULES_DIR)], consumers.names()) == []


def test_editors_are_given_the_schema_that_files_are_checked_by() -> None:
    assert (STREAM_RULES_DIR / "schema.json").read_text() == json_schema()
    for path in files_of(STREAM_RULES_DIR):
        assert path.read_text().startswith("# yaml-language-server: $schema=schema.json\n")


def test_a_good_file_is_clean() -> None:
    assert found(GOOD) == []


@pytest.mark.parametrize(
    ("before", "after", "code", "line"),
    [
        ("kind: order", "kind: ordr", "schema", 2),
        ("    why: Because it must be so.\n", "", "schema", 2),
        ("window_ms: 1000", "window_ms: 0", "schema", 10),
        ("bound: 0", "bond: 0", "schema", 2),
        ("bound: 0", "bound: .inf", "schema", 11),
        (
            "    rising: position_ms\n    window_ms: 1000\n    bound: 0",
            "    window_ms: 1000\n    bound: 1",
            "never-fails",
            10,
        ),
        ("rising: position_ms", "rising: position_ms\n    never: true", "schema", 2),
        (
            "    rising: position_ms\n    window_ms: 1000\n    bound: 0",
            "    never: true\n    window_ms: 1000\n    bound: 1000",
            "never-fails",
            11,
        ),
        ("    passes:\n      - [{event: play, event_time: 0}]\n", "    passes: []\n", "schema", 15),
        ("bound: 0", "bound: 0\n    bound: 1", "repeated-key", 12),
        ("[play, pause]", "[play, paus, pause]", "unknown-event", 4),
        ("[play, pause]", "[play, pause, pause]", "repeated-event", 4),
        ("first: play", "first: search", "unknown-event", 6),
        ("session_id", "sesion_id", "unknown-column", 5),
        ("key: session_id", "key: country", "key", 5),
        ("key: session_id", "key: position_ms", "key", 5),
        ("[title_id]", "[query]", "unknown-column", 8),
        ("rising: position_ms", "rising: country", "type", 9),
        ("[title_id]", "[title_id, country]", "nullable", 8),
        ("[take]", "[take, taken]", "needed-by", 14),
        ("{event: play, event_time: 0}", "{event: hover, event_time: 0}", "example-event", 16),
        ("{event: play, event_time: 0}", "{event: play}", "example-time", 16),
        ("event_time: 0, position_ms: 9", "event_time: now, position_ms: 9", "example-value", 18),
        ("event_time: 0, position_ms: 9", "event_time: 0, positon_ms: 9", "example-field", 18),
        ("times: 1", "times: 0", "example-value", 19),
    ],
)
def test_what_is_wrong_is_told_with_its_line(before: str, after: str, code: str, line: int) -> None:
    assert before in GOOD
    told = [(f.code, f.line) for f in found(GOOD.replace(before, after))]
    assert (code, line) in told
    assert {c for c, _ in told} == {code}


AGREES = """\
rules:
  - kind: agreement
    name: agree
    on: [play, pause]
    key: device_id
    same: [title_id]
    spoke_ms: 1000
    window_ms: 1000
    bound: 0
    dimension: accuracy
    why: Because it must be so.
    passes:
      - [{event: play, event_time: 0}, {event: pause, event_time: 0}]
    fails:
      - [{event: play, event_time: 0}]
"""


@pytest.mark.parametrize(
    ("before", "after", "code", "line"),
    [
        ("bound: 0", "bound: 1", "never-fails", 9),
        ("[title_id]", "[title_id, country]", "nullable", 6),
    ],
)
def test_what_is_wrong_with_an_agreement_is_told(before: str, after: str, code: str, line: int) -> None:
    assert found(AGREES) == []
    assert {(f.code, f.line) for f in found(AGREES.replace(before, after))} == {(code, line)}


def test_what_rises_may_not_be_null() -> None:
    text = GOOD.replace("[play, pause]", "[hover, play]").replace("first: play", "first: hover")
    text = text.replace("then: pause", "then: play").replace("event: pause", "event: hover")
    text = text.replace("rising: position_ms", "rising: rank").replace(", position_ms: 9", "")
    assert {(f.code, f.line) for f in found(text)} == {("nullable", 9)}


def test_one_name_twice_is_told() -> None:
    assert [str(f) for f in found(GOOD, GOOD)] == [
        "1.yaml:3: error: rule ends: the name stands at 0.yaml:2 already: rename one [same-name]"
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("window_ms: 1000", "window_ms: -1", "rules.yaml: rule ends: window_ms is -1: "),
        ("key: session_id", "key: country", "rules.yaml: rule ends: country of play is no text, or may be"),
        ("[play, pause]", "[play, paus]", "rules.yaml: rule ends: on: there is no paus: did you mean pause?"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_in_one_line(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(GOOD.replace(before, after))
    with pytest.raises(RuleError, match=r"^[^\n]*$") as refused:
        load(path)
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize("rule", shipped(), ids=lambda rule: rule.name)
def test_a_rule_says_whence_its_sql_is_and_reads_what_it_declares(rule: Kind) -> None:
    sql = breaches(rule)
    assert sql.startswith(f"-- {rule.name}: {rule.why}\n")
    columns = {c.name for event in EVENTS.values() for c in event.columns}
    assert {word for word in columns if f"`{word}`" in sql} - {"event_id", "event_time"} <= rule.reads
    assert max(map(len, sql.splitlines())) < 140


@pytest.mark.parametrize("rule", shipped(), ids=lambda rule: rule.name)
@pytest.mark.parametrize(("bound", "told"), [(3_599_999.0, "3599999"), (1_234_567.25, "1234567.25")])
def test_no_digit_of_a_bound_is_lost(rule: Kind, bound: float, told: str) -> None:
    before, after = breaches(rule), breaches(rule.model_copy(update={"bound": bound}))
    changed = [line for line in after.splitlines() if line not in before.splitlines()]
    assert changed
    assert all(re.search(rf"(?<![\d.]){re.escape(told)}(?![\d.])", line) for line in changed)
