"""Rank titles for a member: candidates, left out, scored, diversified, explained.

It is small, and meant to be read: an example of how to build on features and models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from online_models.examples import Numbers
from schemas.titles import Title
from serving.candidates import Candidates
from serving.likeness import diverse
from serving.model_reader import ModelReader
from serving.offers import Offers, Viewer, offers
from serving.popularity import Popularity
from serving.reader import FeatureReader

ASKED = "asked for"
#: What a title that is sure to be left is worth, beside one that is sure to be finished.
LEAST_WORTH = 0.5
#: A title of which nothing is known gets this on top, one that was looked at n times 1 / sqrt(1 + n) of it.
CURIOSITY = 0.02


@dataclass(frozen=True)
class Ranked:
    """A title and what its place is made of. `score` is take * worth + curiosity; `alike` is how much of it
    was taken off, for the titles above it that are like it. NaN where no model is published."""

    title_id: str
    score: float
    take: float
    completion: float
    curiosity: float
    alike: float
    why: tuple[str, ...]


class Ranker:
    """Puts titles in order by what is in Redis. What is popular is remembered, as `Candidates` do."""

    def __init__(
        self,
        features: FeatureReader,
        models: ModelReader,
        titles: Callable[[], Mapping[str, Title]],
        popularity: Popularity | None = None,
    ) -> None:
        self._features, self._models, self._titles = features, models, titles
        self._popularity = popularity or Popularity()
        self._candidates = Candidates(features, models, self._popularity)

    def rank(
        self,
        viewer: Viewer,
        titles: Sequence[str] | None = None,
        most: int = 20,
        diversity: float = 0.2,
        now_ms: int | None = None,
    ) -> list[Ranked]:
        """At most so many of the titles, best first; without titles, of the candidates of the member.

        What the member has finished is left out. Where the model of takes is missing, the titles stay in the
        order in which they came. `diversity` is what a title loses that is all like one above it, as a share
        of its score. Raises redis.RedisError when Redis cannot be reached.
        """
        why = self._reasons(viewer, titles, now_ms)
        if not why:
            return []
        asked = offers(self._features, self._models, viewer, list(why), self._titles(), now_ms)
        return self._page(asked, why, most, diversity)

    def popular(
        self,
        viewer: Viewer,
        titles: Sequence[str] | None = None,
        most: int = 20,
        diversity: float = 0.2,
        now_ms: int | None = None,
    ) -> tuple[list[Ranked], float] | None:
        """A page for when Redis does not answer: what is popular where the viewer is, or of titles that are
        named first what is; and how long ago (s) that was read. None where it never was.

        No model and no feature is asked, so all scores are NaN, and what was finished is there, too.
        """
        found = self._popularity.of(viewer.country, now_ms)
        if found is None:
            return None
        place = {title: n for n, title in enumerate(found.titles)}
        why: dict[str, tuple[str, ...]] = dict.fromkeys(place, (found.why,))
        if titles is not None:
            ordered = sorted(titles, key=lambda title: place.get(title, len(place)))
            why = {title: (*why.get(title, ()), ASKED) for title in ordered}
        unknown = np.full(len(why), np.nan)
        return self._page(Offers(list(why), unknown, unknown, unknown), why, most, diversity), found.age_s

    def _page(
        self, asked: Offers, why: Mapping[str, tuple[str, ...]], most: int, diversity: float
    ) -> list[Ranked]:
        told = self._titles()
        worth = LEAST_WORTH + (1 - LEAST_WORTH) * np.nan_to_num(asked.completion, nan=1.0)
        curiosity = CURIOSITY / np.sqrt(1.0 + asked.hovers)
        score = asked.take * worth + curiosity
        # Without a model, as they came.
        known: Numbers = np.where(np.isnan(score), -np.arange(len(score), dtype=float), score)
        genres = [frozenset(told[t].genres) if t in told else frozenset[str]() for t in asked.titles]
        places, alike = diverse(known, genres, most, diversity)
        return [
            Ranked(
                title_id=(title := asked.titles[at]),
                score=float(score[at]),
                take=float(asked.take[at]),
                completion=float(asked.completion[at]),
                curiosity=float(curiosity[at]),
                alike=taken_off,
                why=why[title],
            )
            for at, taken_off in zip(places, alike, strict=True)
        ]

    def _reasons(
        self, viewer: Viewer, titles: Sequence[str] | None, now_ms: int | None
    ) -> dict[str, tuple[str, ...]]:
        if titles is None:
            (found,) = self._candidates.of([(viewer.member_id, viewer.country)], most=500, now_ms=now_ms)
            return {c.title_id: c.why for c in found}
        questions = [("member_history", [viewer.member_id])]
        if self._popularity.due(viewer.country, now_ms):
            questions.append(("country_top", [viewer.country]))
        history, *tops = self._features.read_many(questions, now_ms)
        for top in tops:
            self._popularity.keep(top, now_ms)
        finished = {*history.values["watched"]["item"][0].tolist()}
        return {title: (ASKED,) for title in titles if title not in finished}
