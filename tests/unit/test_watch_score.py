"""Scores and ratios from counts, against a naive reading that looks at one event at a time."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import EVENT_NAMES
from schemas.quality import Count
from tests.minutes import WATCHES
from validators.ruleset import load
from validators.watch.declare import MeanShift, Volume
from validators.watch.score import DIMENSIONS, UNREAD, RuleCount, Score, by_rule, scores
from validators.watch.totals import newest, seen

pytestmark = pytest.mark.unit

RULES = load()
NAMES = [rule.name for rule in RULES.rules["play"]]

counts = st.lists(
    st.builds(
        Count,
        minute_ms=st.sampled_from([0, 60_000, 120_000]),
        event=st.sampled_from(["play", "hover"]),
        slice=st.sampled_from(["all", "country"]),
        value=st.sampled_from(["", "BR"]),
        verdict=st.sampled_from(["valid", "warned", "late", "rejected", "duplicate"]),
        reasons=st.lists(st.sampled_from([*NAMES, *UNREAD, "of_old"]), max_size=3).map(",".join),
        n=st.integers(0, 5),
    ),
    max_size=12,
)


def one_by_one(counts: list[Count]) -> list[Count]:
    """Each event as a count of 1, of totals the last word only."""
    last: dict[tuple[object, ...], Count] = {}
    for c in counts:
        key = (c.minute_ms, c.event, c.slice, c.value, c.verdict, c.reasons)
        if key not in last or c.n > last[key].n:
            last[key] = c
    return [c for c in last.values() for _ in range(c.n)]


def fails_in(event: Count, dimension: str) -> bool:
    if (event.verdict, dimension) in {("late", "timeliness"), ("duplicate", "uniqueness")}:
        return True
    for reason in event.reasons.split(","):
        rules = [rule for rule in RULES.rules[event.event] if rule.name == reason]
        if any(rule.dimension == dimension for rule in rules):
            return True
        if reason and not rules and dimension == "validity":
            return True
    return False


@given(counts=counts)
def test_scores_are_shares_of_events_without_a_failure(counts: list[Count]) -> None:
    events = one_by_one(counts)
    found = scores(counts, RULES)
    assert len(found) == 6 * len({(e.minute_ms, e.event, e.slice, e.value) for e in events})
    for score in found:
        place = (score.minute_ms, score.event, score.slice, score.value)
        here = [e for e in events if (e.minute_ms, e.event, e.slice, e.value) == place]
        well = [e for e in here if not fails_in(e, score.dimension)]
        assert score.checked == len(here)
        assert score.score == pytest.approx(len(well) / len(here))
        assert 0 <= score.score <= 1


@given(counts=counts)
def test_rules_are_counted_where_they_judged(counts: list[Count]) -> None:
    events = [e for e in one_by_one(counts) if e.slice == "all"]
    read = [e for e in events if not UNREAD & set(e.reasons.split(","))]
    for found in by_rule(counts, RULES):
        here = [e for e in read if e.event == found.event]
        failing = [e for e in here if found.rule in e.reasons.split(",")]
        assert (found.checked, found.failed) == (len(here), len(failing))
        assert found.ratio == (len(failing) / len(here) if here else 0)


@given(counts=counts, seed=st.randoms())
def test_the_order_of_counts_does_not_matter(counts: list[Count], seed: object) -> None:
    shuffled = counts.copy()
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    assert set(scores(shuffled, RULES)) == set(scores(counts, RULES))
    assert by_rule(shuffled, RULES) == by_rule(counts, RULES)
    assert newest(shuffled) == newest(counts)
    for watch in WATCHES.values():
        assert seen(watch, shuffled, 120_000) == seen(watch, counts, 120_000)


def test_two_reasons_of_one_dimension_are_one_failure() -> None:
    both = "country_iso,device_type_known,member_id_present"
    found = scores(
        [Count(0, "play", "all", "", "rejected", both, 3), Count(0, "play", "all", "", "valid", "", 7)], RULES
    )
    failed = {score.dimension: score.failed for score in found}
    assert failed == dict.fromkeys(DIMENSIONS, 0) | {"validity": 3, "completeness": 3}
    assert Score(0, "play", "all", "", "validity", 10, 3).score == pytest.approx(0.7)


def test_every_rule_is_told_even_if_it_never_fails() -> None:
    found = by_rule([Count(0, "play", "all", "", "rejected", "country_iso", 2)], RULES)
    assert RuleCount("play", "country_iso", 2, 2) in found
    assert RuleCount("play", "position_within_runtime", 2, 0) in found
    assert RuleCount("search", "query_present", 0, 0) in found


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_window_holds_its_minutes_and_the_newest_totals(order: tuple[int, ...]) -> None:
    watch = WATCHES["rejected_above_usual"]
    assert isinstance(watch, MeanShift)
    told = [
        Count(60_000, "play", "all", "", "rejected", "country_iso", 4),
        Count(60_000, "play", "all", "", "rejected", "country_iso", 6),
        Count(60_000, "play", "all", "", "valid", "", 10),
    ]
    others = [Count(minute_ms, "play", "all", "", "valid", "", 99) for minute_ms in (0, 120_000)]
    told = [*(told[i] for i in order), *others]
    (play,) = [s for s in seen(watch, told, 120_000) if s.event == "play"]
    assert (play.n, play.k) == (16, 6)


def test_what_was_known_is_seen_even_when_it_is_silent() -> None:
    watch = WATCHES["slice_silent"]
    known = [("play", "country", "BR"), ("play", "all", "")]
    found = seen(watch, [], 300_000, known)
    assert [(s.event, s.slice, s.value, s.n) for s in found] == [("play", "country", "BR", 0)]
    whole = seen(WATCHES["volume_unusual"], [], 60_000)
    assert isinstance(WATCHES["volume_unusual"], Volume)
    assert [(s.event, s.slice, s.n) for s in whole] == [(event, "all", 0) for event in sorted(EVENT_NAMES)]
