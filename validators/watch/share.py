"""The share of events that have a verdict or a reason, against a fixed bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from validators.watch.declare import Share
from validators.watch.finding import Finding, Seen
from validators.watch.say import cannot_say, say


@dataclass(frozen=True)
class Nothing:
    """The memory of a watch that needs none."""

    def to_json(self) -> dict[str, Any]:
        """Nothing, as JSON."""
        return {}

    @classmethod
    def from_json(cls, _: Mapping[str, Any]) -> Nothing:
        """What `to_json` told."""
        return cls()


def update(watch: Share, state: Nothing, seen: Seen) -> tuple[Nothing, Finding]:
    """The verdict on a window.

    >>> watch = Share(kind="share", name="rejected", dimension="validity", why="An example.", on="*",
    ...               bound=0.2, clear_below=0.1, verdicts=["rejected"])
    >>> update(watch, Nothing(), Seen("play", "all", "", 60_000, 1_000, 300))[1].message
    '30.0% of 1,000 events, above 20.0%'
    """
    if seen.n < watch.least:
        return state, cannot_say(watch, seen, f"{seen.n:,} events are too few")
    share = min(max(seen.k / seen.n, 0.0), 1.0)
    what = f"{share:.1%} of {seen.n:,} events"
    return state, say(watch, seen, share, watch.bound, what, f"{watch.bound:.1%}")
