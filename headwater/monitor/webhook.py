"""Alerts to a webhook: each as a JSON object by POST, tried again, and never in the monitor's way."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from urllib.error import URLError
from urllib.request import Request, urlopen

from schemas.quality import Alert

#: Alerts that wait for a receiver that does not answer. More are told in the log alone.
_WAITING = 1_000
_TIMEOUT_S = 5.0
#: Waits between tries, in seconds.
_AGAIN_S = (1.0, 5.0, 25.0)


class Webhook:
    """Posts alerts in their order, in a thread of its own."""

    def __init__(
        self, url: str, say: Callable[[str], None], sleep_s: Callable[[float], None] = time.sleep
    ) -> None:
        self._url, self._say, self._sleep_s = url, say, sleep_s
        self._queue: queue.Queue[Alert | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def send(self, alert: Alert) -> None:
        """Take an alert; returns at once."""
        try:
            self._queue.put_nowait(alert)
        except queue.Full:
            self._say(f"webhook: {_WAITING} alerts wait, so {alert.rule} is told here alone")

    def close(self) -> None:
        """Return when every alert has been posted, or given up."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (alert := self._queue.get()) is not None:
            problem = self._post(alert)
            for wait_s in _AGAIN_S:
                if not problem:
                    break
                self._sleep_s(wait_s)
                problem = self._post(alert)
            if problem:
                self._say(f"webhook {self._url}: {problem}; {alert.rule} was not told there")

    def _post(self, alert: Alert) -> str:
        """Why it was not taken; empty if it was."""
        try:
            request = Request(self._url, alert.to_json(), {"Content-Type": "application/json"}, method="POST")
            with urlopen(request, timeout=_TIMEOUT_S):
                return ""
        except (URLError, OSError, ValueError) as error:
            return str(error)
