"""People choose by the chances that the truth tells, and nothing else does; tastes turn, titles come out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log, sqrt
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.traffic import choice
from headwater.traffic.artwork import propensity
from headwater.traffic.catalogue import GENRES
from headwater.traffic.delivery import MemorySink, deliver
from headwater.traffic.generate import traffic
from headwater.traffic.population import Profile, World, make_title, make_world
from headwater.traffic.sessions import Happening, events, happenings
from headwater.traffic.truth import Truth
from online_models.labels import COMPLETED
from schemas.artwork import STYLES
from schemas.events import EVENTS

pytestmark = pytest.mark.unit

START_MS = 1_780_000_000_000
WORLD = make_world(Random(1), members=400, titles=200)


def stream(world: World = WORLD, seconds: int = 60) -> list[Happening]:
    return list(happenings(world, 500, seconds, START_MS, 3))


HAPPENED = stream()


def outcomes() -> tuple[list[tuple[float, bool]], list[tuple[float, bool]]]:
    """Chance and outcome of each take and each completion, read from the events of each session."""
    takes, completions = [], []
    sessions: dict[str, list[Happening]] = {}
    for happening in HAPPENED:
        sessions.setdefault(happening[1]["session_id"], []).append(happening)
    for steps in sessions.values():
        for (event, record, chance), (next_event, following, _) in pairwise(steps):
            if event == "hover" and chance is not None:
                taken = next_event == "play" and not following["autoplay"]
                assert not taken or following["title_id"] == record["title_id"]
                takes.append((chance, taken))
        ended = [n for n, (event, _, _) in enumerate(steps) if event == "playback_health"]
        begun = [n for n, (event, _, chance) in enumerate(steps) if event == "play" and chance is not None]
        for n in begun:
            end = next((e for e in ended if e > n), None)
            if end is not None and (chance := steps[n][2]) is not None:
                last = next(record for event, record, _ in reversed(steps[n:end]) if event == "pause")
                completions.append((chance, last["position_ms"] >= COMPLETED * last["runtime_ms"]))
    return takes, completions


def calibrated(pairs: Sequence[tuple[float, bool]], bins: int = 5) -> None:
    """In each bin of equal size what came true is within four standard deviations of what was expected."""
    ordered = sorted(pairs)
    for n in range(bins):
        part = ordered[n * len(ordered) // bins : (n + 1) * len(ordered) // bins]
        spread = sqrt(sum(p * (1 - p) for p, _ in part))
        assert abs(sum(came for _, came in part) - sum(p for p, _ in part)) < 4 * spread


def test_takes_and_completions_come_true_as_often_as_their_chances_say() -> None:
    takes, completions = outcomes()
    assert len(takes) > 5_000
    assert len(completions) > 1_000
    for pairs, mean in ((takes, 0.22), (completions, 0.33)):
        calibrated(pairs)
        chances = [chance for chance, _ in pairs]
        assert fmean(chances) == pytest.approx(mean, abs=0.05)
        assert max(chances) > 4 * min(chances)


def test_no_event_tells_a_chance() -> None:
    for event, record, _ in HAPPENED:
        assert record.keys() == {column.name for column in EVENTS[event].columns}
    assert [(event, record) for event, record, _ in HAPPENED] == list(events(WORLD, 500, 60, START_MS, 3))


@pytest.mark.parametrize("faults", [0.0, 0.3])
def test_the_truth_has_the_chance_of_each_hover_that_counts(faults: float) -> None:
    messages = list(traffic(WORLD, 200, 5, START_MS, 3, faults))
    truth = deliver(messages, MemorySink(), Truth(records=[]), now_ms=lambda: START_MS + 10**6)
    told = truth.to_json()
    hovers = {r["event_id"] for r in told["records"] if r["event"] == "hover"}
    plays = {r["event_id"] for r in told["records"] if r["event"] == "play"}
    assert told["chances"]["take"].keys() == hovers
    assert set() < told["chances"]["completion"].keys() < plays
    assert all(0 < p < 1 for chances in told["chances"].values() for p in chances.values())


def test_what_is_better_liked_better_placed_and_better_made_is_taken_more_often() -> None:
    fond, cold = (Profile("p", dict.fromkeys(GENRES, affinity)) for affinity in (1.0, -1.0))
    good, bad = sorted((make_title(Random(n), "t") for n in range(2)), key=lambda t: -t.quality)
    ready = choice.readiness("tv", 21)
    assert choice.take(ready, fond, bad, 0, 0, "face") > choice.take(ready, cold, bad, 0, 0, "face")
    assert choice.take(ready, fond, good, 0, 0, "face") > choice.take(ready, fond, bad, 0, 0, "face")
    assert choice.take(ready, fond, good, 0, 0, "face") > choice.take(ready, fond, good, 3, 0, "face")
    assert choice.take(ready, fond, good, 0, 0, "face") > choice.take(ready, fond, good, 0, 9, "face")
    assert ready > choice.readiness("phone", 4)


def test_an_artwork_adds_to_the_log_odds_what_it_appeals_and_nothing_else() -> None:
    ready, title = choice.readiness("tv", 21), make_title(Random(1), "t")
    people = [profile for member in WORLD.members[:50] for profile in member.profiles]
    for profile in people:
        odds = [choice.take(ready, profile, title, 0, 0, style) for style in STYLES]
        less = [log(p / (1 - p)) - choice.appeal(profile, s) for p, s in zip(odds, STYLES, strict=True)]
        assert less == pytest.approx([less[0]] * len(STYLES))
    liked = {choice.appeal(Profile("p", dict.fromkeys(GENRES, 0.0) | {g: 1.0}), "face") for g in GENRES}
    assert len(liked) == 2, "some genres tell of it, the others do not"
    best = [max(STYLES, key=lambda style, of=profile: choice.appeal(of, style)) for profile in people]  # type: ignore[misc]
    assert set(best) == set(STYLES), "none is the best for all"


def test_styles_are_shown_as_often_as_their_propensities_say() -> None:
    told = [record for event, record, _ in HAPPENED if event == "hover"]
    usual = {title.title_id: title.style for title in WORLD.titles}
    for style in STYLES:
        propensities = [propensity(title, style) for title in WORLD.titles]
        assert {round(p, 9) for p in propensities} == {0.1, 0.7}
        expected = sum(0.7 if usual[record["title_id"]] == style else 0.1 for record in told)
        shown = [record for record in told if record["artwork"] == style]
        assert len(shown) == pytest.approx(expected, abs=4 * sqrt(expected))
        assert all(r["artwork_id"] == f"{r['title_id']}-{style}" for r in shown)
        assert all(
            r["artwork_propensity"] == pytest.approx(0.7 if usual[r["title_id"]] == style else 0.1)
            for r in shown
        )


@given(st.integers(0, 2**32), st.floats(0, 3))
def test_a_taste_that_turns_comes_back(seed: int, turns: float) -> None:
    (profile, *_) = make_world(Random(seed), members=1, titles=1).members[0].profiles
    assert profile.drifted(0.0) == profile
    again, there = profile.drifted(turns + 1).affinity, profile.drifted(turns).affinity
    assert [again[g] for g in GENRES] == pytest.approx([there[g] for g in GENRES], abs=1e-9)
    opposite = profile.drifted(turns + 0.5).affinity
    assert [opposite[g] for g in GENRES] == pytest.approx([-there[g] for g in GENRES], abs=1e-9)


def test_people_go_by_their_taste_of_the_time() -> None:
    turning = make_world(Random(1), 400, 200, turn_s=20)
    chances = {
        turn: [c for e, _, c in stream(w, 5) if e == "hover"] for turn, w in ((20, turning), (None, WORLD))
    }
    assert chances[20] != chances[None]
    assert turning.members == WORLD.members


def test_a_new_title_is_not_seen_before_it_is_out_and_is_seen_then() -> None:
    world = make_world(Random(1), 400, 50, new_titles=5, within_s=60)
    out = {t.title_id: t.since_s for t in world.titles if t.since_s}
    assert sorted(out) == [f"t{n:05}" for n in range(51, 56)]
    assert sorted(out.values()) == pytest.approx([10, 20, 30, 40, 50])
    seen = set()
    for _, record, _ in stream(world):
        if (since_s := out.get(record.get("title_id", ""))) is not None:
            assert record["event_time"] >= START_MS + since_s * 1_000
            seen.add(record["title_id"])
    assert seen == set(out)
