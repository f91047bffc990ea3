"""How good the online models are, kept minute by minute: Redis has but the newest snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from headwater.monitor.outlet import Outlet
from schemas.model_minute import ModelMinute

#: What is remembered over a restart is saved under this name.
MINUTES = "models"
_EVERY_MS = 5_000


class Snapshots(Protocol):
    """Where snapshots are; `sinks.redis_models` has the real one."""

    def names(self) -> list[str]:
        """The models that were ever published."""

    def read(self, name: str) -> dict[str, Any] | None:
        """The newest snapshot."""


class Models:
    """Tells of the first snapshot that is seen in each minute of what a model has learnt.

    A job that catches up passes several minutes between two looks: those are left out. One that begins anew,
    as a new generation, is told of from its first minute.
    """

    def __init__(self, store: Snapshots, told: Mapping[str, Any]) -> None:
        self._store, self._looked_ms = store, 0
        self.told: dict[str, list[int]] = dict(told)

    def look(self, now_ms: int) -> list[ModelMinute]:
        """What is new. It looks at most every 5 s."""
        if 0 <= now_ms - self._looked_ms < _EVERY_MS:
            return []
        self._looked_ms = now_ms
        found = []
        for name in self._store.names():
            if snapshot := self._store.read(name):
                minute = ModelMinute.of_snapshot(name, snapshot)
                standing = [minute.generation, minute.minute_ms]
                if standing > self.told.get(name, []):
                    self.told[name] = standing
                    found.append(minute)
        return found


def keep(models: Models, outlet: Outlet, now_ms: int) -> None:
    """Tell what is new, and remember that."""
    if minutes := models.look(now_ms):
        outlet.models(minutes)
        outlet.save(models.told, MINUTES)
