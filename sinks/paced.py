"""Passing the newest on, not too often."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock, Timer
from typing import Generic, TypeVar

T = TypeVar("T")


class Paced(Generic[T]):
    """Gives what is offered to `give`, at most once in `every_s`; of what comes sooner the newest, when its
    time has come, even if nothing comes after it.

    `give` is called by one thread at a time. What it raises is raised by `offer`, or in its own time tried
    again with the newest.
    """

    def __init__(
        self, give: Callable[[T], object], every_s: float, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._give, self._every_s, self._clock_s = give, every_s, clock_s
        self._lock = Lock()
        self._held: list[T] = []
        self._due_s = clock_s()
        self._timer: Timer | None = None

    def offer(self, newest: T) -> None:
        """Give it now, or later if nothing newer comes until then."""
        with self._lock:
            self._held = [newest]
            if self._clock_s() >= self._due_s:
                self._pass_on()
            else:
                self._wait()

    def close(self) -> None:
        """Give what still waits."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._pass_on()

    def _pass_on(self) -> None:
        if self._held:
            self._due_s = self._clock_s() + self._every_s
            self._give(self._held[0])
            self._held = []

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = Timer(max(0.0, self._due_s - self._clock_s()), self._come_due)
            self._timer.daemon = True
            self._timer.start()

    def _come_due(self) -> None:
        with self._lock:
            if self._timer is None:
                return
            self._timer = None
            try:
                self._pass_on()
            except Exception:
                # Nobody is there to be told: the next offer is, if it is as bad then.
                self._wait()
