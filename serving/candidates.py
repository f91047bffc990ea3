"""Titles that a member may play next: what a page is made of, and what a device may fetch beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from features.catalog_titles import FINISHED_SHARE
from features.partial import Array
from online_models.examples import Examples, Numbers
from serving.model_reader import ModelReader
from serving.popularity import POPULAR, Popularity
from serving.reader import FeatureReader

RESUME, AFTER = "continue watching", "because you watched"
#: So many titles that a member has seen last are asked what is played after them.
_LAST = 5
_MODEL = "next_title"


@dataclass(frozen=True)
class Candidate:
    """A title, why it is here, the strongest reason first, and its `chance` to be the one that is played, of
    all candidates; NaN where no model is published."""

    title_id: str
    why: tuple[str, ...]
    chance: float


class Candidates:
    """What is read from features, and put into order by the model `next_title`. What is popular is
    remembered, together by those who share a `popularity`."""

    def __init__(
        self, features: FeatureReader, models: ModelReader, popularity: Popularity | None = None
    ) -> None:
        self._features, self._models = features, models
        self._popularity = popularity or Popularity()

    def of(
        self, members: Sequence[tuple[str, str]], most: int = 20, now_ms: int | None = None
    ) -> list[list[Candidate]]:
        """For each (member, country) at most so many, the likeliest first, whatever was finished left out.

        Without a model the order is that of the reasons: first what was begun, then what others played next,
        then what is popular in the country. Two reads of Redis, however many members. Raises
        redis.RedisError when it cannot be reached.
        """
        ids, countries = [member for member, _ in members], sorted({country for _, country in members})
        history, top = self._features.read_many([("member_history", ids), ("country_top", countries)], now_ms)
        self._popularity.keep(top, now_ms)
        popular = dict(zip(countries, top.values["titles_top"], strict=True))
        begun, finished = history.values["continue_watching"], history.values["watched"]
        last = [_titles(row)[:_LAST] for row in begun]
        after = self._after(sorted({title for titles in last for title in titles}), now_ms)
        found = []
        for row, (_, country) in enumerate(members):
            seen = set(_titles(finished[row]))
            why: dict[str, list[str]] = {}
            for reason, title in _reasons(begun[row], [after[t] for t in last[row]], popular[country]):
                if title not in seen and reason not in why.setdefault(title, []):
                    why[title].append(reason)
            found.append({title: tuple(reasons) for title, reasons in why.items() if reasons})
        return [ordered[:most] for ordered in self._ordered(ids, found, now_ms)]

    def popular(
        self, country: str, most: int = 20, now_ms: int | None = None
    ) -> tuple[list[Candidate], float] | None:
        """Candidates of anybody, for when Redis does not answer: what is popular, and how long ago (s) that
        was read. None where it never was."""
        found = self._popularity.of(country, now_ms)
        if found is None:
            return None
        return [Candidate(title, (found.why,), np.nan) for title in found.titles[:most]], found.age_s

    def _after(self, titles: Sequence[str], now_ms: int | None) -> dict[str, list[str]]:
        if not titles:
            return {}
        found = self._features.read("title_next", titles, now_ms).values["titles_next"]
        return {title: _titles(row) for title, row in zip(titles, found, strict=True)}

    def _ordered(
        self, members: Sequence[str], found: Sequence[dict[str, tuple[str, ...]]], now_ms: int | None
    ) -> Iterator[list[Candidate]]:
        pairs = [(member, title) for member, why in zip(members, found, strict=True) for title in why]
        chance = self._models.predict(_MODEL, _asked(pairs), now_ms)
        begin = 0
        for why in found:
            of_member = chance[begin : begin + len(why)]
            begin += len(why)
            told = zip(why.items(), shares(of_member).tolist(), strict=True)
            candidates = [Candidate(title, reasons, share) for (title, reasons), share in told]
            # Stable: without a model they stay as they are.
            yield sorted(candidates, key=lambda c: -np.nan_to_num(c.chance))


def shares(chance: Numbers) -> Numbers:
    """Of chances that each is played rather than another of its kind, each one's of all of them: those of
    `next_title` are known up to a factor of their odds. NaN stays NaN.

    >>> shares(np.array([0.5, 0.5, 0.75])).round(2).tolist()
    [0.2, 0.2, 0.6]
    """
    odds = chance / np.maximum(1.0 - chance, 1e-12)
    whole: Numbers = odds / max(odds.sum(), 1e-300)
    return whole


def _reasons(begun: Array, after: Sequence[Sequence[str]], popular: Array) -> Iterator[tuple[str, str]]:
    left = begun[begun["value"] < FINISHED_SHARE] if len(begun) else begun
    yield from ((RESUME, title) for title in _titles(left))
    yield from ((AFTER, title) for titles in after for title in titles)
    yield from ((POPULAR, title) for title in _titles(popular))


def _titles(items: Array) -> list[str]:
    return [title for title in items["item"].tolist() if title]


def _asked(pairs: Sequence[tuple[str, str]]) -> Examples:
    nothing = np.zeros(len(pairs))
    members, titles = zip(*pairs, strict=True) if pairs else ((), ())
    columns = {"member_id": np.array(members, object), "title_id": np.array(titles, object)}
    return Examples(nothing.astype(np.int64), nothing, columns)
