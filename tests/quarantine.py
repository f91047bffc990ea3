"""Set-aside records as a gate writes them, made by hand."""

from __future__ import annotations

from collections.abc import Sequence

from headwater.quarantine.record import Held
from schemas import topics


def quarantined(
    event: str,
    partition: int,
    offset: int,
    reasons: Sequence[str],
    value: bytes | None = b"\x00",
    key: bytes | None = b"m1",
    time_ms: int = 1_780_000_000_000,
    attempts: int | None = None,
    sliced: str | None = None,
) -> Held:
    """A record of a partition of raw events, set aside as the first of its quarantine."""
    headers = {
        "verdict": "rejected",
        "ruleset": "0123456789ab",
        "partition": str(partition),
        "offset": str(offset),
        "topic": topics.raw(event),
        "time": "2026-01-01 00:00:00.000",
        "reasons": ",".join(reasons),
        "slice": sliced,
        "attempts": None if attempts is None else str(attempts),
    }
    told = {name: text.encode() for name, text in headers.items() if text is not None}
    return Held(topics.quarantine(event), 0, 0, time_ms, key, value, told)
