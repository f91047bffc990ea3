"""What the API stands on. Tests give doubles."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request

from serving.answer import Features
from serving.candidates import Candidates
from serving.model_reader import ModelReader
from serving.question import Question
from serving.reader import FeatureReader
from serving.resilient import Fallback


class Reads(Protocol):
    """What answers questions; `ResilientReader` does."""

    async def read_many(
        self, questions: Sequence[Question], now_ms: int | None = None, fallback: Fallback | None = None
    ) -> list[Features]:
        """As `ResilientReader.read_many`."""


async def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Services:
    """`reader` looks up what models know; `ping` raises redis.RedisError when Redis does not answer; `close`
    is for when nothing is served any more."""

    features: Reads
    reader: FeatureReader
    models: ModelReader
    candidates: Candidates
    ping: Callable[[], Any]
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    close: Callable[[], Awaitable[None]] = _nothing


def _services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


Given = Annotated[Services, Depends(_services)]
