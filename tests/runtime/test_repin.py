"""`headwater repin` reaches a monitor on real Kafka and Redis: one that runs, and one that starts later."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import orjson
import pytest
from typer.testing import CliRunner

from headwater.cli import app
from headwater.errors import HeadwaterError
from headwater.monitor.judge import ANEW, Judge
from headwater.monitor.run import monitor
from headwater.traffic.delivery import wall_ms
from schemas import topics
from schemas.quality import Alert
from schemas.topics import HOUR_MS, MINUTE_MS
from sinks.redis_features import connect
from sinks.redis_quality import RedisQuality
from tests.meanwhile import meanwhile
from tests.records import read_all
from validators.watch import catalog

if TYPE_CHECKING:
    from tests.runtime.conftest import Running

pytestmark = [pytest.mark.runtime, pytest.mark.soak]

PATIENCE_S = 60.0
WATCH = "versions_drift"


def running(stack: Running) -> AbstractContextManager[None]:
    """A monitor while the block runs; as the process does, it begins again where Kafka is not ready yet."""

    def follow(ended: threading.Event) -> None:
        while not ended.is_set():
            try:
                monitor(stack.settings, stack.endpoints, print, ended.is_set)
            except HeadwaterError as error:
                print(error)
                ended.wait(1)

    return meanwhile(follow)


def once(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def test_a_monitor_takes_note_while_it_runs_and_when_it_starts(
    stack: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for service, address in asdict(stack.endpoints).items():
        monkeypatch.setenv(f"HEADWATER_{service.upper()}", address)
    hour_ms = wall_ms() // HOUR_MS * HOUR_MS
    judge = Judge(catalog.load(), judged_ms=wall_ms() // MINUTE_MS * MINUTE_MS)
    for event in ("play", "hover", "search"):
        alert = Alert(
            hour_ms, WATCH, event, "all", "", "raised", 0.9, 0.3, HOUR_MS, "consistency", "a new version"
        )
        judge.raised[WATCH, (event, "all", "")] = alert

    def repin(event: str) -> None:
        ran = CliRunner().invoke(app, ["repin", WATCH, "--event", event, "--json"])
        assert json.loads(ran.stdout)["watches"][0]["events"] == [event]

    with closing(connect(stack.endpoints.redis)) as redis:
        quality = RedisQuality(redis)

        def standing() -> set[str]:
            return {alert.event for alert in quality.alerts() if alert.rule == WATCH}

        redis.set("hw:quality:state", orjson.dumps(judge.to_json()))
        repin("play")
        with running(stack):
            once(lambda: standing() == {"hover", "search"})
            repin("hover")
            once(lambda: standing() == {"search"})
        with running(stack):
            time.sleep(3)
            assert standing() == {"search"}

    told = [Alert.from_json(r.value) for r in read_all(stack.endpoints.kafka, [topics.ALERTS]) if r.value]
    mine = [(alert.event, alert.state, alert.message) for alert in told if alert.rule == WATCH]
    assert mine == [("play", "cleared", ANEW), ("hover", "cleared", ANEW)]
