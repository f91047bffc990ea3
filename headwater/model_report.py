"""How good a model was and is, as a result with charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from headwater.experiments.result import Chart, Curve, Result, told
from schemas.model_minute import ModelMinute

Minute = TypeVar("Minute")

#: A chart has so many points at most, and so many of them are labelled.
_POINTS, _LABELS = 60, 6


def report(minutes: Sequence[ModelMinute]) -> Result:
    """Of one model, at least one minute, in order: log-loss and AUC over time; of the newest calibration and
    slices.

    >>> minute = ModelMinute(0, "take", 1, 900, 0.5, 0.6, 0.7, 0.01, [], {})
    >>> report([minute]).rows[0]["AUC"], [chart.title for chart in report([minute]).charts]
    (0.7, ['log-loss, nats', 'AUC', 'calibration'])
    """
    newest, picked = minutes[-1], thinned(minutes)
    times = tuple(labels([minute.minute_ms for minute in picked]))
    parts = newest.calibration
    return Result(
        newest.model,
        f"after {newest.version:,} examples, until {clock(newest.minute_ms)} UTC; figures of late",
        tuple(_rows(newest)),
        (
            Chart("log-loss, nats", "event time, UTC", times, _curves(picked, ("log_loss", "base_log_loss"))),
            Chart("AUC", "event time, UTC", times, _curves(picked, ("auc",))),
            Chart(
                "calibration",
                "predicted, in parts of about equal weight",
                tuple(told(part["predicted"]) for part in parts),
                tuple(
                    Curve(name, tuple(part[of] for part in parts))
                    for name, of in (("predicted", "predicted"), ("came true", "came_true"))
                ),
            ),
        ),
    )


def _rows(minute: ModelMinute) -> list[dict[str, Any]]:
    slices = [
        (f"{kind} {value}", figures)
        for kind, values in minute.slices.items()
        for value, figures in sorted(values.items(), key=lambda item: -(item[1]["weight"] or 0.0))
    ]
    whole = {"log_loss": minute.log_loss, "auc": minute.auc, "ece": minute.ece}
    return [
        {
            "slice": name,
            "examples of late": round(weight) if (weight := figures.get("weight")) else None,
            "log-loss": figures["log_loss"],
            "AUC": figures["auc"],
            "ECE": figures["ece"],
        }
        for name, figures in [("all", whole), *slices]
    ]


def _curves(minutes: Sequence[ModelMinute], names: Sequence[str]) -> tuple[Curve, ...]:
    called = {"log_loss": "model", "base_log_loss": "always the share", "auc": "model"}
    return tuple(Curve(called[of], tuple(getattr(minute, of) for minute in minutes)) for of in names)


def thinned(minutes: Sequence[Minute]) -> list[Minute]:
    """At most so many as a chart has points, evenly, the newest among them."""
    step = -(-len(minutes) // _POINTS)
    return list(minutes[::-1][::step])[::-1]


def labels(minutes_ms: Sequence[int]) -> list[str]:
    """Labels, most of them empty, so that they do not cover one another."""
    step = -(-len(minutes_ms) // _LABELS)
    return [clock(ms) if n % step == 0 else "" for n, ms in enumerate(minutes_ms)]


def clock(at_ms: int) -> str:
    """A time in UTC, for people."""
    return datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%d %b %H:%M")
