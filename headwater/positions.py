"""How far readers are in Kafka: what was written, what each job has committed, and the lag between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError

from headwater.errors import HeadwaterError
from schemas import topics
from schemas.events import EVENT_NAMES

#: A topic and the number of a partition.
Partition = tuple[str, int]

#: What each job reads; its consumer group has its name.
_READS = {
    "validate_events": tuple(map(topics.raw, EVENT_NAMES)),
    "update_models": (topics.valid("hover"), topics.valid("play")),
    "compute_features": (*map(topics.valid, EVENT_NAMES), *map(topics.quarantine, EVENT_NAMES)),
}


@dataclass(frozen=True)
class Positions:
    """The next offset of each partition: `written`, and `committed` by each job, at its checkpoints."""

    written: Mapping[Partition, int]
    committed: Mapping[str, Mapping[Partition, int]]

    def read(self) -> dict[tuple[str, int], int]:
        """How far the gate has read each partition of each event type, and answered for it."""
        return {(topics.event_of(t), p): n for (t, p), n in self.committed["validate_events"].items()}

    def lag(self) -> dict[str, int]:
        """Records that each job has still to read, or to commit."""
        return {
            job: sum(n - self.committed[job].get(p, 0) for p, n in self.written.items() if p[0] in names)
            for job, names in _READS.items()
        }


class Watcher:
    """Asks Kafka for positions, over one connection. HeadwaterError whenever Kafka does not answer."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        with self._answering():
            self._admin = KafkaAdminClient(bootstrap_servers=kafka, request_timeout_ms=10_000)

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._admin.close()

    def look(self) -> Positions:
        """The positions now."""
        with self._answering():
            names = [name for topic_names in _READS.values() for name in topic_names]
            partitions = [
                TopicPartition(topic["name"], p["partition_index"])
                for topic in self._admin.describe_topics(names)
                for p in topic["partitions"]
            ]
            ends = self._admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
            groups = self._admin.list_group_offsets(dict.fromkeys(_READS))
        return Positions(
            {(p.topic, p.partition): found.offset for p, found in ends.items()},
            {
                job: {(p.topic, p.partition): max(0, o.offset) for p, o in groups.get(job, {}).items()}
                for job in _READS
            },
        )

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except KafkaError as error:
            raise HeadwaterError(
                f"Kafka at {self._kafka} (HEADWATER_KAFKA) does not answer ({error})",
                "start it: headwater up",
            ) from None
