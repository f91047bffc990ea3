"""How soon a running gate judges by new rules: from publishing them to the first verdict with their hash."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import psutil
from confluent_kafka import Consumer, Message, TopicPartition

from flink_jobs.stretches import consumer, ends, lanes
from headwater import jobs, rule_versions
from headwater.errors import HeadwaterError
from headwater.positions import Watcher
from schemas import topics
from schemas.events import EVENT_NAMES
from tests.bench.figure import Plan, Row
from tests.bench.servers import a_stack
from tests.bench.steady import generate, wait_begun
from validators.published import Published, RuleText, proposed, shipped

_RATE_PER_S, _SECONDS = 5_000, 60
_WARM_S, _APPLIES, _PATIENCE_S = 20, 7, 30.0


def reload(_: Plan) -> Iterator[Row]:
    """Median and longest of some applies at 5,000 events/s; the gate alone, 1% faults."""
    with a_stack() as stack:
        kafka = stack.endpoints.kafka
        jobs.ensure_running(stack.settings, stack.endpoints, "validate_events", lambda _: None)
        with Watcher(kafka) as watcher, generate(stack, _RATE_PER_S, _SECONDS) as traffic:
            wait_begun(traffic, watcher)
            with consumer(kafka, "bench-reload") as reader:
                names = [lane for event in EVENT_NAMES for lane in lanes(reader, topics.valid(event))]
                time.sleep(_WARM_S)
                places = ends(reader, names)
                reader.assign([TopicPartition(*lane, offset) for lane, offset in places.items()])
                took_s = [_applied(kafka, reader, _changed(n)) for n in range(1, _APPLIES + 1)]
            if traffic.poll() is not None:
                raise HeadwaterError("the traffic ended before the last apply", "look at what else runs here")
            traffic.communicate()
    of = f"{_RATE_PER_S:,} events/s: published to the first verdict"
    yield Row(f"{of}, median of {_APPLIES}", "s", median(took_s))
    yield Row(f"{of}, longest", "s", max(took_s))
    yield Row("load average", "", psutil.getloadavg()[0])


def _changed(n: int) -> Published:
    """The shipped rules with another bound, so with another hash for each n."""
    (hover,) = (file.text for file in shipped().files if file.name == "hover.yaml")
    given = RuleText("hover.yaml", hover.replace("600000", str(600_000 - n)))
    return proposed(shipped(), [given], False, False, time.time_ns() // 1_000_000, "bench")


def _applied(kafka: str, reader: Consumer, rules: Published) -> float:
    began_s = time.monotonic()
    rule_versions.publish(kafka, rules)
    while time.monotonic() - began_s < _PATIENCE_S:
        # What comes is taken at once: a rest behind would be measured the next time.
        if any(_ruleset(message) == rules.hash for message in reader.consume(1_000, 0.02)):
            return time.monotonic() - began_s
    raise HeadwaterError(f"no verdict by {rules.hash} within {_PATIENCE_S:.0f} s", "look at Flink's log")


def _ruleset(message: Message) -> str:
    told: dict[str, Any] = dict(message.headers() or ())
    return str(told["ruleset"], "ascii")
