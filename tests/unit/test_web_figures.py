"""What pages tell of counts and looks agrees with counting them by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.positions import GATE, READS, Positions
from headwater.web import quality
from headwater.web.models import history
from headwater.web.quality import Remembering
from headwater.web.trail import KEPT, Sample, Trail
from schemas.model_minute import ModelMinute
from schemas.quality import Count
from schemas.topics import MINUTE_MS
from sinks.redis_quality import RedisQuality
from tests.pages import RULES, counts

pytestmark = pytest.mark.unit

NOW_MS = 1_780_000_030_000


def test_minutes_tell_the_events_and_the_share_that_failed() -> None:
    of_all = [count for count in counts(NOW_MS) if count.slice == "all"]
    found = quality.by_minute(of_all, RULES)
    events: Counter[int] = Counter()
    bad: Counter[int] = Counter()
    for count in of_all:
        events[count.minute_ms] += count.n
        bad[count.minute_ms] += count.n * (count.reasons == "country_iso")
    assert found["at_ms"] == sorted(events)
    assert found["events"] == [events[m] for m in found["at_ms"]]
    assert found["scores"]["validity"] == pytest.approx([1 - bad[m] / events[m] for m in found["at_ms"]])


def test_slices_tell_each_value_and_those_with_most_events_first() -> None:
    more = [replace(c, value="web", n=c.n * 3) for c in counts(NOW_MS) if c.value == "tv"]
    found = quality.by_value([*counts(NOW_MS), *more], "device_type")
    assert [row["value"] for row in found] == ["web", "phone", "tv"]
    assert all(row["events"] == sum(row["verdicts"].values()) for row in found)
    assert found[0]["events"] == 3 * found[1]["events"]


@given(
    looks=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 5)), max_size=12),
    grows=st.lists(st.integers(0, 2), max_size=12),
)
def test_remembered_minutes_are_those_in_redis(looks: list[tuple[int, int]], grows: list[int]) -> None:
    """As long as only the last three minutes grow, which are always read."""
    there = {c: c for c in counts(NOW_MS) if c.event == "play" and c.slice == "all"}
    held: dict[int, list[Count]] = {}

    def read(_: RedisQuality, from_ms: int, until_ms: int) -> list[Count]:
        return [c for c in there.values() if from_ms <= c.minute_ms < until_ms]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RedisQuality, "read_counts", read)
        for (back, span), grown in zip(looks, [*grows, *[0] * 12], strict=False):
            from_ms = NOW_MS - (back + span) * MINUTE_MS
            until_ms = NOW_MS - back * MINUTE_MS
            found = Remembering(None, held, NOW_MS).read_counts(from_ms, until_ms)  # type: ignore[arg-type]
            assert Counter(found) == Counter(read(None, from_ms, until_ms))  # type: ignore[arg-type]
            minute_ms = NOW_MS // MINUTE_MS * MINUTE_MS - grown * MINUTE_MS
            there |= {key: replace(c, n=c.n + 1) for key, c in there.items() if c.minute_ms == minute_ms}


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=30))
def test_a_rate_is_what_was_added_over_the_time_that_passed(steps: list[int]) -> None:
    trail = Trail()
    totals = [sum(steps[: n + 1]) for n in range(len(steps))]
    for n, total in enumerate(totals):
        trail.add(Sample(n * 1_000, total, None, None, None))
    expected = [None if n < 4 else (totals[n] - totals[n - 4]) / 4 for n in range(len(totals))]
    assert trail.series()["sent_per_s"] == pytest.approx(expected)


def test_a_total_that_falls_gives_no_rate_and_looks_are_forgotten() -> None:
    trail = Trail()
    for n in range(2 * KEPT):
        trail.add(Sample(n * 4_000, 100 if n < 2 * KEPT - 1 else 5, n, None, None))
    found = trail.series()
    assert len(found["at_ms"]) == KEPT
    assert (found["sent_per_s"][-1], found["ended_per_s"][-1]) == (None, 0.25)
    trail.add(Sample(0, 0, 0, None, None))
    assert trail.series() == found


def test_events_written_are_those_of_raw_topics_alone() -> None:
    ends = {(topic, p): 10 + p for topics in READS.values() for topic in topics for p in range(2)}
    found = Positions(ends, {}).sent()
    assert sum(found.values()) == 21 * len(READS[GATE])
    assert found["play"] == 21


def test_a_history_is_of_the_newest_generation() -> None:
    old = ModelMinute(60_000, "take", 1, 5, 0.7, 0.7, 0.5, 0.1, [], {})
    new = [replace(old, generation=2, minute_ms=n * 60_000, log_loss=0.6) for n in (2, 3)]
    assert history([old, *new])["take"]["minute_ms"] == [120_000, 180_000]
    assert history([]) == {}
