"""What is usual, learnt from windows without being drawn away by the odd ones among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from statistics import fmean, median
from typing import Any

#: The weight of a new window: an older one counts half after 14 more.
RATE = 0.05


@dataclass(frozen=True)
class Level:
    """The usual `value`, None while it is learnt from the `young` windows, of which the median is taken.

    Later windows move it by an exponential mean, but for odd ones, which are kept apart in `strange`. When so
    many odd ones in a row have come that it seems to stay so, their median is the usual value from then on.
    """

    young: tuple[float, ...] = ()
    value: float | None = None
    strange: tuple[float, ...] = ()
    odd: int = 0
    at_ms: int = -1

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Level:
        """What `to_json` told."""
        return cls(**{**told, "young": tuple(told["young"]), "strange": tuple(told["strange"])})


def learnt(level: Level, x: float, *, odd: bool, learn: int, accept_after: int) -> Level:
    """The level after one more window; `odd` says that the window is not what is usual.

    >>> level = Level()
    >>> for x in (10.0, 11.0, 500.0):
    ...     level = learnt(level, x, odd=False, learn=3, accept_after=2)
    >>> level.value, learnt(level, 90.0, odd=True, learn=3, accept_after=2).value
    (11.0, 11.0)
    """
    if level.value is None:
        young = (*level.young, x)
        return (
            replace(level, young=young)
            if len(young) < learn
            else replace(level, young=(), value=median(young))
        )
    if not odd:
        value = fmean((level.value, x), (1 - RATE, RATE))
        return replace(level, value=value, strange=(), odd=0)
    strange, count = (*level.strange, x)[-learn:], level.odd + 1
    if count < accept_after:
        return replace(level, strange=strange, odd=count)
    return replace(level, value=median(strange), strange=(), odd=0)
