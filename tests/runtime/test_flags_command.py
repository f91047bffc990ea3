"""`headwater flags` against a real Redis."""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from headwater.cli import app
from headwater.errors import HeadwaterError
from schemas.quality import Violation
from sinks.redis_features import connect
from sinks.redis_flags import RedisFlags

if TYPE_CHECKING:
    from tests.runtime.conftest import Running

pytestmark = pytest.mark.runtime


def flags(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["flags", *arguments])


def test_flags_are_listed_and_cleared(stack: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    for service, address in asdict(stack.endpoints).items():
        monkeypatch.setenv(f"HEADWATER_{service.upper()}", address)
    now_ms = time.time_ns() // 1_000_000
    with closing(connect(stack.endpoints.redis)) as redis:
        for member in ("m1", "m2"):
            told = Violation("device_rate", "play", member, now_ms, "e", 31, 30, 1_000, "")
            RedisFlags(redis).flag([told], {"device_rate": 60_000})
    assert json.loads(flags("list", "--json").stdout) == {m: {"device_rate": now_ms} for m in ("m1", "m2")}
    assert json.loads(flags("list", "m2", "m3", "--json").stdout) == {"m2": {"device_rate": now_ms}}
    assert "device_rate" in flags("list").stdout
    assert flags("clear", "m1").exit_code == 0
    assert json.loads(flags("list", "--json").stdout) == {"m2": {"device_rate": now_ms}}
    assert flags("clear", "--all").exit_code == 0
    assert flags("list").stdout == "nobody is flagged\n"


@pytest.mark.parametrize("arguments", [["clear"], ["clear", "m1", "--all"]])
def test_clearing_asks_whose(arguments: list[str]) -> None:
    assert isinstance(flags(*arguments).exception, HeadwaterError)
