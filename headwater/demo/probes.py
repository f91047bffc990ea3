"""Freshness as a ranker feels it: how long until an event that was sent can be read as a feature."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import numpy as np

from headwater.traffic.delivery import Sink, wall_ms
from schemas.codec import Record, encode
from schemas.topics import raw
from serving import FeatureReader

#: Counted in what is measured: a reader that asks more often takes a quarter of a core.
_POLL_S = 0.02
_VIEW = "member_activity"


@dataclass
class Freshness:
    """Seconds from sending to readable of each probe that was found, in order, and how many were sent."""

    seconds: list[float] = field(default_factory=list)
    sent: int = 0

    @property
    def lost(self) -> int:
        """Probes that were never found."""
        return self.sent - len(self.seconds)

    def percentile_s(self, percent: float) -> float:
        """The time within which that share of the probes was readable; NaN before the first."""
        return float(np.percentile(self.seconds, percent)) if self.seconds else float("nan")

    def later_half(self) -> Freshness:
        """Those that were found last: jobs that have just begun are slow at first.

        >>> Freshness([9.0, 8.0, 0.1, 0.2], sent=5).later_half()
        Freshness(seconds=[0.1, 0.2], sent=2)
        """
        later = self.seconds[len(self.seconds) // 2 :]
        return Freshness(later, len(later))


class Prober:
    """Sends a search by a member of its own every `every_s` and looks for it until it can be read."""

    def __init__(self, sink: Sink, reader: FeatureReader, run: str, every_s: float = 0.25) -> None:
        self.found = Freshness()
        self._sink, self._reader, self._run, self._every_s = sink, reader, run, every_s
        self._waiting: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._probe, name="prober", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self, patience_s: float) -> Freshness:
        """Send no more, wait for those on their way, and say what was found."""
        self._stop.set()
        deadline = time.monotonic() + patience_s
        while self._waiting and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        self._waiting.clear()
        self._thread.join()
        return self.found

    def _probe(self) -> None:
        due = time.monotonic()
        while self._waiting or not self._stop.is_set():
            if not self._stop.is_set() and time.monotonic() >= due:
                due += self._every_s
                self._send()
            self._look()
            time.sleep(_POLL_S)

    def _send(self) -> None:
        member = f"probe-{self._run}-{self.found.sent}"
        self.found.sent += 1
        self._waiting[member] = time.monotonic()
        self._sink.send(raw("search"), member.encode(), encode("search", probe(member, wall_ms())))

    def _look(self) -> None:
        members = list(self._waiting)
        if not members:
            return
        there = self._reader.read(_VIEW, members).values["searches_10m"]
        now = time.monotonic()
        for member, searches in zip(members, there, strict=True):
            if searches:
                self.found.seconds.append(now - self._waiting.pop(member))


def probe(member: str, now_ms: int) -> Record:
    """A search that breaks no rule, by a member that nobody else is."""
    return {
        "event_id": member,
        "event_time": now_ms,
        "member_id": member,
        "profile_id": "probe",
        "session_id": "probe",
        "device_id": "probe",
        "device_type": "web",
        "country": "US",
        "app_version": "1.0",
        "query": "probe",
        "results": 0,
    }
