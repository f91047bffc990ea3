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
from serving.offers import Viewer, offers
from serving.reader import FeatureReader

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
    """Puts titles in order by what is in Redis."""

    def __init__(
        self, features: FeatureReader, models: ModelReader, titles: Callable[[], Mapping[str, Title]]
    ) -> None:
        self._features, self._models, self._titles = features, models, titles
        self._candidates = Candidates(features, models)

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
        told = self._titles()
        asked = offers(self._features, self._models, viewer, list(why), told, now_ms)
        worth = LEAST_WORTH + (1 - LEAST_WORTH) * np.nan_to_num(asked.completion, nan=1.0)
        curiosity = CURIOSITY / np.sqrt(1.0 + asked.hovers)
        score = asked.take * worth + curiosity
        # Without a model, as they came.
        known: Numbers = np.where(np.isnan(score), -np.arange(len(score), dtype=float), score)
        genres = [frozenset(told[t].genres) if t in told else frozenset[str]() for t in why]
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
        watched = self._features.read("member_history", [viewer.member_id], now_ms).values["watched"]
        finished = {*watched["item"][0].tolist()}
        return {title: ("asked for",) for title in titles if title not in finished}
