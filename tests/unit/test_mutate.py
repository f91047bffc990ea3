"""The examples of the shipped rules notice nearly every slip in a rule; and what is called a slip is one."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from headwater.cli import app
from headwater.commands import rule_mutants
from headwater.errors import HeadwaterError
from schemas.events import EVENT_NAMES, EVENTS
from validators.inspect import example_frame, inspect
from validators.mutate import Mutant, mutants, settling, try_mutants
from validators.rule import Rule
from validators.ruleset import RULES_DIR, load
from validators.sql_edits import edits, tokens
from validators.values import seen

pytestmark = pytest.mark.unit

LEAST_SCORE = 0.95
RULES = load()
EACH = [pytest.param(e, r, id=f"{e}-{r.name}") for e in EVENT_NAMES for r in RULES.rules[e]]
HOVER = (RULES_DIR / "hover.yaml").read_text()


def rule(expect: str, passes: list[Any], fails: list[Any], **more: Any) -> Rule:
    told = {"name": "tried", "dimension": "validity", "why": "Because it must be so."}
    return Rule.model_validate({**told, "expect": expect, "passes": passes, "fails": fails, **more})


def test_the_shipped_rules_notice_nearly_every_slip(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(rule_mutants.tried(RULES))
    with capsys.disabled():
        killed, equivalent = (sum(row[name] for row in rows) for name in ("killed", "equivalent"))
        print(f"\nmutants: {killed} killed, {equivalent} equivalent, score {rule_mutants.score(rows):.1%}")
    assert len(rows) == sum(map(len, RULES.rules.values()))
    assert all(row["killed"] >= 2 for row in rows)
    survivors = [(row["event"], row["rule"], s["what"]) for row in rows for s in row["survivors"]]
    assert rule_mutants.score(rows) >= LEAST_SCORE, survivors


@pytest.mark.parametrize(("event", "shipped"), EACH)
def test_equivalent_mutants_of_the_shipped_rules_are_what_becomes_of_a_null_that_cannot_be(
    event: str, shipped: Rule
) -> None:
    asked = pl.sql_expr(shipped.expect).meta.root_names()
    of_null = any(c.nullable for n, c in seen(EVENTS[event]).items() if n in asked)
    of_null &= "IS NOT NULL" not in shipped.expect
    assert try_mutants(shipped, EVENTS[event]).equivalent == (0 if of_null else 1)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("a < 3", ["a <= 3", "a > 3", "a < 4", "a < 2", "NOT (a < 3)"]),
        ("a = -1.05", ["a <> -1.05", "a = -1.06", "a = -1.04", "NOT (a = -1.05)"]),
        ("a != '3 < 4'", ["a = '3 < 4'", "NOT (a != '3 < 4')"]),
        ("a ~ '^x$'", ["a ~ 'x$'", "a ~ '^x'", "NOT (a ~ '^x$')"]),
        ("a IN ('x')", ["NOT (a IN ('x'))"]),
        ("a IN ('x', 'y')", ["a IN ( 'y')", "a IN ('x')", "NOT (a IN ('x', 'y'))"]),
        ("b IS NULL", ["c IS NULL", "NOT (b IS NULL)"]),
        (
            "a OR d AND e",
            [
                "d AND e",
                "NOT (a) OR d AND e",
                "a OR  e",
                "a OR NOT (d) AND e",
                "a OR d",
                "a OR d AND NOT (e)",
                "NOT (a OR d AND e)",
            ],
        ),
        (
            "(a OR d) AND e",
            [
                "e",
                "NOT ((a OR d)) AND e",
                "(a OR d)",
                "(a OR d) AND NOT (e)",
                "( d) AND e",
                "(NOT (a) OR d) AND e",
                "(a ) AND e",
                "(a OR NOT (d)) AND e",
                "NOT ((a OR d) AND e)",
            ],
        ),
        (
            "a BETWEEN d AND e",
            ["NOT (a BETWEEN d AND e)", "a >= d", "a <= e", "(a > d AND a <= e)", "(a >= d AND a < e)"],
        ),
        ("CASE WHEN a AND d THEN e END", ["NOT (CASE WHEN a AND d THEN e END)"]),
    ],
)
def test_an_expression_has_these_edits(sql: str, told: list[str]) -> None:
    assert [edit.sql for edit in edits(sql, {"b": ["c"]})] == told


@given(st.text(alphabet="a1'() <>=~,." + "é\n") | st.text())
def test_any_text_is_cut_into_its_tokens(text: str) -> None:
    found = tokens(text)
    assert (
        "".join(text[t.start : t.stop] for t in found) == "".join(text.split()) or "'" in text or '"' in text
    )
    assert all(one.stop <= two.start for one, two in pairwise(found))


WORDS = "a b AND OR NOT BETWEEN IN ( ) , 3 < <= ~ '^x$' CASE WHEN END IS NULL"
words = st.sampled_from(WORDS.split())


@given(st.lists(words, max_size=12).map(" ".join) | st.text())
def test_any_text_is_edited_without_an_error(text: str) -> None:
    found = [edit.sql for edit in edits(text, {"a": ["b"]})]
    assert len(found) == len({text, *found}) - 1


@pytest.mark.parametrize(("event", "shipped"), EACH)
def test_a_mutant_is_another_rule_with_the_same_examples(event: str, shipped: Rule) -> None:
    found = list(mutants(shipped, EVENTS[event]))
    assert len({(m.rule.expect, m.rule.when, m.rule.on_null) for m in found}) == len(found)
    for mutant in found:
        assert (mutant.rule.passes, mutant.rule.fails) == (shipped.passes, shipped.fails)
        assert Rule.model_validate(mutant.rule.model_dump()) != shipped


def survivors(tried: Rule) -> set[str]:
    found: tuple[Mutant, ...] = try_mutants(tried, EVENTS["hover"]).survivors
    return {mutant.what for mutant in found}


def test_a_bound_without_an_example_beside_it_survives() -> None:
    close = rule("dwell_ms < 10", [{"dwell_ms": 9}], [{"dwell_ms": 10}])
    assert survivors(close) == set()
    assert survivors(rule("dwell_ms < 10", [{"dwell_ms": 8}], [{"dwell_ms": 10}])) == {"10 moved to 9"}
    assert survivors(rule("dwell_ms < 10", [{"dwell_ms": 9}], [{"dwell_ms": 99}])) == {
        "< for <=",
        "10 moved to 11",
    }


def test_a_condition_that_no_example_needs_survives() -> None:
    when = {"when": "row IS NOT NULL"}
    weak = rule("dwell_ms = 1", [{"dwell_ms": 1, "row": 1}], [{"dwell_ms": 2, "row": 1}], **when)
    assert "when dropped" in survivors(weak)
    strong = weak.model_copy(update={"passes": (*weak.passes, {"dwell_ms": 2})})
    assert "when dropped" not in survivors(strong)


def test_what_no_event_tells_apart_is_equivalent() -> None:
    twice = rule("dwell_ms > 0 AND dwell_ms > 0", [{"dwell_ms": 1}], [{"dwell_ms": 0}])
    dropped = [m for m in mutants(twice, EVENTS["hover"]) if "dropped" in m.what]
    tried = try_mutants(twice, EVENTS["hover"])
    assert dropped
    assert tried.equivalent > len(dropped)
    assert not [m for m in tried.survivors if "dropped" in m.what]


def test_an_event_settles_a_rule_only_where_all_others_pass() -> None:
    one = rule("dwell_ms > 0", [{"dwell_ms": 1}], [{"dwell_ms": 0}])
    other = rule("row > 0", [{"row": 1}], [{"row": 0}])
    events = [{"dwell_ms": d, "row": r} for d in (0, 1) for r in (0, 1)]
    frame = settling(one, [one, other], example_frame(EVENTS["hover"], tuple(events)))
    assert frame.select("dwell_ms", "row").rows() == [(0, 1), (1, 1)]
    assert inspect((one,), frame).failed.tolist() == [[True, False]]


def command(tmp_path: Path, text: str, *more: str) -> Result:
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    return CliRunner().invoke(app, ["rules", "test", str(path), "--mutants", *more])


def test_the_command_tells_survivors_and_score(tmp_path: Path) -> None:
    ran = command(tmp_path, HOVER)
    assert (ran.exit_code, "score 100.0%" in ran.stdout) == (0, True)
    weak = HOVER.replace(", {dwell_ms: 600001}", "")
    ran = command(tmp_path, weak)
    assert ran.exit_code == 1
    assert "600000 moved to 600001" in ran.stdout
    (row,) = (row for row in json.loads(command(tmp_path, weak, "--json").stdout) if row["survivors"])
    assert "dwell_ms BETWEEN 0 AND 600001" in [s["expect"] for s in row["survivors"]]


def test_the_command_refuses_what_it_cannot_use_in_one_line(tmp_path: Path) -> None:
    assert isinstance(command(tmp_path, HOVER, "--event-file", "x").exception, HeadwaterError)
    broken = command(tmp_path, HOVER.replace("dwell_ms BETWEEN", "dwel_ms BETWEEN")).exception
    assert isinstance(broken, HeadwaterError)
    assert "cannot be evaluated" in str(broken)
