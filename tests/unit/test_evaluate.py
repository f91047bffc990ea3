"""Rules that raise: null on the rows on which they do, and every other row judged as if it stood alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import encode
from schemas.events import EVENT_NAMES, EVENTS
from tests.samples import SOUND, records, sound
from validators.evaluate import evaluate, evaluate_any
from validators.inspect import broken_examples, example_frame
from validators.judge import judge
from validators.lint_rule import errors
from validators.rule import Rule
from validators.ruleset import RuleSet, load

pytestmark = pytest.mark.unit

RULES = load()
NUMBER = "CAST(country AS INTEGER) = 1"
LATER = "CAST(app_version AS INTEGER) > 3"
EXPRESSIONS = (
    NUMBER,
    "nonsense(",
    "no_such = 1",
    "country ~ '('",
    "UNNEST(STRING_TO_ARRAY(country, 'R')) = 'B'",
    "STRPTIME(country, '%Y') > '2020-01-01'",
    "country = 'BR'",
)
CONDITIONS = (None, LATER, "row > 3", "no_such = 1")
TEXTS = st.none() | st.sampled_from(["1", "2", "9", "BR", "", "é", "-1", " 1"])


def rule(expect: str, when: str | None = None, on_null: str = "fail", name: str = "raises") -> Rule:
    told = {"dimension": "validity", "why": "Because it must be so.", "passes": [{}], "fails": [{}]}
    return Rule(name=name, expect=expect, when=when, on_null=on_null, **told)


def whole(text: str | None) -> int | None:
    """A number as a CAST reads it, and null where it raises."""
    try:
        return None if text is None or text != text.strip() else int(text)
    except ValueError:
        return None


ROWS = st.lists(
    st.fixed_dictionaries({"country": TEXTS, "app_version": TEXTS, "row": st.none() | st.integers(0, 9)}),
    min_size=1,
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(rows=ROWS, on_null=st.sampled_from(["pass", "fail"]), when=st.sampled_from([None, LATER]))
def test_what_raises_is_null_on_its_own_row_and_the_rule_decides(
    rows: list[dict[str, Any]], on_null: str, when: str | None
) -> None:
    def fails(row: dict[str, Any]) -> bool:
        applies = when is None or ((n := whole(row["app_version"])) is not None and n > 3)
        number = whole(row["country"])
        return applies and (on_null == "fail" if number is None else number != 1)

    frame = example_frame(EVENTS["hover"], tuple(rows))
    found = evaluate_any((rule("row > 3"), rule(NUMBER, when, on_null)), frame)
    assert found[1].tolist() == [fails(row) for row in rows]
    assert found[0].tolist() == [row["row"] is None or row["row"] <= 3 for row in rows]


@settings(max_examples=100, deadline=None)
@given(
    rows=ROWS,
    rules=st.lists(
        st.builds(
            rule, st.sampled_from(EXPRESSIONS), st.sampled_from(CONDITIONS), st.sampled_from(["pass", "fail"])
        ),
        max_size=3,
    ),
)
def test_any_rules_judge_any_frame_row_by_row(rows: list[dict[str, Any]], rules: list[Rule]) -> None:
    frame = example_frame(EVENTS["hover"], tuple(rows))
    together = evaluate_any(rules, frame)
    assert together.shape == (len(rules), len(rows))
    for i in range(len(rows)):
        assert together[:, i].tolist() == evaluate_any(rules, frame[i])[:, 0].tolist()
    apart = [evaluate_any((one,), frame)[0].tolist() for one in rules]
    assert together.tolist() == apart


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_rule_makes_the_judge_raise_and_any_batch_is_judged_row_by_row(data: st.DataObject) -> None:
    types = data.draw(st.lists(st.sampled_from(EVENT_NAMES), min_size=1, max_size=6))
    values = [
        encode(
            e,
            data.draw(records(e) | st.sampled_from([sound(e), sound(e, country="1"), sound(e, country="2")])),
        )
        for e in types
    ]
    added = rule(
        data.draw(st.sampled_from(EXPRESSIONS)), on_null=data.draw(st.sampled_from(["pass", "fail"]))
    )
    some = RuleSet({e: (*RULES.rules[e], *((added,) if e == "hover" else ())) for e in EVENT_NAMES})

    def judged(rows: list[int]) -> list[tuple[Any, ...]]:
        of_event = {e: np.flatnonzero([types[r] == e for r in rows]) for e in EVENT_NAMES}
        found = judge(of_event, [values[r] for r in rows], np.full(len(rows), SOUND["event_time"]), some)
        return list(zip(found.verdict, found.reasons, strict=True))

    every = list(range(len(types)))
    assert judged(every) == [judged([row])[0] for row in every]


def test_an_ordinary_batch_is_evaluated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(rules: Any, frame: Any) -> Any:
        calls.append(frame.height)
        return evaluate(rules, frame)

    monkeypatch.setattr("validators.evaluate.evaluate", counted)
    evaluate_any(RULES.rules["hover"], example_frame(EVENTS["hover"], (sound("hover"),) * 100))
    assert calls == [100]


@pytest.mark.parametrize(
    ("event", "expect", "passes"),
    [
        ("hover", NUMBER, {"country": "1"}),
        ("search", "CAST(SUBSTR(query, 1, 2) AS INTEGER) < 60", {"query": "12"}),
    ],
)
def test_what_raises_on_an_event_that_can_be_is_refused_though_its_examples_hold(
    event: str, expect: str, passes: dict[str, str]
) -> None:
    raising = rule(expect).model_copy(update={"passes": (passes,), "fails": ({},)})
    assert broken_examples(RuleSet({event: (raising,)})) == []
    (problem,) = errors(RuleSet({event: (raising,)}))
    assert problem.startswith(f"{event}.raises: cannot be evaluated: ")


def test_the_shipped_rules_may_judge() -> None:
    assert errors(RULES) == []
