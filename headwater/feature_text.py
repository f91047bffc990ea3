"""A value of a feature as people read it in a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.markup import escape


def shown(value: Any) -> str:
    """A value as `Features.as_dicts` gives it; of a list each item with what is known of it.

    >>> shown(0.123456), shown(None), shown([{"item": "t1", "count": 5}, {"item": "t2", "count": 3}])
    ('0.1235', 'None', 't1 (count 5), t2 (count 3)')
    >>> shown([{"item": "t1", "at_ms": 1_780_000_000_000, "value": 0.5}])
    't1 (at 2026-05-28 20:26:40 UTC, value 0.5)'
    """
    if isinstance(value, list):
        return ", ".join(map(_item, value)) or "none"
    return f"{value:.4g}" if isinstance(value, float) else escape(str(value))


def _item(entry: dict[str, Any]) -> str:
    told = ", ".join(
        f"at {datetime.fromtimestamp(value / 1_000, UTC):%Y-%m-%d %H:%M:%S} UTC"
        if name == "at_ms"
        else f"{name} {shown(value)}"
        for name, value in entry.items()
        if name != "item"
    )
    return f"{escape(entry['item'])} ({told})"
