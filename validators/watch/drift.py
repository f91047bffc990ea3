"""A field's histogram in a window, against that of a pinned reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from validators.watch.declare import Drift
from validators.watch.distance import chance, distance
from validators.watch.finding import Cells, Finding, Seen
from validators.watch.histogram import comparable, merged
from validators.watch.say import cannot_say, say

#: Cells that are named in a message.
NAMED = 3


@dataclass(frozen=True)
class Reference:
    """What is usual: the histogram of so many first windows, pinned as soon as there are enough of them."""

    cells: Cells = field(default_factory=dict)
    windows: int = 0
    at_ms: int = -1

    @property
    def n(self) -> int:
        """Its events."""
        return sum(self.cells.values())

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {"cells": dict(self.cells), "windows": self.windows, "at_ms": self.at_ms}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Reference:
        """What `to_json` told."""
        return cls(**{**told, "cells": dict(told["cells"])})


def update(watch: Drift, reference: Reference, seen: Seen) -> tuple[Reference, Finding]:
    """The reference, with the window's events while it is not pinned, and the verdict on the window.

    The bound is the declared one and, on top, what chance alone does to samples of these sizes. A window that
    is not after the last one changes nothing, one without events only the clock.
    """
    if seen.at_ms <= reference.at_ms:
        return reference, cannot_say(watch, seen, "the clock went back")
    window = {name: count for name, count in (seen.cells or {}).items() if count > 0}
    if not window:
        return replace(reference, at_ms=seen.at_ms), cannot_say(watch, seen, "no events")
    if reference.n < watch.reference or reference.windows < watch.learn:
        gathered = Reference(merged(reference.cells, window), reference.windows + 1, seen.at_ms)
        return gathered, cannot_say(watch, seen, "the reference is being gathered")
    return replace(reference, at_ms=seen.at_ms), judge(watch, reference.cells, window, seen)


def judge(watch: Drift, reference: Cells, window: Cells, seen: Seen) -> Finding:
    """The verdict on a window against a reference, neither of them with a count below 1."""
    m, n = sum(reference.values()), sum(window.values())
    if not m or n < watch.least:
        return cannot_say(watch, seen, f"{n:,} events are too few")
    names, was, now = zip(*comparable(reference, window, watch.top), strict=True)
    apart = distance(was, now, watch.measure)
    bound = watch.bound + chance(len(names), n, m, watch.measure)
    most = sorted(range(len(names)), key=lambda i: -apart.cells[i])[:NAMED]
    shares = ", ".join(f"{_named(names[i])} {was[i] / m:.1%} → {now[i] / n:.1%}" for i in most)
    what = f"{watch.field} is {apart.value:.3f} apart ({watch.measure}; {shares})"
    return say(watch, seen, apart.value, bound, what, f"{bound:.3f}")


def _named(cell: str) -> str:
    """A cell in one line: what is in a text is for whoever sends it to say.

    >>> _named("8.12.0"), _named("\\n")
    ('8.12.0', "'\\\\n'")
    """
    return cell if cell.isprintable() else repr(cell)
