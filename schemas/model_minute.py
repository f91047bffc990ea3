"""How good an online model is: the record of the topic `quality.models`, a JSON object of these fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.quality import Json
from schemas.topics import MINUTE_MS

_OF_ALL = ("log_loss", "base_log_loss", "auc", "ece")
_OF_SLICE = ("weight", "log_loss", "auc", "ece")
_DIGITS = 6


@dataclass(frozen=True)
class ModelMinute(Json):
    """How good a model was when it had begun to learn of the minute of event time `minute_ms`.

    `version` is how many examples it has learnt from, in this `generation` of the job. Log-losses are in
    nats, of late, None where nothing can be said. `calibration` tells `predicted`, `came_true` and `weight`
    of each part of the predictions; `slices` the figures by kind of slice and value.
    """

    minute_ms: int
    model: str
    generation: int
    version: int
    log_loss: float | None
    base_log_loss: float | None
    auc: float | None
    ece: float | None
    calibration: list[dict[str, float]]
    slices: dict[str, dict[str, dict[str, float | None]]]

    @classmethod
    def of_snapshot(cls, model: str, snapshot: Mapping[str, Any]) -> ModelMinute:
        """What a published snapshot says; None and nothing where an older job did not tell it."""
        return cls(
            minute_ms=snapshot["learnt_until_ms"] // MINUTE_MS * MINUTE_MS,
            model=model,
            generation=snapshot["generation"],
            version=snapshot["version"],
            **{name: _rounded(snapshot.get(name)) for name in _OF_ALL},
            calibration=[
                {of: round(x, _DIGITS) for of, x in part.items()} for part in snapshot.get("calibration", [])
            ],
            slices={
                kind: {
                    value: {name: _rounded(told[name]) for name in _OF_SLICE}
                    for value, told in values.items()
                }
                for kind, values in snapshot.get("slices", {}).items()
            },
        )


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, _DIGITS)
