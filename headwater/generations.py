"""Generations of features: how one begins, catches up with the log beside the last, and takes its place."""

from __future__ import annotations

from collections.abc import Sequence

from features.catalog import CATALOG
from headwater.positions import FEATURES, Watcher
from headwater.redis_client import client
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.flink_rest import FlinkRest
from sinks import redis_generations as kept


def begin(endpoints: Endpoints, generation: int, names: Sequence[str]) -> None:
    """Announce a generation of views, and how far it must read before it may take over: all there is now."""
    views = [view.id for view in CATALOG if view.name in names]
    with Watcher(endpoints.kafka) as kafka, client(endpoints.redis) as redis:
        kept.begin(redis, generation, kafka.look(generation).to_read(FEATURES), views)


def stands(endpoints: Endpoints, generation: int) -> bool:
    """Whether Redis holds what a generation wrote; false when it was emptied."""
    with client(endpoints.redis) as redis:
        return kept.end_of(redis, generation) is not None


def replay_from_ms(generation: int, names: Sequence[str]) -> int:
    """From when a job without state must read again: all that any window of these views can see."""
    return generation * 1_000 - max(view.reach_ms for view in CATALOG if view.name in names)


def take_over(endpoints: Endpoints, job_id: str, generation: int) -> int:
    """Let a generation be read if it has caught up, and retire the others; how many records it lacks.

    What was on its way while it caught up is in both, so a reader that changes over sees no gap. Where Redis
    was emptied since the generation began, it lacks some for good.
    """
    with client(endpoints.redis) as redis:
        if kept.whole(redis, generation):
            return 0
        end = kept.end_of(redis, generation)
        if end is None:
            return 1
        with Watcher(endpoints.kafka) as kafka:
            left = kafka.look(generation).behind(FEATURES, end)
        if not left:
            kept.take_over(redis, generation)
            cluster = FlinkRest(endpoints.flink)
            for job in cluster.running(FEATURES):
                if job.id != job_id:
                    cluster.cancel(job.id)
            kept.retire_others(redis, generation)
    return left
