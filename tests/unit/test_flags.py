"""The laws of flags, in memory and in a real Redis: they cannot be told apart."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.quality import Violation
from serving import flags
from sinks.memory_flags import MemoryFlags
from sinks.redis_flags import RedisFlags, flags_key
from validators.stream_ruleset import flag_ms, shipped

#: Flags expire by the clock of Redis, so they must be about now, and outlast all tests before these.
NOW_MS = time.time_ns() // 1_000_000
FLAG_MS = {"rate": 100_000_000, "sharing": 500_000_000}
ENTITIES = ["m1", "m1|{tv}", "100%"]


@pytest.fixture(
    params=[pytest.param("memory", marks=pytest.mark.unit), pytest.param("redis", marks=pytest.mark.runtime)]
)
def make(request: pytest.FixtureRequest) -> Any:
    """Makes empty stores of one kind."""
    if request.param == "memory":
        return MemoryFlags
    client = request.getfixturevalue("client")

    def store() -> RedisFlags:
        client.flushall()
        return RedisFlags(client)

    return store


def violation(rule: str, key: str, at_ms: int) -> Violation:
    return Violation(rule, "play", key, at_ms, "e", 5, 4, 1_000, "")


violations = st.lists(
    st.builds(
        violation,
        st.sampled_from([*FLAG_MS, "order"]),
        st.sampled_from(ENTITIES),
        st.integers(NOW_MS - 50_000_000, NOW_MS),
    ),
    max_size=12,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(violations, max_size=3), after_ms=st.integers(0, 600_000_000))
def test_the_newest_violation_of_each_rule_flags_for_its_time(
    make: Any, batches: list[list[Violation]], after_ms: int
) -> None:
    store, now_ms = make(), NOW_MS + after_ms
    for batch in batches:
        assert store.flag(batch, FLAG_MS) == sum(v.rule in FLAG_MS for v in batch)
    told = [v for batch in batches for v in batch]
    for entity in ENTITIES:
        newest = {
            rule: max((v.at_ms for v in told if (v.rule, v.key) == (rule, entity)), default=0)
            for rule in FLAG_MS
        }
        expected = {rule: at_ms for rule, at_ms in newest.items() if at_ms + FLAG_MS[rule] > now_ms}
        assert store.read([entity], now_ms) == {entity: expected}
    assert store.flagged() == sorted({v.key for v in told if v.rule in FLAG_MS})


def test_flags_can_be_taken_away(make: Any) -> None:
    store = make()
    store.flag([violation("rate", "m1", NOW_MS), violation("rate", "m2", NOW_MS)], FLAG_MS)
    assert (store.clear(["m1", "m3"]), store.clear([])) == (1, 0)
    assert store.flagged() == ["m2"]


@pytest.mark.runtime
def test_redis_forgets_with_the_longest_flag(client: Any) -> None:
    client.flushall()
    store = RedisFlags(client)
    for rule in ("sharing", "rate"):
        store.flag([violation(rule, "m1", NOW_MS)], FLAG_MS)
    assert client.pexpiretime(flags_key("m1")) == NOW_MS + FLAG_MS["sharing"]
    assert flags(client, ["m1", "m2"]) == {"m1": {"rate": NOW_MS, "sharing": NOW_MS}, "m2": {}}
    store.flag([violation("rate", "old", NOW_MS - 10 * FLAG_MS["rate"])], FLAG_MS)
    assert store.flagged() == ["m1"], "a flag that has passed is none"


@pytest.mark.unit
def test_rules_of_abuse_flag_and_no_others() -> None:
    assert set(flag_ms(shipped())) == {"device_rate", "devices_at_once", "travels_as_people_do"}
