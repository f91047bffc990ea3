"""What other rules would make of events: what each set says of them, one by one."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import encode
from schemas.events import EVENT_NAMES
from schemas.topics import raw
from tests.samples import SOUND, frames, sound
from validators.gate import Records
from validators.judge import judge
from validators.published import RuleText, proposed, shipped
from validators.ruleset import RULES_DIR, RuleSet, load
from validators.whatif import Broken, Moved, WhatIf

pytestmark = pytest.mark.unit

BEFORE = load()
COMMON = (RULES_DIR / "common.yaml").read_text()


def changed(*changes: tuple[str, str]) -> RuleSet:
    text = COMMON
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return proposed(shipped(), [RuleText("common.yaml", text)], False, False, 0, "").rules


STRICTER = changed(
    ("'tv', 'phone', 'tablet', 'web'", "'phone'"),
    (
        "{device_type: tv}, {device_type: phone}, {device_type: tablet}, {device_type: web}",
        "{device_type: phone}",
    ),
)
LOOSER = changed(
    ("LENGTH(member_id) BETWEEN 1", "LENGTH(member_id) BETWEEN 0"),
    ('member_id: ""', f"member_id: {'m' * 65}"),
)
NOW_MS: int = SOUND["event_time"]


def records(values: list[tuple[str, bytes | None]]) -> Records:
    n = len(values)
    return Records(
        [raw(event) for event, _ in values],
        np.zeros(n, np.int64),
        np.arange(n),
        np.full(n, NOW_MS),
        [v for _, v in values],
    )


def alone(event: str, value: bytes | None, rules: RuleSet) -> tuple[str, set[str]]:
    found = judge({event: np.arange(1)}, [value], np.array([NOW_MS]), rules)
    return found.verdict[0], set((found.reasons[0] or "").split(",")) - {""}


VALUES = st.sampled_from(EVENT_NAMES).flatmap(
    lambda e: st.tuples(
        st.just(e),
        frames(e)
        | st.sampled_from([encode(e, sound(e, device_type="phone")), encode(e, sound(e, member_id=""))]),
    )
)


@settings(max_examples=50, deadline=None)
@given(
    values=st.lists(VALUES, max_size=8),
    size=st.integers(1, 4),
    after=st.sampled_from([BEFORE, STRICTER, LOOSER]),
)
def test_it_counts_what_each_set_says_of_each_event_alone(
    values: list[tuple[str, bytes | None]], size: int, after: RuleSet
) -> None:
    verdicts, newly, no_longer = Counter[Moved](), Counter[Broken](), Counter[Broken]()
    for event, value in values:
        (old, was), (new, becomes) = alone(event, value, BEFORE), alone(event, value, after)
        verdicts[Moved(event, old, new)] += 1
        newly.update(Broken(event, name) for name in becomes - was)
        no_longer.update(Broken(event, name) for name in was - becomes)
    found = WhatIf(BEFORE, after)
    for start in range(0, len(values), size):
        found.add(records(values[start : start + size]))
    assert (found.verdicts, found.newly, found.no_longer) == (verdicts, newly, no_longer)
    assert found.examples.keys() == newly.keys() | no_longer.keys()
    assert found.changed() == bool(newly or no_longer or any(m.before != m.after for m in verdicts))


@pytest.mark.parametrize("event", EVENT_NAMES)
def test_an_example_tells_where_the_event_is_and_what_the_rule_reads(event: str) -> None:
    found = WhatIf(BEFORE, STRICTER)
    found.add(records([(event, encode(event, sound(event)))] * 5))
    assert found.newly == {Broken(event, "device_type_known"): 5}
    (shown,) = found.examples.values()
    told = {"event_id": "e1", "member_id": "m1", "device_type": "tv"}
    assert shown == [{"partition": 0, "offset": i, **told} for i in range(3)]


def test_a_rule_that_went_is_told_by_what_it_read() -> None:
    found = WhatIf(BEFORE, LOOSER)
    found.add(records([("play", encode("play", sound("play", member_id="")))]))
    assert found.verdicts == {Moved("play", "rejected", "valid"): 1}
    assert found.no_longer == {Broken("play", "member_id_present"): 1}
