"""How fresh whole views are now, whatever their entities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from features.layout import newest_key
from features.live import DEGRADED_KEY, LIVE_KEY, Live, Vouched, views_key
from features.view import View
from serving.reader import Strings


@dataclass(frozen=True)
class Observed:
    """The status of a view, in the words of a read, and the age of its newest event.

    Where there is no event yet the status is `missing` and `age_s` None. A clock that is ahead makes it 0.
    """

    status: str
    age_s: float | None


def observe(redis: Strings, views: Sequence[View], now_ms: int) -> list[Observed]:
    """How each view stands as of `now_ms`, in two round trips. Raises redis.RedisError."""
    pointer, marked = redis.mget([LIVE_KEY, DEGRADED_KEY])
    generation = Live.parse(pointer).generation
    computed, *newest = redis.mget([views_key(generation), *(newest_key(view, generation) for view in views)])
    told = Vouched.parse(pointer, marked, computed)
    return [
        _observed(view, None if at_ms is None else int(at_ms), now_ms, told.doubt(view.name, view.id))
        for view, at_ms in zip(views, newest, strict=True)
    ]


def _observed(view: View, newest_ms: int | None, now_ms: int, doubted: str) -> Observed:
    if newest_ms is None:
        return Observed(doubted or "missing", None)
    age_s = max(0, now_ms - newest_ms) / 1_000
    return Observed(doubted or ("fresh" if age_s <= view.slo_s else "stale"), age_s)
