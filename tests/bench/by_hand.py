"""A form of the race in a process of its own, told where to read and write, telling what it did."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import redis
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from headwater.errors import HeadwaterError
from schemas.topics import PARTITIONS
from tests.bench.servers import ROOT, Stack
from tests.bench.totals import Totals, totals

PATIENCE_S = 900.0


def scratch_topics(kafka: str) -> None:
    """Where these forms pass events on."""
    admin = AdminClient({"bootstrap.servers": kafka, "log_level": 0})
    topics = [NewTopic("bench.valid", PARTITIONS, 1), NewTopic("bench.quarantine", 1, 1)]
    for future in admin.create_topics(topics).values():
        future.result()


def by_hand(stack: Stack, name: str, events: int) -> tuple[dict[str, Any], Totals]:
    """Run a loop over that many events: what it tells, and what it ended with."""
    return told_by(stack, f"tests.bench.{name}", [str(events)])


def told_by(
    stack: Stack, module: str, arguments: Sequence[str], python: str | Path = sys.executable
) -> tuple[dict[str, Any], Totals]:
    """Run a module and empty Redis after it. HeadwaterError if it fails."""
    where = stack.endpoints
    command = [str(python), "-m", module, where.kafka, where.redis, *arguments]
    done = ran(command, cwd=ROOT, timeout=PATIENCE_S)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    with redis.Redis.from_url(where.redis) as client:
        found = totals(client, told["verdicts"])
        client.flushdb()
    return told, found


def ran(command: Sequence[str], **how: Any) -> subprocess.CompletedProcess[str]:
    """A command that has ended well. HeadwaterError with the last line that it said if it does not."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, **how)
    except subprocess.SubprocessError as error:
        said = getattr(error, "stderr", None) or str(error)
        lines = (said if isinstance(said, str) else said.decode()).strip().splitlines()
        raise HeadwaterError(f"{Path(command[0]).name} failed: {lines[-1]}", " ".join(command)) from None
