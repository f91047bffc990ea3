"""Lengths of time as people write them: 30s, 10m, 24h, 7d."""

from __future__ import annotations

import re
from functools import cache

_UNIT_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


@cache
def parse_ms(text: str) -> int:
    """Milliseconds of a duration. Raises ValueError for any other text.

    >>> parse_ms("10m")
    600000
    """
    match = re.fullmatch(r"([1-9][0-9]*)([smhd])", text)
    if match is None:
        raise ValueError(f"{text!r} is no duration; write a whole number and s, m, h or d, such as 10m")
    return int(match[1]) * _UNIT_MS[match[2]]
