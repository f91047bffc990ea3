"""Redis as it was before it lost features: from an archive of events, and what came since from Kafka."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from features.view import View
from flink_jobs.stretches import consumer
from headwater.archive.tail import Tail, tail
from headwater.errors import HeadwaterError
from headwater.events_log import archive_of, opened
from headwater.kafka_client import reaching
from headwater.live_generation import forgotten, held, views_of, vouch
from headwater.redis_client import client
from headwater.refill import Filled, fill, seen
from headwater.settings import Settings
from sinks.redis_features import RedisTiles


@dataclass(frozen=True)
class Rebuilt:
    """What was filled of a generation, which is `whole` if all its views are, and readers are told so.

    `since` are the events that were read from Kafka, `lost` those that are neither there nor in the archive.
    """

    generation: int
    whole: bool
    since: int
    lost: int
    seconds: float
    views: tuple[Filled, ...]


def rebuild(
    settings: Settings,
    kafka: str,
    redis_url: str,
    directory: Path,
    chosen: Sequence[View],
    now_ms: int,
    on_view: Callable[[Filled, int], None],
) -> Rebuilt:
    """Write all that a reader can see of views; of those that are computed, if none are told.

    After each view `on_view` is told, with how many there are. Raises HeadwaterError.
    """
    began_s, found = time.monotonic(), list[Filled]()
    with client(redis_url) as redis, held(settings, redis) as live, forgotten(kafka) as who:
        computed = views_of(settings, redis, live)
        views = chosen or computed
        spans = [seen(view, now_ms) for view in views]
        events = sorted({event for view in views for event in view.sources})
        archive = archive_of(directory)
        came = _came(kafka, archive, events) if archive else Tail({}, 0)
        log = opened(directory, min(since_ms for since_ms, _ in spans)).more(came.tables)
        for view, span in zip(views, spans, strict=True):
            try:
                found.append(fill(log, view, RedisTiles(redis, live), who, *span))
            except ValueError as error:
                raise HeadwaterError(f"view {view.id}: {error}", "see the README, Archive") from None
            on_view(found[-1], len(views))
        whole = archive is not None and {*computed} <= {*views}
        if whole:
            vouch(redis, live, computed)
    return Rebuilt(live, whole, came.records, came.lost, time.monotonic() - began_s, tuple(found))


def _came(kafka: str, archive: Path, events: Sequence[str]) -> Tail:
    with reaching(kafka), consumer(kafka, "headwater-rebuild") as reader:
        return tail(reader, archive, events)
