"""How far readers are in Kafka: what was written, what each job has committed, and the lag between."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from kafka import OffsetAndMetadata, TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError

from flink_jobs.options import features_group
from headwater.errors import HeadwaterError
from headwater.kafka_client import reaching
from online_models.members.measure import EVENTS as CONDUCT
from online_models.outcome import OUTCOMES
from schemas import topics
from schemas.events import EVENT_NAMES

#: A topic and the number of a partition.
Partition = tuple[str, int]

GATE, FEATURES, AUDIT, MODELS = "validate_events", "compute_features", "audit_streams", "update_models"
SCORES = "score_members"
_COORDINATOR_S = 10.0
#: What each job reads. Its consumer group has its name; that of features has its generation as well.
READS = {
    GATE: tuple(map(topics.raw, EVENT_NAMES)),
    MODELS: (
        *(topics.valid(event) for event in sorted({e for o in OUTCOMES for e in (o.of, o.by)})),
        *map(topics.facts, topics.LEARNT_FROM),
    ),
    SCORES: tuple(map(topics.valid, CONDUCT)),
    **dict.fromkeys(
        (AUDIT, FEATURES),
        (*map(topics.valid, EVENT_NAMES), *map(topics.quarantine, EVENT_NAMES)),
    ),
}


@dataclass(frozen=True)
class Positions:
    """The next offset of each partition: `written`, and `committed` by each job, at its checkpoints."""

    written: Mapping[Partition, int]
    committed: Mapping[str, Mapping[Partition, int]]

    def read(self) -> dict[tuple[str, int], int]:
        """How far the gate has read each partition of each event type, and answered for it."""
        return {(topics.event_of(t), p): n for (t, p), n in self.committed[GATE].items()}

    def sent(self) -> dict[str, int]:
        """How many events of each type producers have written since its topic was made."""
        found = dict.fromkeys(EVENT_NAMES, 0)
        for (topic, _), n in self.written.items():
            if topic in READS[GATE]:
                found[topics.event_of(topic)] += n
        return found

    def lag(self) -> dict[str, int]:
        """Records that each job has still to read, or to commit."""
        return {
            job: sum(n - self.committed[job].get(p, 0) for p, n in self.written.items() if p[0] in names)
            for job, names in READS.items()
        }

    def to_read(self, job: str) -> dict[str, int]:
        """The end of each partition that a job reads, by its name such as `valid.play/0`."""
        return {f"{topic}/{p}": n for (topic, p), n in self.written.items() if topic in READS[job]}

    def behind(self, job: str, end: Mapping[str, int]) -> int:
        """Records before an end from `to_read` that a job has still to read, or to commit."""
        done = {f"{topic}/{p}": n for (topic, p), n in self.committed[job].items()}
        return sum(max(0, n - done.get(name, 0)) for name, n in end.items())


class Looks(Protocol):
    """What tells positions."""

    def look(self, generation: int) -> Positions:
        """The positions now; those of features for the job of a generation."""


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

    def look(self, generation: int) -> Positions:
        """The positions now; those of features for the job of a generation."""
        groups = {job: features_group(generation) if job == FEATURES else job for job in READS}
        with self._answering():
            names = [name for topic_names in READS.values() for name in topic_names]
            partitions = [
                TopicPartition(topic["name"], p["partition_index"])
                for topic in self._admin.describe_topics(names)
                for p in topic["partitions"]
            ]
            ends = self._admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
            offsets = self._committed(list(groups.values()))
        return Positions(
            {(p.topic, p.partition): found.offset for p, found in ends.items()},
            {
                job: {(p.topic, p.partition): max(0, o.offset) for p, o in offsets.get(name, {}).items()}
                for job, name in groups.items()
            },
        )

    def _committed(self, groups: Sequence[str]) -> dict[str, dict[TopicPartition, OffsetAndMetadata]]:
        """A broker that has just started makes the place for offsets when it is first asked for them."""
        deadline_s = time.monotonic() + _COORDINATOR_S
        while True:
            try:
                return dict(self._admin.list_group_offsets(dict.fromkeys(groups)))
            except KafkaError as error:
                if not error.retriable or time.monotonic() > deadline_s:
                    raise
                time.sleep(0.2)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except KafkaError as error:
            raise HeadwaterError(
                f"Kafka at {self._kafka} (HEADWATER_KAFKA) does not answer ({error})",
                "start it: headwater up",
            ) from None


class Reconnecting:
    """Positions over one connection, made when it is first needed and again after a failure."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._watcher: Watcher | None = None

    def look(self, generation: int) -> Positions:
        """As `Watcher.look`."""
        try:
            if self._watcher is None:
                with reaching(self._kafka):
                    self._watcher = Watcher(self._kafka)
            return self._watcher.look(generation)
        except HeadwaterError:
            if self._watcher is not None:
                self._watcher.__exit__()
            self._watcher = None
            raise
