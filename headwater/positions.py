"""How far readers are in Kafka: what was written, what each job has committed, and the lag between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError

from headwater.errors import HeadwaterError
from schemas import topics
from schemas.events import EVENT_NAMES

#: What each job reads; its consumer group has its name.
_READS = {
    "validate_events": tuple(map(topics.raw, EVENT_NAMES)),
    "compute_features": tuple(map(topics.valid, EVENT_NAMES)),
}


@dataclass(frozen=True)
class Positions:
    """Records by topic: `written` so far, and `committed` by each job, which commits at checkpoints."""

    written: Mapping[str, int]
    committed: Mapping[str, Mapping[str, int]]

    def read(self) -> dict[str, int]:
        """Events of each type that the gate has read and answered for."""
        return {e: self.committed["validate_events"].get(topics.raw(e), 0) for e in EVENT_NAMES}

    def lag(self) -> dict[str, int]:
        """Records that each job has still to read, or to commit."""
        return {
            job: sum(self.written.get(t, 0) - self.committed[job].get(t, 0) for t in names)
            for job, names in _READS.items()
        }


def positions(kafka: str) -> Positions:
    """The positions now. HeadwaterError when Kafka does not answer."""
    try:
        admin = KafkaAdminClient(bootstrap_servers=kafka, request_timeout_ms=10_000)
    except KafkaError as error:
        raise _unreachable(kafka, error) from None
    try:
        names = [name for topic_names in _READS.values() for name in topic_names]
        partitions = [
            TopicPartition(topic["name"], p["partition_index"])
            for topic in admin.describe_topics(names)
            for p in topic["partitions"]
        ]
        ends = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
        groups = admin.list_group_offsets(dict.fromkeys(_READS))
    except KafkaError as error:
        raise _unreachable(kafka, error) from None
    finally:
        admin.close()
    return Positions(
        _by_topic({p: found.offset for p, found in ends.items()}),
        {job: _by_topic({p: o.offset for p, o in groups.get(job, {}).items()}) for job in _READS},
    )


def _by_topic(offsets: Mapping[TopicPartition, int]) -> dict[str, int]:
    total: dict[str, int] = {}
    for partition, offset in offsets.items():
        total[partition.topic] = total.get(partition.topic, 0) + max(offset, 0)
    return total


def _unreachable(kafka: str, error: KafkaError) -> HeadwaterError:
    return HeadwaterError(
        f"Kafka at {kafka} (HEADWATER_KAFKA) does not answer ({error})", "start it: headwater up"
    )
