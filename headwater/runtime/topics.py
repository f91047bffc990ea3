"""The topic table made real on a broker, and compared with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from headwater.errors import HeadwaterError
from headwater.runtime.ports import is_open
from schemas.topics import TOPICS


@dataclass(frozen=True)
class Drift:
    """A topic that is not as declared; ``setting`` is ``topic`` if it is missing altogether.

    >>> str(Drift("valid.play", "partitions", "4", "1"))
    'topic valid.play: partitions is 1, declared 4'
    """

    topic: str
    setting: str
    declared: str
    found: str

    def __str__(self) -> str:
        return f"topic {self.topic}: {self.setting} is {self.found}, declared {self.declared}"


def ensure_topics(bootstrap: str) -> tuple[Drift, ...]:
    """Create the topics of the table that are missing; what exists is left alone and its drift returned."""
    with _admin(bootstrap) as admin:
        there = set(admin.list_topics())
        missing = {
            topic.name: {"num_partitions": topic.partitions, "configs": topic.config()}
            for topic in TOPICS
            if topic.name not in there
        }
        if missing:
            admin.create_topics(missing, wait_for_metadata=True)
        return tuple(_drift(admin))


def topic_drift(bootstrap: str) -> tuple[Drift, ...]:
    """How the broker's topics differ from the table; changes nothing."""
    with _admin(bootstrap) as admin:
        return tuple(_drift(admin))


def reachable(bootstrap: str) -> bool:
    """Whether any of ``host:port[,host:port]`` accepts connections."""
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        if host and port.isdigit() and is_open(host, int(port), timeout_s=3.0):
            return True
    return False


def _drift(admin: Any) -> Iterator[Drift]:
    from kafka.admin import ConfigResource

    partitions = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics()}
    declared = [topic for topic in TOPICS if topic.name in partitions]
    resources = [ConfigResource("TOPIC", topic.name, topic.config()) for topic in declared]
    found = admin.describe_configs(resources, config_filter="all")["topic"] if resources else {}
    for topic in TOPICS:
        if topic.name not in partitions:
            yield Drift(topic.name, "topic", "present", "missing")
            continue
        # What is kept by key is read from its one partition.
        exact = topic.cleanup == "compact"
        if partitions[topic.name] < topic.partitions or (exact and partitions[topic.name] > topic.partitions):
            yield Drift(topic.name, "partitions", str(topic.partitions), str(partitions[topic.name]))
        for setting, value in topic.config().items():
            actual = found[topic.name][setting]["value"]
            if sorted(actual.split(",")) != sorted(value.split(",")):
                yield Drift(topic.name, setting, value, actual)


@contextmanager
def _admin(bootstrap: str) -> Iterator[Any]:
    """kafka-python's admin client; whatever it raises becomes a HeadwaterError.

    A closed port is looked at first: a client that cannot bootstrap leaves its thread behind.
    """
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError

    remedy = "look at the broker's log, or correct HEADWATER_KAFKA"
    if not reachable(bootstrap):
        raise HeadwaterError(f"no Kafka answers at {bootstrap}", remedy)
    try:
        with KafkaAdminClient(bootstrap_servers=bootstrap.split(","), bootstrap_timeout_ms=20_000) as admin:
            yield admin
    except KafkaError as error:
        raise HeadwaterError(f"Kafka at {bootstrap} does not answer ({error})", remedy) from error
