"""Findings in words."""

from __future__ import annotations

from validators.watch.declare import Base
from validators.watch.finding import Finding, Seen


def say(watch: Base, seen: Seen, measured: float, bound: float, what: str, than: str) -> Finding:
    """A finding that compares: failing if `measured` is above `bound`, which `what` and `than` put in
    words."""
    failing = measured > bound
    message = f"{what}, {'' if failing else 'not '}above {than}"
    return _finding(watch, seen, measured, bound, failing, message)


def cannot_say(watch: Base, seen: Seen, why: str) -> Finding:
    """A finding that does not judge."""
    return _finding(watch, seen, 0.0, watch.bound, None, why)


def _finding(
    watch: Base, seen: Seen, measured: float, bound: float, failing: bool | None, message: str
) -> Finding:
    place = (seen.event, seen.slice, seen.value)
    return Finding(watch.name, *place, measured, bound, watch.window_ms, seen.at_ms, failing, message)
