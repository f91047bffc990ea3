"""Processes of ours that run in the background, beside the local services."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from headwater.runtime import process, stack
from headwater.runtime.paths import Paths, opened
from headwater.settings import Settings


@dataclass(frozen=True)
class Daemon:
    """A module that runs until it is stopped; its output is in `logs/<name>.out` of the runtime directory."""

    name: str
    module: str

    def start(self, settings: Settings) -> None:
        """Start it unless it runs."""
        with opened(settings) as paths:
            if process.find(process.read(paths.pid(self.name))) is None:
                process.start(paths, self.name, [sys.executable, "-m", self.module], {}, {})

    def status(self, settings: Settings, now_s: float) -> stack.Status:
        """Whether it runs."""
        return stack.status_of(self.name, Paths.of(settings), now_s)

    def stop(self, settings: Settings) -> None:
        """Stop it, if it runs."""
        process.stop(Paths.of(settings), self.name)


#: Starts again what dies. To be stopped first, so that what is stopped next stays stopped.
SUPERVISOR = Daemon("supervisor", "headwater.supervisor")
#: Judges what the audit counts.
MONITOR = Daemon("monitor", "headwater.monitor")


def start(settings: Settings) -> None:
    """Start those that the settings ask for."""
    if settings.monitor:
        MONITOR.start(settings)
    if settings.supervise:
        SUPERVISOR.start(settings)


def stop(settings: Settings) -> None:
    """Stop them all."""
    for daemon in (SUPERVISOR, MONITOR):
        daemon.stop(settings)
