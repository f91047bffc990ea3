"""What the monitor writes is what others read, in a real Redis."""

from __future__ import annotations

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.live import DEGRADED_KEY, Vouched
from schemas.quality import Alert, Condition, Count
from sinks.redis_quality import KEPT_S, RedisQuality, minute_key

pytestmark = pytest.mark.unit

MINUTE_MS = 60_000
NOW_MS = 1_780_000_020_000
SPIKE = Alert(
    NOW_MS, "rejected_share", "play", "all", "", "raised", 0.4, 0.2, 300_000, "validity", "too many"
)
HARD = Condition(
    "rejected_share", True, NOW_MS, "too many", ("title_engagement", "member_activity"), ("take",)
)

texts = st.text(max_size=8).filter(lambda text: "\x1f" not in text)
counts = st.builds(
    Count,
    st.integers(0, 9).map(lambda minute: NOW_MS // MINUTE_MS * MINUTE_MS - minute * MINUTE_MS),
    *(texts,) * 5,
    st.integers(0, 2**53),
)


def degraded_now(client: redis.Redis) -> frozenset[str]:
    (found,) = client.mget([DEGRADED_KEY])  # type: ignore[misc]
    return Vouched.parse(None, found, None).degraded


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(counts, max_size=20, unique_by=lambda c: c.to_json().rpartition(b",")[0]))
def test_counts_are_read_as_they_were_written_last(client: redis.Redis, written: list[Count]) -> None:
    client.flushdb()
    quality = RedisQuality(client)
    quality.write_counts(Count(**vars(count) | {"n": 1}) for count in written)
    quality.write_counts(written)
    assert set(quality.read_counts(NOW_MS - 10 * MINUTE_MS, NOW_MS + 1)) == set(written)
    some_ms = NOW_MS - 5 * MINUTE_MS
    assert set(quality.read_counts(some_ms, NOW_MS + 1)) == {c for c in written if c.minute_ms >= some_ms}


def test_a_minute_is_forgotten_in_the_end(client: redis.Redis) -> None:
    RedisQuality(client).write_counts([Count(0, "play", "all", "", "valid", "", 1)])
    assert 0 < int(client.ttl(minute_key(0))) <= KEPT_S  # type: ignore[arg-type]


def test_what_is_wrong_replaces_what_was(client: redis.Redis) -> None:
    quality = RedisQuality(client)
    quality.write_open([SPIKE], [HARD], degraded_s=30)
    assert (quality.alerts(), quality.conditions()) == ([SPIKE], [HARD])
    assert degraded_now(client) == {"title_engagement", "member_activity"}
    closed = Condition(**vars(HARD) | {"open": False})
    quality.write_open([], [closed], degraded_s=30)
    assert (quality.alerts(), quality.conditions()) == ([], [closed])
    assert degraded_now(client) == frozenset()


def test_the_marks_of_a_monitor_that_died_go_away(client: redis.Redis) -> None:
    RedisQuality(client).write_open([], [HARD], degraded_s=30)
    assert 0 < int(client.ttl(DEGRADED_KEY)) <= 30  # type: ignore[arg-type]


def test_violations_add_up_over_minutes(client: redis.Redis) -> None:
    client.flushdb()
    quality, minute_ms = RedisQuality(client), NOW_MS // MINUTE_MS * MINUTE_MS
    quality.write_violations({(minute_ms, "order", "play"): 1, (minute_ms, "rate", "hover"): 4})
    quality.write_violations({(minute_ms, "order", "play"): 2, (minute_ms - MINUTE_MS, "order", "play"): 5})
    assert quality.read_violations(minute_ms, NOW_MS + 1) == {("order", "play"): 2, ("rate", "hover"): 4}
    assert quality.read_violations(minute_ms - MINUTE_MS, NOW_MS + 1)["order", "play"] == 7


def test_of_two_totals_of_a_minute_the_greater_holds(client: redis.Redis) -> None:
    client.flushdb()
    quality, minute_ms = RedisQuality(client), NOW_MS // MINUTE_MS * MINUTE_MS
    for n, total in ((9, 9), (4, 9), (12, 12)):
        quality.write_violations({(minute_ms, "order", "play"): n, (minute_ms, f"rule{n}", "play"): n})
        assert quality.read_violations(minute_ms, NOW_MS + 1)["order", "play"] == total
    assert quality.read_violations(minute_ms, NOW_MS + 1)["rule4", "play"] == 4
