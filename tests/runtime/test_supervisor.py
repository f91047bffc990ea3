"""The supervisor as `headwater up` starts it: a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.daemon import SUPERVISOR
from headwater.runtime import stack
from headwater.runtime.redis import answers
from headwater.settings import Settings
from tests.runtime import chaos

pytestmark = pytest.mark.runtime


def test_what_is_killed_comes_back_and_what_is_stopped_stays_so(
    make_settings: Callable[[Path], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(tmp_path).model_copy(update={"monitor": False})
    for name, value in settings.model_dump(exclude_none=True).items():
        monkeypatch.setenv(f"HEADWATER_{name.upper()}", str(value))
    try:
        where = stack.up(settings)
        SUPERVISOR.start(settings)
        before = SUPERVISOR.status(settings, time.time()).pid
        SUPERVISOR.start(settings)
        assert SUPERVISOR.status(settings, time.time()).pid == before
        chaos.kill("redis")(settings)
        deadline = time.monotonic() + 30
        while not answers(where.redis) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert answers(where.redis)
    finally:
        SUPERVISOR.stop(settings)
        stack.down(settings)
    time.sleep(2)
    assert not any(part.alive for part in stack.status(settings, time.time()))
