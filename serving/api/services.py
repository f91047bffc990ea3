"""What the API stands on. Tests give doubles."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request

from schemas.titles import Title
from serving.answer import Features
from serving.candidates import Candidates
from serving.model_reader import ModelReader
from serving.question import Question
from serving.ranker import Ranker
from serving.reader import FeatureReader
from serving.resilient import Fallback


class Reads(Protocol):
    """What answers questions; `ResilientReader` does."""

    async def read_many(
        self, questions: Sequence[Question], now_ms: int | None = None, fallback: Fallback | None = None
    ) -> list[Features]:
        """As `ResilientReader.read_many`."""


@dataclass(frozen=True)
class Services:
    """`reader` looks up what models know; `titles` gives the catalogue by id, empty where it is not known;
    `ping` raises redis.RedisError when Redis does not answer."""

    features: Reads
    reader: FeatureReader
    models: ModelReader
    candidates: Candidates
    ranker: Ranker
    titles: Callable[[], Mapping[str, Title]]
    ping: Callable[[], Any]
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000


def _services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


Given = Annotated[Services, Depends(_services)]
