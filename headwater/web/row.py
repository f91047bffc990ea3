"""The page of a row: what a member would be shown now, and titles that are played to see it change."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Self

from features.catalog import VIEWS
from headwater.redis_client import answering
from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from headwater.traffic.producer import KafkaSink
from headwater.view_names import remedy
from headwater.web.gathered import Parts, gathered
from headwater.web.kept import Kept
from headwater.web.members import recent
from headwater.web.plays import TOPICS, Plays
from schemas.titles import Title
from serving import FeatureReader, ModelReader
from serving.observed import Observed, observe
from serving.offers import Viewer
from serving.ranker import Ranker
from sinks.redis_cluster import client_at
from sinks.redis_models import RedisModels

Titles = Callable[[], Mapping[str, Title]]

_MOST = 20
_MEMBERS_S = 10.0
_HISTORY = VIEWS["member_history"]
_MODELS = ("take", "completion", "next_title")


@dataclass(frozen=True)
class Row:
    """Ranks for whoever is looked at, by what is in `redis`. `history` tells how fresh is what members have
    finished, and `members` some that were there of late. Without `plays` nothing can be played."""

    redis: str
    ranker: Ranker
    models: ModelReader
    titles: Titles
    history: Callable[[], Observed]
    members: Callable[[], list[str]]
    remedy: str
    plays: Plays | None

    @classmethod
    def of(cls, settings: Settings, where: Endpoints, titles: Titles, playable: bool) -> Self:
        """That of services which run."""
        store = client_at(where.redis, socket_timeout=5, socket_connect_timeout=2)
        features, models = FeatureReader(store), ModelReader(RedisModels(store))
        return cls(
            where.redis,
            Ranker(features, models, titles),
            models,
            titles,
            lambda: observe(store, [_HISTORY], time.time_ns() // 1_000_000)[0],
            Kept(partial(recent, store), _MEMBERS_S),
            remedy(settings, _HISTORY),
            Plays(lambda: KafkaSink(where.kafka, topics=TOPICS)) if playable else None,
        )

    def look(self, viewer: Viewer | None) -> dict[str, Any]:
        """`members` to look at, and the `row` of the one who is; None with a reason in `problems` where Redis
        does not answer."""
        parts: Parts = {"members": self.members, "row": lambda: viewer and self._row(viewer)}
        found = gathered({name: partial(self._reached, part) for name, part in parts.items()})
        return found | {"playable": self.plays is not None}

    def play(self, viewer: Viewer, title_id: str, rank: int) -> dict[str, Any]:
        """Let the member watch a title to near its end; the ids of the events, and when it is said to have
        been. Raises HeadwaterError where Kafka does not take them."""
        assert self.plays
        title = self.titles().get(title_id, Title(title_id))
        events = self.plays.send(viewer, title, rank, time.time_ns() // 1_000_000)
        return {"events": [event["event_id"] for event in events], "at_ms": events[-1]["event_time"]}

    def _reached(self, part: Callable[[], Any]) -> Any:
        with answering(self.redis):
            return part()

    def _row(self, viewer: Viewer) -> dict[str, Any]:
        now_ms, titles, models = time.time_ns() // 1_000_000, self.titles(), self.models
        found = self.ranker.rank(viewer, most=_MOST, now_ms=now_ms)
        history = self.history()
        return {
            "member": viewer.member_id,
            "titles": [
                asdict(each) | {"genres": list(titles.get(each.title_id, Title("")).genres)} for each in found
            ],
            "titles_known": len(titles),
            "models": {name: models.status(name, now_ms) for name in _MODELS},
            "history": asdict(history) | {"remedy": self.remedy},
        }
