"""What holds for every watch, whatever it is given; and what each kind sees and passes over."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.minutes import START_MS, WATCHES
from validators.watch.adaptive import Shift, replayed
from validators.watch.declare import MeanShift, Watch
from validators.watch.detect import begin, remember, update
from validators.watch.finding import Finding, Seen
from validators.watch.level import Level, learnt
from validators.watch.shift import spread, values
from validators.watch.silence import improbability

pytestmark = pytest.mark.unit

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
each_watch = pytest.mark.parametrize("watch", WATCHES.values(), ids=list(WATCHES))

numbers = st.integers(0, 400) | st.sampled_from([0, 1, 10**6, 2**63 - 1])
windows = st.lists(
    st.builds(
        Seen,
        event=st.just("play"),
        slice=st.just("all"),
        value=st.just(""),
        at_ms=st.integers(-1, 60).map(lambda minute: minute * HOUR_MS) | st.integers(-(2**60), 2**60),
        n=numbers,
        k=numbers,
        cells=st.none() | st.dictionaries(st.text(max_size=2), numbers, max_size=4),
    ),
    max_size=12,
)


def eager(watch: Watch) -> Watch:
    """The same watch, which has soon learnt and forgotten."""
    fields: dict[str, Any] = {"least": 1, "learn": 2, "accept_after": 4, "reference": 10, "keep": 10}
    return watch.model_copy(update={n: v for n, v in fields.items() if n in type(watch).model_fields})


def seen(numbers: Iterable[int | tuple[int, int]], every_ms: int = MINUTE_MS) -> Iterator[Seen]:
    """Window after window of n, or of (n, k)."""
    for place, number in enumerate(numbers, 1):
        n, k = number if isinstance(number, tuple) else (number, 0)
        yield Seen("play", "all", "", START_MS + place * every_ms, n, k)


def findings(watch: Watch, windows: Iterable[Seen]) -> list[Finding]:
    memory, found = begin(watch), []
    for window in windows:
        memory, finding = update(watch, memory, window)
        found.append(finding)
    return found


def changed(name: str, **fields: object) -> Watch:
    return WATCHES[name].model_copy(update=fields)


@each_watch
@settings(max_examples=25)
@given(windows=windows)
def test_no_counts_make_a_watch_raise(watch: Watch, windows: list[Seen]) -> None:
    watch = eager(watch)
    for finding, window in zip(findings(watch, windows), windows, strict=True):
        assert math.isfinite(finding.measured)
        assert math.isfinite(finding.bound)
        assert finding.bound >= watch.bound
        if finding.failing is not None:
            assert finding.failing == (finding.measured > finding.bound)
        assert (finding.watch, finding.at_ms) == (watch.name, window.at_ms)
        assert "\n" not in finding.message


@each_watch
@settings(max_examples=15)
@given(windows=windows, cut=st.integers(0, 12))
def test_a_memory_goes_on_from_json_text(watch: Watch, windows: list[Seen], cut: int) -> None:
    watch = eager(watch)
    memory = resumed = begin(watch)
    for place, window in enumerate(windows):
        if place == cut:
            resumed = remember(watch, json.loads(json.dumps(memory.to_json())))
        before = json.dumps(memory.to_json())
        after = update(watch, memory, window)
        assert json.dumps(memory.to_json()) == before  # A memory is a value.
        assert after == update(watch, memory, window)
        memory, finding = after
        resumed, again = update(watch, resumed, window)
        assert (memory.to_json(), finding) == (resumed.to_json(), again)


@each_watch
def test_a_window_that_is_not_after_the_last_changes_nothing(watch: Watch) -> None:
    if watch.kind == "share":
        return
    memory, _ = update(watch, begin(watch), Seen("play", "all", "", DAY_MS, 500, 5))
    for at_ms in (DAY_MS, DAY_MS - 1, 0):
        again, finding = update(watch, memory, Seen("play", "all", "", at_ms, 9, 9))
        assert again == memory
        assert finding.failing is None


@given(expected=st.floats(0.1, 60), n=st.integers(0, 80))
def test_a_silence_is_not_called_less_probable_than_it_is(expected: float, n: int) -> None:
    # The naive probability, term by term.
    exact = sum(math.exp(-expected) * expected**i / math.factorial(i) for i in range(n + 1))
    assert 10 ** -improbability(n, expected) >= exact * (1 - 1e-9)
    assert improbability(0, expected) == pytest.approx(expected / math.log(10))


def test_an_outage_is_silent_and_a_quiet_night_is_not() -> None:
    night = [round(300 * (0.99**i)) for i in range(200)]  # Down to an eighth in three hours.
    watch = WATCHES["event_silent"]
    assert not any(finding.failing for finding in findings(watch, seen(night)))
    *_, last = findings(watch, seen([*[300] * 30, 0]))
    assert last.failing
    assert last.message == "0 events instead of 300: improbable by 1e-65, above 1e-6"


def test_what_was_rare_is_not_missed() -> None:
    assert {f.failing for f in findings(WATCHES["event_silent"], seen([*[3] * 100, *[0] * 50]))} == {None}


def test_a_silence_that_stays_is_accepted() -> None:
    watch = changed("slice_silent", accept_after=50)
    found = findings(watch, seen([*[300] * 30, *[0] * 60]))
    assert [f.failing for f in found[30:80]] == [True] * 50
    assert {f.failing for f in found[80:]} == {None}


@given(
    usual=st.integers(10, 1000), odd=st.lists(st.integers(10**4, 10**6), max_size=9), seed=st.integers(0, 9)
)
def test_odd_windows_do_not_move_a_level(usual: int, odd: list[int], seed: int) -> None:
    level = Level()
    for x in [usual] * 5:
        level = learnt(level, x, odd=False, learn=5, accept_after=10)
    for x in odd:
        level = learnt(level, x, odd=True, learn=5, accept_after=10)
    assert level.value == usual


def test_nulls_that_become_more_are_seen_and_the_usual_ones_are_not() -> None:
    watch = WATCHES["version_null"]
    found = findings(watch, seen([(1000, 20 + i % 5) for i in range(60)] + [(1000, 90)], 5 * MINUTE_MS))
    assert [f.failing for f in found] == [None] * 20 + [False] * 40 + [True]
    assert found[-1].message == "app_version is null in 9.0% instead of 2.2% of 1,000 events, above 7.2%"


def test_few_nulls_among_few_events_are_chance() -> None:
    watch = changed("version_null", least=20)
    *_, last = findings(watch, seen([*[(1000, 0)] * 30, (20, 2)], 5 * MINUTE_MS))
    assert last.failing is False


class TestShift:
    watch = WATCHES["rejected_above_usual"]

    @given(n=st.integers(0, 1000), share=st.floats(0, 1))
    def test_events_are_fed_evenly(self, n: int, share: float) -> None:
        k = round(n * share)
        fed = list(spread(n, k)) if n else []
        assert (len(fed), sum(fed)) == (n, k)
        for i in range(n + 1):  # Never further than one from an even pace.
            assert abs(sum(fed[:i]) - i * k / n) <= 1 if n else True

    @pytest.mark.parametrize(("n", "k"), [(600_000, 30_000), (2**63 - 1, 2**62)])
    def test_of_very_many_events_a_share_is_fed(self, n: int, k: int) -> None:
        fed = list(spread(n, k))
        assert len(fed) == 1_000
        assert sum(fed) / 1_000 == pytest.approx(k / n, abs=0.001)

    def test_a_state_is_what_its_counts_tell(self) -> None:
        watch = self.watch.model_copy(update={"keep": 10})
        assert isinstance(watch, MeanShift)
        rng, memory = Random(1), begin(watch)
        for window in seen([(100, rng.randint(0, 9)) for _ in range(75)]):
            memory, _ = update(watch, memory, window)
            assert isinstance(memory, Shift)
            assert len(memory.counts) < 20
            again = replayed(watch, memory.counts, values)
            assert memory.adwin is not None
            assert (again.width, again.estimation) == (memory.adwin.width, memory.adwin.estimation)

    def test_a_rise_is_failing_until_it_is_usual_and_a_fall_is_not(self) -> None:
        watch = self.watch.model_copy(update={"accept_after": 30})
        risen = findings(watch, seen([*[(200, 10)] * 100, *[(200, 30)] * 60]))
        assert not any(f.failing for f in risen[:100])
        first = next(i for i, f in enumerate(risen) if f.failing)
        assert first <= 105
        assert [f.failing for f in risen].count(True) == pytest.approx(30, abs=3)
        assert risen[-1].failing is False
        fallen = findings(watch, seen([*[(200, 30)] * 100, *[(200, 10)] * 60]))
        assert not any(f.failing for f in fallen)

    def test_a_rise_below_the_bound_is_no_alarm(self) -> None:
        found = findings(self.watch, seen([*[(1000, 50)] * 60, *[(1000, 65)] * 60]))
        assert any(f.measured > 0 for f in found)
        assert not any(f.failing for f in found)
