"""The feed tells each record once, however it is asked, from librdkafka's own broker for tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from headwater.monitor.feed import Feed, Read
from schemas import topics
from schemas.quality import Count, Violation
from schemas.topics import MINUTE_MS
from tests.brokers import a_broker

pytestmark = pytest.mark.unit


@pytest.fixture
def broker() -> Iterator[tuple[Producer, str]]:
    with a_broker(topics.COUNTS, topics.PROFILES, topics.VIOLATIONS) as found:
        yield found


def tell(producer: Producer, numbers: range) -> None:
    for n in numbers:
        producer.produce(
            topics.COUNTS, Count(0, "play", "all", "", "valid", "", n).to_json(), partition=n % 2
        )
        violation = Violation("rate", "play", f"m{n}", n, "e", 9.0, 5.0, MINUTE_MS, "")
        producer.produce(topics.VIOLATIONS, violation.to_json(), partition=0)
    assert producer.flush(10) == 0


def numbers(reads: list[Read]) -> list[int]:
    return sorted(read.record.n for read in reads if isinstance(read.record, Count))


def polled(feed: Feed, n: int) -> list[Read]:
    """What is polled until that many counts have come, and once more; or nothing does for long."""
    found, asked = list[Read](), 0
    while len(numbers(found)) < n and asked < 100:
        found += feed.poll(0.1)
        asked += 1
    return [*found, *feed.poll(0.1)]


def test_what_is_there_is_read_at_once_and_nothing_twice(broker: tuple[Producer, str]) -> None:
    producer, kafka = broker
    tell(producer, range(5))
    with Feed(kafka, 0) as feed:
        found = list(feed.catch_up())
        tell(producer, range(5, 3_005))
        assert numbers(list(feed.catch_up())) == list(range(5, 3_005))
        assert list(feed.catch_up()) == []
        tell(producer, range(3_005, 3_010))
        later = polled(feed, 5)
        assert numbers(later) == list(range(3_005, 3_010))
        tell(producer, range(3_010, 3_020))
        assert numbers(list(feed.catch_up())) == list(range(3_010, 3_020))
        places = [(read.lane, read.offset) for read in [*found, *later]]
        assert len(places) == len(set(places))


def test_topics_that_are_empty_at_first_are_read_as_they_fill(broker: tuple[Producer, str]) -> None:
    producer, kafka = broker
    with Feed(kafka, 0) as feed:
        assert list(feed.catch_up()) == list(feed.catch_up()) == []
        tell(producer, range(3))
        assert numbers(polled(feed, 3)) == [0, 1, 2]


def test_violations_that_did_not_flag_are_read_too(broker: tuple[Producer, str]) -> None:
    producer, kafka = broker
    tell(producer, range(9))
    with Feed(kafka, 0) as feed:
        flagged = feed.unflagged({"0": 4}, 0)
        found = [read.record for read in feed.catch_up() if flagged.pass_by(read.lane, read.offset)]
    assert [v.key for v in found if isinstance(v, Violation)] == [f"m{n}" for n in range(4, 9)]
    assert flagged.to_json()["0"] == 9
