"""What the local runtime is made of, as a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from headwater.runtime.ports import Port


@dataclass(frozen=True)
class Part:
    """One process: ``prepare`` writes its files just before a start, ``command`` is what is run.

    ``ready`` is asked with the process's start time (seconds since the epoch), so that it can tell the
    process from a dead forerunner that others still remember. ``settings`` are the ones that a running
    process cannot change; ``service`` is its key in ``endpoints.json``.
    """

    name: str
    service: str
    ports: tuple[Port, ...]
    settings: Mapping[str, int | None]
    prepare: Callable[[], None]
    command: Callable[[], list[str]]
    ready: Callable[[float], bool]
    env: Mapping[str, str] = field(default_factory=dict)
