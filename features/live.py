"""What a reader is told with the values: which generation is read, and which views are degraded.

A job that starts without its state counts again from the log, as a new generation under keys of its own. It
is read once it has caught up; the one before it stays readable until then.
"""

from __future__ import annotations

from dataclasses import dataclass

LIVE_KEY = "hw:live"
#: Views whose input breaks a hard data-quality condition now, by name, separated by commas.
DEGRADED_KEY = "hw:degraded"


@dataclass(frozen=True)
class Live:
    """What LIVE_KEY says: the generation, and whether it is still counted, for want of an older one.

    >>> Live.parse(str(Live(7, rebuilding=True)).encode())
    Live(generation=7, rebuilding=True)
    """

    generation: int = 0
    rebuilding: bool = False

    def __str__(self) -> str:
        return f"{self.generation}{' rebuilding' if self.rebuilding else ''}"

    @classmethod
    def parse(cls, text: bytes | None) -> Live:
        """What the key holds. Absent, as in a Redis that was emptied, nothing vouches for any value."""
        generation, _, state = (text or b"0 rebuilding").decode().partition(" ")
        return cls(int(generation), bool(state))


def doubt(view: str, live: Live, degraded: frozenset[str]) -> str:
    """Why no value of a view can be trusted, as its status; empty if there is no reason.

    >>> doubt("member_activity", Live(7), frozenset({"member_activity"}))
    'degraded'
    """
    if live.rebuilding:
        return "rebuilding"
    return "degraded" if view in degraded else ""


def degraded(text: bytes | None) -> frozenset[str]:
    """The views that DEGRADED_KEY names; none when it is absent.

    >>> sorted(degraded(b"member_activity,title_engagement"))
    ['member_activity', 'title_engagement']
    """
    return frozenset(text.decode().split(",")) if text else frozenset()
