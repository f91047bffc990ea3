"""What a model learns from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: Named values; a name that is absent is zero.
Features = Mapping[str, float]


@dataclass(frozen=True)
class Example:
    """Something that was shown, what was known of it, and what came of it."""

    event_time_ms: int
    features: Features
    label: bool
