"""The styles of artwork that titles may be shown with: the same for all, so that all teach of each."""

from __future__ import annotations

#: In the order in which models number them.
STYLES: tuple[str, ...] = ("face", "action", "place", "text")
