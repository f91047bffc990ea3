"""How broad pages are: those that the ranker would make now, for some of the people who look at titles."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import redis

from flink_jobs.stretches import between, consumer, ends, lanes, since
from headwater.kafka_client import answering
from headwater.monitor.outlet import Outlet
from online_models.measures.lists import Breadth
from schemas.page_minute import PageMinute
from schemas.titles import Title
from schemas.topics import MINUTE_MS, facts
from serving import FeatureReader, ModelReader
from serving.offers import Viewer
from serving.ranker import Ranker
from sinks.redis_models import RedisModels

#: What is remembered over a restart is saved under this name.
PAGES = "pages"
#: So many pages of so many titles a minute take the monitor about a second.
VIEWERS, TITLES = 40, 20
_DIGITS = 6

Titles = Mapping[str, Title]
#: The titles of a viewer's page, the best first.
Rank = Callable[[Titles, Viewer], Sequence[str]]


class Pages:
    """Tells once a minute; of minutes in which nobody looked, nothing.

    `viewers` tells who looked since a time (ms).
    """

    def __init__(
        self,
        viewers: Callable[[int], Sequence[Viewer]],
        titles: Callable[[], Titles],
        rank: Rank,
        told: Mapping[str, Any],
    ) -> None:
        self._viewers, self._titles, self._rank = viewers, titles, rank
        self.told: dict[str, Any] = {"minute_ms": 0, "breadth": None, **told}

    def look(self, now_ms: int) -> PageMinute | None:
        """What is new. A clock that was put back waits for its own next minute."""
        minute_ms = now_ms // MINUTE_MS * MINUTE_MS
        if minute_ms == self.told["minute_ms"]:
            return None
        self.told["minute_ms"] = minute_ms
        if not (viewers := self._viewers(now_ms - MINUTE_MS)):
            return None
        titles = self._titles()
        genres = {title_id: frozenset(title.genres) for title_id, title in titles.items()}
        held = self.told["breadth"]
        breadth = Breadth.from_state(genres, held) if held else Breadth(genres)
        breadth.add([self._rank(titles, viewer) for viewer in viewers])
        self.told["breadth"] = breadth.state()
        figures = {name: None if x is None else round(x, _DIGITS) for name, x in breadth.told().items()}
        return PageMinute(minute_ms, len(viewers), **figures)


def keep(pages: Pages, outlet: Outlet, now_ms: int) -> None:
    """Tell what is new, and remember that."""
    if minute := pages.look(now_ms):
        outlet.pages(minute)
        outlet.save(pages.told, PAGES)


def ranked(client: redis.Redis) -> Rank:
    """The ranker's pages, by what is in Redis now."""
    features, models = FeatureReader(client), ModelReader(RedisModels(client))

    def rank(titles: Titles, viewer: Viewer) -> list[str]:
        ranker = Ranker(features, models, lambda: titles)
        return [title.title_id for title in ranker.rank(viewer, most=TITLES)]

    return rank


def viewers(kafka: str, since_ms: int, most: int = VIEWERS) -> list[Viewer]:
    """Who looked at a title last, each profile once; nobody where nothing is learnt from. Raises
    HeadwaterError when Kafka does not answer."""
    with answering(kafka), consumer(kafka, "headwater-viewers") as reader:
        of = lanes(reader, facts("hover"))
        last = ends(reader, of)
        newest = {
            lane: max(offset, last[lane] - most // len(of))
            for lane, offset in since(reader, dict.fromkeys(of, since_ms)).items()
        }
        told = [m.value() for messages in between(reader, newest, last) for m in messages]
    return list({viewer.profile_id: viewer for viewer in map(_viewer, filter(None, told))}.values())


def _viewer(fact: bytes) -> Viewer:
    told = json.loads(fact)
    return Viewer(
        told["member_id"],
        told.get("profile_id") or "",
        told.get("device_type"),
        told.get("country") or "",
        told.get("utc_offset_min"),
    )
