"""The overview: throughput, freshness, lag, load, the ledger, and what runs."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from features.catalog import CATALOG
from headwater.commands import status
from headwater.positions import Reconnecting
from headwater.redis_client import client
from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from headwater.view_picture import freshness
from headwater.web.gathered import Parts, gathered
from headwater.web.kept import Kept
from headwater.web.trail import Sample, Trail

#: Flink measures itself every 10 s, and a question to it is some 50 calls.
_FLINK_S = 5.0
_ENDS = ("counted", "quarantined", "duplicate", "late")


class Overview:
    """Looks at all services, over connections that it keeps."""

    def __init__(self, settings: Settings, where: Endpoints) -> None:
        self._settings, self._where = settings, where
        self._jobs = Kept(partial(status.jobs, where.flink), _FLINK_S)
        self._kafka = Reconnecting(where.kafka)
        self._trail = Trail()

    def look(self) -> dict[str, Any]:
        """`processes`, `jobs`, `progress` and `views` now, each None with a reason in `problems` where a
        service does not answer, and the `trail` of looks until this one."""
        parts: Parts = {
            "processes": lambda: status.processes(self._settings, time.time()),
            "jobs": self._jobs,
            "progress": self._progress,
            "views": self._views,
        }
        found = gathered(parts)
        self._trail.add(sample(found, time.time_ns() // 1_000_000))
        return found | {"trail": self._trail.series()}

    def _progress(self) -> dict[str, Any]:
        with client(self._where.redis) as redis:
            return status.progress(self._kafka, redis)

    def _views(self) -> list[dict[str, Any]]:
        with client(self._where.redis) as redis:
            return freshness(redis, CATALOG, time.time_ns() // 1_000_000)


def sample(found: dict[str, Any], at_ms: int) -> Sample:
    """What the trail remembers of a look.

    >>> entry = {"counted": 5, "quarantined": 1, "duplicate": 0, "late": 0}
    >>> progress = {"written": {"play": 7}, "lag": {"a": 1, "b": 2}, "ledger": [entry]}
    >>> jobs = [{"name": "a", "state": "RUNNING"}, {"name": "b", "state": "FAILED"}]
    >>> sample({"progress": progress, "jobs": jobs, "views": [{"age_s": 0.5}, {"age_s": None}]}, 0)
    Sample(at_ms=0, sent=7, ended=6, age_s=0.5, lag=1)
    """
    progress, views = found["progress"], found["views"] or []
    running = {job["name"] for job in found["jobs"] or () if job["state"] == "RUNNING"}
    return Sample(
        at_ms,
        sum(progress["written"].values()) if progress else None,
        sum(entry[end] for entry in progress["ledger"] for end in _ENDS) if progress else None,
        min((view["age_s"] for view in views if view["age_s"] is not None), default=None),
        sum(n for job, n in progress["lag"].items() if job in running) if progress else None,
    )
