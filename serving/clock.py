"""The time as of which is read: that which is given, or now."""

from __future__ import annotations

import time


def or_now(now_ms: int | None) -> int:
    """In ms since the epoch.

    >>> or_now(7)
    7
    """
    return time.time_ns() // 1_000_000 if now_ms is None else now_ms
