"""What of a histogram is fed to ADWIN, and what is said of a mean that moves."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.minutes import START_MS, WATCHES
from validators.watch.adaptive import MOST_FED, Shift, replayed
from validators.watch.declare import FieldShift
from validators.watch.detect import begin, update
from validators.watch.field_shift import SPAN, counted, number, values
from validators.watch.finding import Finding, Seen
from validators.watch.histogram import histogram

pytestmark = pytest.mark.unit

(WATCH,) = (w for w in WATCHES.values() if isinstance(w, FieldShift) and w.name == "dwell_mean")
counts = st.dictionaries(st.integers(0, SPAN), st.integers(1, 400) | st.just(10**12), min_size=1, max_size=8)


@given(held=counts)
def test_what_is_fed_has_the_shares_of_the_histogram(held: dict[int, int]) -> None:
    fed = [round(value * SPAN) for value in values(tuple(chain(*sorted(held.items()))))]
    n = sum(held.values())
    assert len(fed) == min(n, MOST_FED)
    found = Counter(fed)
    assert all(abs(found[place] - k * len(fed) / n) <= 1 for place, k in held.items())
    if n <= MOST_FED:
        assert found == held


@given(n=st.integers(50, 2_000), share=st.floats(0.1, 0.9))
def test_small_and_large_ones_are_mixed(n: int, share: float) -> None:
    small = round(n * share)
    fed = list(values((3, small, 30, n - small)))
    for start in range(0, len(fed) - 25, 25):
        part = fed[start : start + 25]
        assert part.count(3 / SPAN) / 25 == pytest.approx(small / n, abs=0.2)


@given(st.lists(st.integers(0, 2**40) | st.none(), max_size=50))
def test_places_are_half_octaves(numbers: list[int | None]) -> None:
    naive = Counter(
        min(0 if x < 1 else next(h for h in range(99) if x * x < 2 ** (h + 1)) + 1, SPAN)
        for x in numbers
        if x is not None
    )
    held = counted(histogram(numbers))
    assert dict(zip(held[::2], held[1::2], strict=True)) == naive


def told(parts: list[tuple[int, float]], watch: FieldShift = WATCH) -> list[Finding]:
    """What is said of windows of 300 log-normal numbers, so many windows of each factor."""
    rng, memory, found, at_ms = np.random.default_rng(1), begin(watch), [], START_MS
    for windows, factor in parts:
        for _ in range(windows):
            at_ms += 60_000
            cells = histogram((factor * rng.lognormal(np.log(2_000), 0.8, 300)).tolist())
            memory, finding = update(watch, memory, Seen("hover", "all", "", at_ms, 300, 0, cells))
            found.append(finding)
    return found


@pytest.mark.parametrize("factor", [1.6, 1 / 1.6])
def test_a_mean_that_moves_is_failing_until_it_is_usual(factor: float) -> None:
    found = told([(80, 1.0), (60, factor)], WATCH.model_copy(update={"accept_after": 30}))
    failing = [place for place, finding in enumerate(found) if finding.failing]
    assert 80 <= failing[0] <= 86
    assert len(failing) == pytest.approx(30, abs=5)
    assert found[-1].failing is False
    last = found[failing[-1]]
    assert last.measured == pytest.approx(1.6, rel=0.1)
    assert (last.bound, last.window_ms) == (1.3, 60_000)
    assert ("more" if factor > 1 else "less") in last.message


def test_the_mean_that_is_told_is_the_geometric_one() -> None:
    (*_, last) = told([(60, 1.0)])
    assert last.message.startswith("dwell_ms is ")
    mean = float(last.message.split()[2].replace(",", ""))
    assert mean == pytest.approx(2_000, rel=0.03)
    assert number(21 / SPAN) == pytest.approx(2**10.25)


def test_a_state_is_what_its_counts_tell() -> None:
    watch = WATCH.model_copy(update={"keep": 10})
    rng, memory = Random(1), begin(watch)
    for at in range(75):
        cells = histogram([rng.randint(1, 10_000) for _ in range(100)])
        memory, _ = update(watch, memory, Seen("hover", "all", "", at * 60_000, 100, 0, cells))
        assert isinstance(memory, Shift)
        assert len(memory.counts) < 20
        again = replayed(watch, memory.counts, values)
        assert (again.width, again.estimation) == (memory.width, memory.mean)
