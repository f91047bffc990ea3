"""The generation of features that is read, for whoever writes to it beside its job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import redis

from features.catalog import CATALOG
from features.live import LIVE_KEY, views_key
from features.view import View
from flink_jobs.row_writing import Forgotten
from flink_jobs.shared_forgotten import SHARED
from headwater import runs
from headwater.errors import HeadwaterError
from headwater.kafka_client import reaching
from headwater.positions import FEATURES
from headwater.runtime.paths import Paths
from headwater.settings import Settings
from headwater.view_names import view_names
from sinks import redis_generations as kept


@contextmanager
def held(settings: Settings, client: redis.Redis) -> Iterator[int]:
    """The generation that is read, which stays so within the block: whoever would begin another one here
    waits. Where Redis was emptied it is the last one that was started from here. Raises HeadwaterError where
    there is none.
    """
    paths = Paths.of(settings)
    with runs.held(paths, FEATURES):
        run = runs.read(paths, FEATURES)
        if client.exists(LIVE_KEY):
            yield kept.live(client).generation
        elif run:
            yield run.generation
        else:
            problem = "Redis names no features that are read, and none were submitted from here"
            raise HeadwaterError(problem, "headwater submit")


@contextmanager
def forgotten(kafka: str) -> Iterator[Forgotten]:
    """Who asked to be forgotten, those who do within the block too. HeadwaterError if Kafka is not there."""
    with reaching(kafka):
        found = SHARED.join(kafka)
    try:
        yield found
    finally:
        SHARED.leave(kafka)


def views_of(settings: Settings, client: redis.Redis, generation: int) -> list[View]:
    """The views that a generation computes; where Redis has lost that, those of the settings."""
    told: bytes | None = client.get(views_key(generation))  # type: ignore[assignment]
    if told is None:
        names = view_names(settings)
        return [view for view in CATALOG if view.name in names]
    ids = told.decode().split(",")
    return [view for view in CATALOG if view.id in ids]


def vouch(client: redis.Redis, generation: int, views: Sequence[View]) -> None:
    """Say that a generation of these views is whole: its job goes on as if nothing had been lost."""
    kept.begin(client, generation, {}, [view.id for view in views])
    kept.take_over(client, generation)
