"""The topic layout: one declared table, created by ``headwater up`` and checked by ``headwater doctor``.

``events.*`` are stamped by the broker (LogAppendTime): a record's timestamp is its *ingestion time*, so
that lateness and clock skew are judged the same on every replay, whatever the clock of the reader says.

Settings are Kafka's topic settings: https://kafka.apache.org/documentation/#topicconfigs
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.events import EVENT_NAMES

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
MIB = 1_048_576

#: A datum above this is set aside unread: batches are bounded by rows, so rows must be bounded by bytes.
MAX_DATUM_BYTES = 65_536
#: What the broker takes on ``events.*``. More than MAX_DATUM_BYTES, so that oversize is ours to judge.
MAX_RECORD_BYTES = 4 * MIB
#: What the gate may write: a whole original record and its headers.
MAX_QUARANTINE_BYTES = 5 * MIB

PARTITIONS = 4

#: Of these models learn what came.
LEARNT_FROM = ("hover", "pause")

#: An event older than this when it is ingested is `late`: no feature counts it. The state of a tile must
#: live longer, or a late event would start a forgotten tile again at one.
LATENESS_HORIZON_MS = HOUR_MS
#: How far a device's clock may run ahead of the broker's; the rule `not_from_the_future` rejects more.
FUTURE_TOLERANCE_MS = 60_000


#: Rule sets in the order in which they were applied; the last one is in force.
RULES = "rules"
#: The catalogue of titles: `schemas.titles.Title` by id.
TITLES = "titles"
#: Until when members asked to be forgotten: `schemas.forgotten.Forgotten` by the member's id.
FORGOTTEN = "forgotten"
#: How many events had which verdict, by minute of ingestion and by slice: `schemas.quality.Count`.
COUNTS = "quality.counts"
#: Histograms of the fields of a sample of events, by minute and slice: `schemas.quality.Cell`.
PROFILES = "quality.profiles"
#: What broke a rule over many events: `schemas.quality.Violation`.
VIOLATIONS = "quality.violations"
#: What began or ceased to be wrong: `schemas.quality.Alert`.
ALERTS = "quality.alerts"
#: How good each online model was, by minute of what it has learnt: `schemas.model_minute.ModelMinute`.
MODELS = "quality.models"
#: How broad what is recommended is, minute by minute: `schemas.page_minute.PageMinute`.
PAGES = "quality.pages"
#: Which set-aside records were sent to the gate again: their keys say where each came from.
REPLAYS = "quarantine.replays"
#: Orders to online models: `schemas.orders.Order`, of which each has a key of its own.
ORDERS = "models"
#: Whether a hard condition holds, by its name: `schemas.quality.Condition`.
CONDITIONS = "quality.conditions"

FOR_EVER = -1


@dataclass(frozen=True)
class Topic:
    """One topic as it must exist: partitions are a minimum, and exact where it is kept by key (`compact`).

    The rest are Kafka topic settings; a retention of FOR_EVER deletes nothing.
    """

    name: str
    partitions: int
    retention_ms: int
    max_record_bytes: int
    cleanup: str = "delete"
    timestamp_type: str = "CreateTime"

    def config(self) -> dict[str, str]:
        """The settings in Kafka's own names."""
        return {
            "cleanup.policy": self.cleanup,
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(self.max_record_bytes),
            "message.timestamp.type": self.timestamp_type,
        }


def raw(event: str) -> str:
    """Topic that producers write: ``events.<event>``."""
    return f"events.{event}"


def event_of(topic: str) -> str:
    """The event type of a topic of raw, valid or quarantined events.

    >>> event_of(raw("play"))
    'play'
    """
    return topic.partition(".")[2]


def valid(event: str) -> str:
    """Topic of judged, canonical datums: ``valid.<event>``, the contract for everyone downstream."""
    return f"valid.{event}"


def facts(event: str) -> str:
    """Topic of events with what was known of each when it came: ``facts.<event>``, the log of models."""
    return f"facts.{event}"


def quarantine(event: str) -> str:
    """Topic of set-aside records, original bytes and reasons: ``quarantine.<event>``."""
    return f"quarantine.{event}"


TOPICS: tuple[Topic, ...] = (
    *(
        Topic(raw(e), PARTITIONS, 3 * DAY_MS, MAX_RECORD_BYTES, timestamp_type="LogAppendTime")
        for e in EVENT_NAMES
    ),
    # Longer than the windows of all views reach: a job that starts without its state reads it again.
    *(Topic(valid(e), PARTITIONS, 8 * DAY_MS, MIB) for e in EVENT_NAMES),
    # As long as there are the events: a changed model learns from them again.
    *(Topic(facts(e), PARTITIONS, 8 * DAY_MS, MIB) for e in LEARNT_FROM),
    *(Topic(quarantine(e), 1, 30 * DAY_MS, MAX_QUARANTINE_BYTES) for e in EVENT_NAMES),
    # A segment goes when its newest record is old enough, so a set-aside record may stay some days longer
    # than its retention: what is known of it must stay longer still.
    Topic(REPLAYS, 1, 60 * DAY_MS, MIB),
    Topic(RULES, 1, FOR_EVER, MIB, cleanup="compact"),
    # By the clock of the broker, as events are: whether a title changed before an event was judged is asked.
    Topic(TITLES, 1, FOR_EVER, MIB, cleanup="compact", timestamp_type="LogAppendTime"),
    Topic(FORGOTTEN, 1, FOR_EVER, MIB, cleanup="compact"),
    Topic(ORDERS, 1, FOR_EVER, MIB, cleanup="compact"),
    Topic(COUNTS, 1, 7 * DAY_MS, MIB),
    Topic(PROFILES, 1, 7 * DAY_MS, MIB),
    Topic(VIOLATIONS, 1, 30 * DAY_MS, MIB),
    Topic(ALERTS, 1, 30 * DAY_MS, MIB),
    Topic(MODELS, 1, 7 * DAY_MS, MIB),
    Topic(PAGES, 1, 7 * DAY_MS, MIB),
    Topic(CONDITIONS, 1, FOR_EVER, MIB, cleanup="compact"),
)
