"""What is dear to ask is asked seldom."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """What a function gives, asked again once it is older than `for_s`. What it raises is not kept.

    >>> asked = iter(range(9))
    >>> at_s = iter([0.0, 4.0, 5.0])
    >>> kept = Kept(lambda: next(asked), for_s=5.0, clock=lambda: next(at_s))
    >>> kept(), kept(), kept()
    (0, 0, 1)
    """

    def __init__(
        self, ask: Callable[[], T], for_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask, self._for_s, self._clock = ask, for_s, clock
        self._held: tuple[float, T] | None = None

    def __call__(self) -> T:
        """It, no older than that."""
        now_s = self._clock()
        if self._held is None or now_s - self._held[0] >= self._for_s:
            self._held = now_s, self._ask()
        return self._held[1]
