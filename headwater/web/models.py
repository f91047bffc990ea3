"""The page of models: how well each predicts now and over time, its versions, calibration and slices."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from headwater import minutes
from headwater.commands.models import described, settled, snapshots
from headwater.runtime.endpoints import Endpoints
from headwater.web.gathered import gathered
from headwater.web.kept import Kept
from schemas.model_minute import ModelMinute
from schemas.topics import MINUTE_MS

_LAST_MS = 6 * 60 * MINUTE_MS
#: The monitor writes once a minute, and a question takes a consumer of its own.
_HISTORY_S = 20.0
_FIGURES = ("log_loss", "base_log_loss", "auc", "ece")


class Models:
    """Looks at what models have published."""

    def __init__(self, where: Endpoints) -> None:
        self._where = where
        self._minutes = Kept(self._read, _HISTORY_S)

    def look(self) -> dict[str, Any]:
        """`models`, and the `history` of each; None with a reason in `problems` where a service is down."""
        return gathered({"models": self._models, "history": lambda: history(self._minutes())})

    def _models(self) -> list[dict[str, Any]]:
        return [told(name, snapshot) for name, snapshot in snapshots(self._where.redis).items()]

    def _read(self) -> list[ModelMinute]:
        return minutes.of_models(self._where.kafka, time.time_ns() // 1_000_000 - _LAST_MS)


def told(name: str, snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """What a page tells of a model: no weights, but calibration and slices, and how near a challenger is."""
    found = described(name, dict(snapshot))
    if rival := found.get("challenger"):
        found["challenger"] = rival | {"settled": settled(rival)}
    return found | {of: snapshot.get(of) for of in ("calibration", "slices")}


def history(given: Sequence[ModelMinute]) -> dict[str, dict[str, list[Any]]]:
    """By model the figures of its newest generation, as columns."""
    newest: dict[str, int] = defaultdict(int)
    for minute in given:
        newest[minute.model] = max(newest[minute.model], minute.generation)
    found: dict[str, dict[str, list[Any]]] = {
        model: {name: [] for name in ("minute_ms", *_FIGURES)} for model in newest
    }
    for minute in given:
        if minute.generation == newest[minute.model]:
            for name, column in found[minute.model].items():
                column.append(getattr(minute, name))
    return found
