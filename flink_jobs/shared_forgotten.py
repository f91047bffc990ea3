"""Whom to forget, learnt once a process: all writers of views of members share a consumer and a thread."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Lock

from flink_jobs.kept_topic import KeptTopic
from flink_jobs.live_forgotten import LiveForgotten
from schemas.topics import FORGOTTEN


class SharedForgotten:
    """The topic `forgotten` of each Kafka, followed from the first who joins until the last has left."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._followed: dict[str, tuple[LiveForgotten, ExitStack]] = {}
        self._joined: dict[str, int] = {}

    def join(self, kafka: str) -> LiveForgotten:
        """What is known, all that stood there when it was asked. Raises what the topic raises."""
        with self._lock:
            if kafka not in self._followed:
                with ExitStack() as opened:
                    topic = KeptTopic(kafka, FORGOTTEN)
                    opened.callback(topic.close)
                    live = LiveForgotten(topic)
                    live.start()
                    opened.callback(live.stop)
                    self._followed[kafka] = live, opened.pop_all()
            self._joined[kafka] = self._joined.get(kafka, 0) + 1
            return self._followed[kafka][0]

    def leave(self, kafka: str) -> None:
        """Follow no more, once for each who joined."""
        with self._lock:
            self._joined[kafka] -= 1
            if not self._joined[kafka]:
                self._followed.pop(kafka)[1].close()


#: Of this process.
SHARED = SharedForgotten()
