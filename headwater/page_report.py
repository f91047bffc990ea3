"""How broad pages are and were, as a result with a chart."""

from __future__ import annotations

from collections.abc import Sequence

from headwater.experiments.result import Chart, Curve, Result
from headwater.model_report import clock, labels, thinned
from schemas.page_minute import PageMinute

_FIGURES = ("coverage", "gini", "entropy", "diversity")


def report(minutes: Sequence[PageMinute]) -> Result:
    """Of at least one minute, in order.

    >>> report([PageMinute(0, 40, 0.5, 0.25, 0.9, 0.75)]).rows[0]["coverage"]
    0.5
    """
    newest, picked = minutes[-1], thinned(minutes)
    curves = tuple(Curve(name, tuple(getattr(minute, name) for minute in picked)) for name in _FIGURES)
    return Result(
        "pages",
        f"{newest.pages} pages ranked at {clock(newest.minute_ms)} UTC, and those before; figures of late",
        ({name: getattr(newest, name) for name in _FIGURES},),
        (Chart("breadth", "UTC", tuple(labels([m.minute_ms for m in picked])), curves),),
    )
