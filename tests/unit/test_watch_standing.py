"""From findings to alerts: raised and cleared take turns, and nothing flaps."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.quality import Alert
from validators.watch.declare import Share
from validators.watch.finding import Finding
from validators.watch.standing import Standing, step

pytestmark = pytest.mark.unit


def a_watch(**fields: Any) -> Share:
    return Share(
        **{
            "kind": "share",
            "name": "an_example",
            "dimension": "validity",
            "why": "It is an example.",
            "on": "*",
            "verdicts": ("rejected",),
            "bound": 0.2,
            "clear_below": 0.1,
        }
        | fields
    )


def a_finding(measured: float | None, at_ms: int = 0, noise: float = 0.0) -> Finding:
    failing = None if measured is None else measured > 0.2 + noise
    return Finding(
        "an_example", "play", "all", "", measured or 0.0, 0.2 + noise, 60_000, at_ms, failing, "so it is"
    )


def told(watch: Share, measured: Iterable[float | None]) -> list[tuple[int, str]]:
    """The windows, from 1, in which an alert was told."""
    standing, found = Standing(), []
    for place, value in enumerate(measured, 1):
        standing, alert = step(watch, standing, a_finding(value))
        if alert is not None:
            found.append((place, alert.state))
    return found


watches = st.builds(
    lambda raise_after, more, clear_after, forget_after: a_watch(
        raise_after=raise_after,
        of_last=raise_after + more,
        clear_after=clear_after,
        forget_after=forget_after,
    ),
    *[st.integers(1, 4)] * 4,
)
measures = st.none() | st.sampled_from([0.0, 0.1, 0.15, 0.2, 0.21, 1.0])


@given(watch=watches, measured=st.lists(measures, max_size=60))
def test_raised_and_cleared_take_turns(watch: Share, measured: list[float | None]) -> None:
    states = [state for _, state in told(watch, measured)]
    assert states[:1] in ([], ["raised"])
    assert all(before != after for before, after in pairwise(states))


@given(watch=watches, measured=measures, times=st.integers(0, 100))
def test_what_does_not_change_is_told_at_most_once(watch: Share, measured: float | None, times: int) -> None:
    assert len(told(watch, [measured] * times)) <= 1


@given(watch=watches, measured=st.lists(measures, max_size=60))
def test_a_raise_has_its_windows_above_the_bound(watch: Share, measured: list[float | None]) -> None:
    for place, state in told(watch, measured):
        if state == "raised":
            assert measured[place - 1] is not None
            said = [value for value in measured[:place] if value is not None][-watch.of_last :]
            assert sum(value > watch.bound for value in said) >= watch.raise_after


@given(watch=watches, measured=st.lists(measures, max_size=30), cut=st.integers(0, 30))
def test_a_standing_goes_on_from_json(watch: Share, measured: list[float | None], cut: int) -> None:
    standing = resumed = Standing()
    for place, value in enumerate(measured):
        if place == cut:
            resumed = Standing.from_json(standing.to_json())
        standing, alert = step(watch, standing, a_finding(value))
        resumed, again = step(watch, resumed, a_finding(value))
        assert (standing, alert) == (resumed, again)


def test_it_is_raised_after_two_of_three_and_cleared_after_three_that_are_well() -> None:
    watch = a_watch()
    assert told(watch, [0.3, 0.1, 0.3]) == [(3, "raised")]
    assert told(watch, [0.3, 0.1, 0.1, 0.3]) == []
    assert told(watch, [0.3, 0.3, 0.05, 0.05, 0.15, 0.05, 0.05, 0.05]) == [(2, "raised"), (8, "cleared")]


def test_between_the_bounds_nothing_is_told() -> None:
    assert told(a_watch(), [0.15] * 50) == []
    assert told(a_watch(), [0.3, 0.3, *[0.15] * 50]) == [(2, "raised")]


def test_what_cannot_be_said_changes_nothing_but_not_for_ever() -> None:
    watch = a_watch(forget_after=5)
    assert told(watch, [0.3, None, None, 0.3]) == [(4, "raised")]
    assert told(watch, [0.3, 0.3, None, None, None, None, 0.3, None, None, None, None, None]) == [
        (2, "raised"),
        (12, "cleared"),
    ]


def test_what_chance_may_do_is_calm_too() -> None:
    watch = a_watch(raise_after=1, clear_after=1)
    standing, _ = step(watch, Standing(), a_finding(0.9, noise=0.3))
    standing, alert = step(watch, standing, a_finding(0.35, noise=0.3))
    assert alert is not None
    assert alert.state == "cleared"


def test_an_alert_tells_what_was_found() -> None:
    _, alert = step(a_watch(raise_after=1), Standing(), a_finding(0.3, at_ms=7))
    assert alert == Alert(
        7, "an_example", "play", "all", "", "raised", 0.3, 0.2, 60_000, "validity", "so it is"
    )
    assert Alert.from_json(alert.to_json()) == alert
