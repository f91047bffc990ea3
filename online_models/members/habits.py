"""What a member is like over some horizons: a cluster of taste, and the risk of leaving."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from online_models.examples import Numbers
from online_models.learner import State
from online_models.members.centres import Centres
from online_models.members.churn import Churn
from online_models.members.measure import Measure, Rows
from online_models.members.scorer import Score

#: What titles may be of; any other genre is passed over.
GENRES = (
    *("action", "animation", "comedy", "crime", "documentary", "drama", "family", "horror", "romance"),
    *("science fiction", "thriller", "western"),
)  # fmt: skip
#: Rows look back so many horizons.
BACK = 4
_TIMES = (
    Measure("visits", "COUNT(DISTINCT session_id)"),
    Measure("first_ms", "MIN(event_time)"),
    Measure("last_ms", "MAX(event_time)"),
    Measure("mean_ms", "AVG(event_time)"),
)
MEASURES = (
    *_TIMES,
    *(
        Measure(of, f"COUNT(*) FILTER (WHERE event = 'play' AND ',' || genres || ',' LIKE '%,{of},%')")
        for of in GENRES
    ),
)
#: Of fewer plays a taste is not told.
_LEAST = 5
#: A cluster has the name of genres that it has so many times as often as all have.
_MORE, _NAMES = 1.15, 2


@dataclass(frozen=True)
class Habits:
    """Clusters by genre, and churn; nothing of either is told of who was not active in the last horizon."""

    churn: Churn
    centres: Centres = field(default_factory=lambda: Centres(len(GENRES)))
    name: str = "habits"
    models: tuple[str, ...] = ("clusters", "churn")
    measures: tuple[Measure, ...] = MEASURES

    @property
    def window_ms(self) -> int:
        """So far back a row looks."""
        return BACK * self.churn.horizon_ms

    @property
    def every_ms(self) -> int:
        """So often there is one."""
        return self.churn.horizon_ms // self.churn.times

    @property
    def most_bytes(self) -> int:
        """Those of both."""
        return self.centres.most_bytes + self.churn.most_bytes

    def start(self, state: State | None = None) -> Known:
        """One that has learnt nothing, or what `state` says."""
        return Known(self, state)


class Known:
    """What `Habits` declares, under way."""

    def __init__(self, kind: Habits, state: State | None = None) -> None:
        self._kind, held = kind, state or {}
        self._centres = kind.centres.start(held.get("centres"))
        self._churn = kind.churn.start(held.get("churn"))
        self._clustered: int = held.get("clustered", 0)

    def score(self, rows: Rows, frozen: Collection[str] = ()) -> list[Score]:
        """`churn_risk`, once enough is learnt; `taste_number` and its `taste`, of who has played enough."""
        active = rows.value[:, 2] >= rows.at_ms - self._kind.churn.horizon_ms
        visits, first_ms, last_ms, mean_ms = rows.value[active, : len(_TIMES)].T
        known = self._kind.churn.known(rows.at_ms, first_ms, last_ms, mean_ms, visits)
        if "churn" in frozen:
            risk = self._churn.pause(known)
        else:
            risk = self._churn.learn(rows.at_ms, rows.tokens()[active], known)
        cluster = np.full(len(risk), -1, np.intp)
        plays = rows.value[active, len(_TIMES) :]
        told = plays.sum(axis=1) >= _LEAST
        if "clusters" in frozen:
            cluster[told] = self._centres.nearest(tastes(plays[told]))
        else:
            cluster[told] = self._centres.learn(tastes(plays[told]))
            self._clustered += int(told.sum())
        return self._scores(active, risk, cluster)

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {
            "centres": self._centres.state(),
            "churn": self._churn.state(),
            "clustered": self._clustered,
        }

    def told(self) -> Mapping[str, Mapping[str, Any]]:
        """The clusters with their names and what share of members each has; how well leaving is foretold."""
        named = [
            {"cluster": n, "taste": name, "share": share}
            for n, (name, share) in enumerate(zip(self.names(), self._centres.share.tolist(), strict=True))
        ]
        return {
            "clusters": {"examples": self._clustered, "learner": {"clusters": named}},
            "churn": {"examples": self._churn.examples, **self._churn.told()},
        }

    def names(self) -> list[str]:
        """By what each cluster has more of than all have; `mixed` where that is nothing."""
        found, share = [], self._centres.share
        of_all = share @ self._centres.at
        for centre in self._centres.at:
            more = centre / of_all
            first = [GENRES[n] for n in np.argsort(-more, kind="stable")[:_NAMES] if more[n] >= _MORE]
            found.append(", ".join(first) or "mixed")
        return found

    def _scores(
        self, active: npt.NDArray[np.bool_], risk: Numbers, cluster: npt.NDArray[np.intp]
    ) -> list[Score]:
        names, scores = self.names(), [Score() for _ in active]
        for row, chance, number in zip(
            np.flatnonzero(active).tolist(), risk.tolist(), cluster.tolist(), strict=True
        ):
            if self._churn.warm:
                scores[row]["churn_risk"] = round(chance, 6)
            if number >= 0:
                scores[row] |= {"taste_number": number, "taste": names[number]}
        return scores


def tastes(plays: Numbers) -> Numbers:
    """Plays by genre as shares, one more of each genre counted.

    >>> tastes(np.array([[0.0, 1.0, 5.0]])).round(2).tolist()
    [[0.11, 0.22, 0.67]]
    """
    counted = plays + 1.0
    shares: Numbers = counted / counted.sum(axis=1, keepdims=True)
    return shares
