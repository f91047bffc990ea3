"""The terminal, for tables."""

from __future__ import annotations

from rich.console import Console


def wide(least: int = 110) -> Console:
    """A console of so many columns at least: half a name is none, so a narrow terminal wraps whole lines."""
    console = Console()
    console.width = max(console.width, least)
    return console
