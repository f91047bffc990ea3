"""What a reader is told with the values: which generation is read, of which views, and which are degraded.

A job that starts without its state counts again from the log, as a new generation under keys of its own. It
is read once it has caught up; the one before it stays readable until then.
"""

from __future__ import annotations

from dataclasses import dataclass

LIVE_KEY = "hw:live"
#: Views whose input breaks a hard data-quality condition now, by name, separated by commas.
DEGRADED_KEY = "hw:degraded"
NOT_COMPUTED = "not computed"


def views_key(generation: int) -> str:
    """The key that names the views that a generation computes, as `name@version`, separated by commas."""
    return f"hw:views:g{generation:x}"


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


@dataclass(frozen=True)
class Vouched:
    """What vouches for values, as LIVE_KEY, DEGRADED_KEY and the views of the live generation say.

    `computed` is None where that was not told, as by a generation that began before it was.
    """

    live: Live
    degraded: frozenset[str] = frozenset()
    computed: frozenset[str] | None = None

    @classmethod
    def parse(cls, live: bytes | None, degraded: bytes | None, computed: bytes | None) -> Vouched:
        """What the three keys hold.

        >>> Vouched.parse(b"7", b"session", None).doubt("session", "session@2")
        'degraded'
        """
        views = None if computed is None else _names(computed)
        return cls(Live.parse(live), _names(degraded or b""), views)

    def doubt(self, name: str, view_id: str) -> str:
        """Why no value of a view can be trusted, as its status; empty if there is no reason.

        >>> Vouched(Live(7), computed=frozenset({"session@1"})).doubt("session", "session@2")
        'not computed'
        """
        if self.computed is not None and view_id not in self.computed:
            return NOT_COMPUTED
        if self.live.rebuilding:
            return "rebuilding"
        return "degraded" if name in self.degraded else ""


def _names(text: bytes) -> frozenset[str]:
    return frozenset(filter(None, text.decode().split(",")))
