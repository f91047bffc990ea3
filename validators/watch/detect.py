"""Every kind of watch by one name: how its memory begins, and what a window makes of it.

A memory is a value, for each slice of each watch its own, kept by whoever runs the watch. Nothing here reads
a clock, and nothing raises on counts, whatever they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from validators.watch import drift, field_shift, nulls, share, shift, silence, volume
from validators.watch.adaptive import Shift
from validators.watch.declare import Watch
from validators.watch.finding import Finding, Seen
from validators.watch.level import Level


class Memory(Protocol):
    """What a watch remembers of a slice."""

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values, which `remember` takes back."""


class _Kind(NamedTuple):
    memory: Any
    update: Callable[[Any, Any, Seen], tuple[Memory, Finding]]


_KINDS = {
    "share": _Kind(share.Nothing, share.update),
    "mean_shift": _Kind(Shift, shift.update),
    "field_shift": _Kind(Shift, field_shift.update),
    "silence": _Kind(Level, silence.update),
    "nulls": _Kind(Level, nulls.update),
    "volume": _Kind(volume.Season, volume.update),
    "drift": _Kind(drift.Reference, drift.update),
}


def begin(watch: Watch) -> Memory:
    """The memory of a watch that has seen nothing."""
    memory: Memory = _KINDS[watch.kind].memory()
    return memory


def remember(watch: Watch, told: Mapping[str, Any]) -> Memory:
    """The memory of which `to_json` told, also after a way through JSON text."""
    memory: Memory = _KINDS[watch.kind].memory.from_json(told)
    return memory


def update(watch: Watch, memory: Memory, seen: Seen) -> tuple[Memory, Finding]:
    """The memory after a window of a slice, and the verdict on the window."""
    return _KINDS[watch.kind].update(watch, memory, seen)
