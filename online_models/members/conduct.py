"""How odd what a member does in a minute is: a score of abuse that no rule has to foresee."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from online_models.examples import Numbers
from online_models.learner import State
from online_models.members.half_space import HalfSpaces
from online_models.members.measure import EVENTS, Measure, Rows
from online_models.members.scorer import Score
from schemas.topics import MINUTE_MS

#: By the shapes of conduct that rules of abuse look at, and how much of each is beyond what people do.
MEASURES = (
    *(Measure(event, f"COUNT(*) FILTER (WHERE event = '{event}')") for event in EVENTS),
    Measure("devices", "COUNT(DISTINCT device_id)"),
    Measure("sessions", "COUNT(DISTINCT session_id)"),
    Measure("countries", "COUNT(DISTINCT country)"),
    Measure("titles", "COUNT(DISTINCT title_id)"),
    Measure("busy_s", "COUNT(DISTINCT event_time / 1000)"),
)
_MOST = np.array([60.0, 60.0, 60.0, 120.0, 12.0, 12.0, 4.0, 60.0])
_FASTEST = 40.0
#: Rows of numbers of [0, 1]: the measures but for the last, events a busy second, pauses more than plays.
SIZE = len(MEASURES) + 1


@dataclass(frozen=True)
class Conduct:
    """Half-space trees over rows of one minute."""

    trees: HalfSpaces = HalfSpaces(SIZE)  # noqa: RUF009
    name: str = "conduct"
    models: tuple[str, ...] = ("anomaly",)
    window_ms: int = MINUTE_MS
    measures: tuple[Measure, ...] = MEASURES

    @property
    def every_ms(self) -> int:
        """Windows follow one another."""
        return self.window_ms

    @property
    def most_bytes(self) -> int:
        """That of the trees."""
        return self.trees.most_bytes

    def start(self, state: State | None = None) -> Watching:
        """One that has seen nothing, or what `state` says."""
        return Watching(self, state)


class Watching:
    """What `Conduct` declares, under way."""

    def __init__(self, kind: Conduct, state: State | None = None) -> None:
        held = state or {}
        self._trees = kind.trees.start(held.get("trees"))
        self._examples: int = held.get("examples", 0)

    def score(self, rows: Rows, frozen: Collection[str] = ()) -> list[Score]:
        """`anomaly`, from 0; nothing while the first window of the trees is not full."""
        warm, x = self._trees.warm, scaled(rows.value)
        if "anomaly" in frozen:
            found = self._trees.score(x)
        else:
            found = self._trees.learn(x)
            self._examples += len(rows)
        return [{"anomaly": round(odd, 6)} for odd in found.tolist()] if warm else [{}] * len(rows)

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {"trees": self._trees.state(), "examples": self._examples}

    def told(self) -> Mapping[str, Mapping[str, Any]]:
        """How many rows were seen."""
        return {"anomaly": {"examples": self._examples}}


def scaled(value: Numbers) -> Numbers:
    """Measures as float64[n, SIZE] of [0, 1], by declared bounds: nobody can shift a scale.

    >>> plain = np.array([[2.0, 2.0, 0.0, 6.0, 1.0, 1.0, 1.0, 3.0, 9.0]])
    >>> scaled(plain).round(2).tolist()
    [[0.27, 0.27, 0.0, 0.41, 0.27, 0.27, 0.43, 0.34, 0.2, 0.5]]
    """
    counts, busy_s = value[:, :-1], np.maximum(value[:, -1], 1.0)
    pace = counts[:, : len(EVENTS)].sum(axis=1) / busy_s
    loose = counts[:, EVENTS.index("pause")] - counts[:, EVENTS.index("play")]
    logs = np.log1p(np.column_stack([counts, pace])) / np.log1p(np.r_[_MOST, _FASTEST])
    return np.clip(np.column_stack([logs, 0.5 + loose / 10]), 0.0, 1.0)
