"""What a gate writes, read as it comes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaConsumer
from typer.testing import Result

from headwater.runtime.endpoints import Endpoints
from schemas import topics
from schemas.events import EVENT_NAMES

#: Of a raw record: its topic, partition and offset.
Place = tuple[str, int, int]


@dataclass
class Judged:
    """What the gate wrote, by the place of the raw record; `seen` has each change of the rule set, and the
    ingestion time (ms) of the event on which it showed."""

    where: Endpoints
    verdicts: dict[Place, list[dict[str, str]]] = field(default_factory=dict)
    seen: list[tuple[int, str]] = field(default_factory=list)

    def __enter__(self) -> Judged:
        self._stop, self._thread = threading.Event(), threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def wait(self, holds: Callable[[], bool], patience_s: float = 60.0) -> None:
        deadline_s = time.monotonic() + patience_s
        while not holds():
            assert time.monotonic() < deadline_s, (len(self.verdicts), self.seen)
            time.sleep(0.02)

    def applied(self, command: Callable[[], Result]) -> dict[str, Any]:
        """What a command told that applies rules, once a verdict by them has come."""
        before = len(self.seen)
        ran = command()
        assert ran.exit_code == 0, ran.output
        told: dict[str, Any] = json.loads(ran.stdout)
        self.wait(lambda: told["hash"] in [name for _, name in self.seen[before:]])
        return told

    def _run(self) -> None:
        names = [topic(e) for topic in (topics.valid, topics.quarantine) for e in EVENT_NAMES]
        consumer = KafkaConsumer(*names, bootstrap_servers=self.where.kafka, auto_offset_reset="earliest")
        with closing(consumer):
            while not self._stop.is_set():
                for records in consumer.poll(timeout_ms=100).values():
                    for record in records:
                        self._take(record)

    def _take(self, record: Any) -> None:
        told = {name: value.decode() for name, value in record.headers}
        place = topics.raw(topics.event_of(record.topic)), int(told["partition"]), int(told["offset"])
        self.verdicts.setdefault(place, []).append(told)
        if not self.seen or self.seen[-1][1] != told["ruleset"]:
            self.seen.append((record.timestamp, told["ruleset"]))
