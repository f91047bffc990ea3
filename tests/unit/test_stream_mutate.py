"""The examples of the shipped rules over many events notice nearly every slip, as read naively."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.events import EVENTS
from tests.naive_streams import naive_violations
from validators.stream_rule import Kind, Order
from validators.stream_ruleset import events_of, shipped

pytestmark = pytest.mark.unit

LEAST_SCORE = 0.95
NUMBERS = ("bound", "window_ms", "spoke_ms", "grace_km")
#: What a rule may be keyed by, if all of its events have it.
KEYS = ("event_id", "member_id", "profile_id", "session_id", "device_id", "title_id")


def mutants(rule: Kind) -> Iterator[tuple[str, Kind]]:
    """A number moved by one unit, a column of `same` dropped, another key; and what the slip is."""
    for field in NUMBERS:
        for value in (getattr(rule, field, 0) - 1, getattr(rule, field, -1) + 1):
            if hasattr(rule, field) and value >= 0:
                yield f"{field} moved to {value}", rule.model_copy(update={field: value})
    if isinstance(rule, Order) and not rule.rising:
        yield "never turned", rule.model_copy(update={"never": not rule.never})
    same = getattr(rule, "same", ())
    for column in same if len(same) > 1 else ():
        left = tuple(c for c in same if c != column)
        yield f"{column} dropped from same", rule.model_copy(update={"same": left})
    for key in KEYS:
        if key != rule.key and all(key in EVENTS[e].schema_json for e in rule.events):
            yield f"key {key}", rule.model_copy(update={"key": key})


def kept(rule: Kind, examples: Kind) -> bool:
    """Whether a rule does what the examples of another say."""
    return all(
        bool(naive_violations([rule], events_of(examples, sequence))) == (kind == "fails")
        for kind in ("passes", "fails")
        for sequence in getattr(examples, kind)
    )


def test_the_shipped_rules_notice_nearly_every_slip(capsys: pytest.CaptureFixture[str]) -> None:
    tried = [(rule, what, not kept(mutant, rule)) for rule in shipped() for what, mutant in mutants(rule)]
    survivors = [f"{rule.name}: {what}" for rule, what, killed in tried if not killed]
    score = 1 - len(survivors) / len(tried)
    with capsys.disabled():
        print(f"\nmutants: {len(tried) - len(survivors)} of {len(tried)} killed, score {score:.1%}")
    assert all(kept(rule, rule) for rule in shipped())
    assert {rule.name for rule, _, _ in tried} == {rule.name for rule in shipped()}
    assert score >= LEAST_SCORE, survivors
