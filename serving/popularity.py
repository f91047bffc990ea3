"""What is popular, as it was read last: what is left to offer anybody where Redis does not answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from serving.answer import Features
from serving.clock import or_now

#: What is popular where the member is, or wherever it is known.
POPULAR, ANYWHERE = "popular here", "popular elsewhere"
#: Whoever reads no lists for their own sake reads that of a country so often.
_RENEWED_S = 10.0
_TRUSTED = ("fresh", "stale")


@dataclass(frozen=True)
class Popular:
    """Titles, the most popular first, why they are, and how long ago that was read; of several lists the
    oldest."""

    titles: tuple[str, ...]
    why: str
    age_s: float


class Popularity:
    """The last list of `country_top` that was read of each country: 50 titles, so a few KB a country."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[int, dict[str, int]]] = {}
        self._read_ms: dict[str, int] = {}

    def keep(self, top: Features, now_ms: int | None = None) -> None:
        """Remember an answer of `country_top`, but for what is empty or not to be trusted."""
        now_ms = or_now(now_ms)
        rows = zip(top.entities, top.status.tolist(), top.values["titles_top"], strict=True)
        for country, status, items in rows:
            counts = {title: n for title, n in items.tolist() if title}
            self._read_ms[country] = now_ms
            if counts and status in _TRUSTED:
                self._held[country] = now_ms, counts

    def due(self, country: str, now_ms: int | None = None) -> bool:
        """Whether the list of a country should be read, by whoever reads anything; it may have been empty."""
        return bool(country) and or_now(now_ms) - self._read_ms.get(country, 0) >= _RENEWED_S * 1_000

    def of(self, country: str, now_ms: int | None = None) -> Popular | None:
        """What is popular in a country; where that was not read, or no country is named, in all that were,
        together. None where none was."""
        held = dict(self._held)
        lists = [held[country]] if country in held else [*held.values()]
        if not lists:
            return None
        counts = Counter[str]()
        for _, of in lists:
            counts.update(of)
        titles = tuple(title for title, _ in counts.most_common())
        age_s = max(0, or_now(now_ms) - min(at_ms for at_ms, _ in lists)) / 1_000
        return Popular(titles, POPULAR if country in held else ANYWHERE, age_s)
