"""How soon a model knows what is new: quality by how many outcomes of a member, or a title, there were."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from headwater.experiments.quality import areas, scored
from headwater.experiments.result import Chart, Progress, Result
from headwater.experiments.stream import START_MS, Outcomes, Plan, simulate

#: Where the parts begin: 0 outcomes before, 1, 2 to 4, and so on.
BEFORE = (0, 1, 2, 5, 10, 20, 50, 100, 200)
#: One member in so many joins later, at a time of the second half.
_ONE_IN = 3
#: How often progress is told.
ROUNDS = 3


def cold_start(plan: Plan, progress: Progress) -> Result:
    """AUC of takes of those who join, and of titles that come out, when half of the stream has passed."""
    takes = joined_later(simulate(plan)[0], plan)
    (scores,) = scored([takes], "take", progress)
    half_ms = START_MS + plan.seconds * 500
    charts, rows = [], []
    for what in ("member", "title"):
        ids = pd.Series(takes.examples.columns[f"{what}_id"])
        before = ids.groupby(ids).cumcount().to_numpy()
        first_ms = pd.Series(takes.examples.event_time_ms).groupby(ids).transform("min").to_numpy()
        before = np.where(first_ms >= half_ms, before, -1)
        parts = [np.flatnonzero((before >= a) & (before < b)) for a, b in pairwise([*BEFORE, np.inf])]
        curves = tuple(areas(takes, scores, parts))
        title = f"AUC of takes of a new {what}"
        charts.append(Chart(title, f"outcomes of the {what} before", tuple(map(str, BEFORE)), curves))
        for place, least in enumerate(BEFORE):
            told = {curve.name: curve.ys[place] for curve in curves}
            rows.append({"new": what, "before": least, "examples": len(parts[place]), **told})
    about = f"one member in {_ONE_IN} joins, and titles come out, in the second half of {plan.seconds:,} s"
    return Result("cold-start", about, tuple(rows), tuple(charts))


def joined_later(outcomes: Outcomes, plan: Plan) -> Outcomes:
    """Without what some members did before they joined, each at some time of the second half."""
    codes, members = pd.factorize(outcomes.examples.columns["member_id"])
    rng = np.random.default_rng(plan.seed)
    later = rng.random(len(members)) * _ONE_IN < 1
    joins_s = np.where(later, plan.seconds * rng.uniform(0.5, 1, len(members)), 0)
    return outcomes.only(outcomes.examples.event_time_ms >= START_MS + joins_s[codes] * 1_000)
