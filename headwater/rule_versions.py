"""Published rule sets: read from their topic, and written to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from uuid import uuid4

from confluent_kafka import KafkaException, Message, Producer

from flink_jobs.kept_topic import KeptTopic, Written
from headwater.errors import HeadwaterError
from headwater.kafka_client import reaching
from schemas.topics import MIB, RULES
from validators.published import Published, shipped
from validators.ruleset import RuleSet
from validators.source import RuleError

SHIPPED = "shipped"
_ANSWER_S = 30.0
#: Of a record, for its key and frame.
_MARGIN_BYTES = 1_024


@dataclass(frozen=True)
class Version:
    """A set that can be used; `name` is its place in the topic, or `shipped`."""

    name: str
    published: Published
    rules: RuleSet


@dataclass(frozen=True)
class History:
    """All sets that can be used, oldest first, the shipped one before them; and why other records cannot."""

    versions: Sequence[Version]
    passed_over: Mapping[str, str]

    @property
    def in_force(self) -> Version:
        """What gates judge by."""
        return self.versions[-1]

    def version(self, name: str) -> Version:
        """A set by its name. Raises HeadwaterError."""
        found = next((v for v in self.versions if v.name == name), None)
        if found is None:
            why = self.passed_over.get(name)
            told = f"version {name} cannot be used ({why})" if why else f"there is no version {name!r}"
            raise HeadwaterError(told, "use one that `headwater rules history` names")
        return found


def history(kafka: str) -> History:
    """What the topic holds now. Raises HeadwaterError."""
    with reaching(kafka), closing(KeptTopic(kafka, RULES)) as topic:
        return of(topic.written())


def of(records: Sequence[Written]) -> History:
    """The history that records make."""
    first = shipped()
    versions, passed_over = [Version(SHIPPED, first, first.rules)], {}
    for record in records:
        name = str(record.version)
        try:
            published = Published.from_json(record.value)
            versions.append(Version(name, published, published.rules))
        except RuleError as error:
            passed_over[name] = str(error)
    return History(versions, passed_over)


def publish(kafka: str, published: Published) -> str:
    """Put a set in force; the name of its version. Raises HeadwaterError."""
    value = published.to_json()
    if len(value) > MIB - _MARGIN_BYTES:
        raise HeadwaterError(f"the rule set has {len(value):,} bytes and 1 MiB is the most", "shorten it")
    taken: list[Message] = []
    with reaching(kafka):
        # Once, though it may be tried again: each time would be a version.
        producer = Producer(
            {"bootstrap.servers": kafka, "enable.idempotence": True, "message.max.bytes": MIB}
        )
        # A key of its own, so that compaction keeps what was in force before.
        producer.produce(RULES, value, uuid4().bytes, partition=0, on_delivery=lambda _, m: taken.append(m))
        producer.flush(_ANSWER_S)
        if not taken:
            raise TimeoutError(f"no answer within {_ANSWER_S:.0f} s")
        if error := taken[0].error():
            raise KafkaException(error)
    return str(taken[0].offset())
