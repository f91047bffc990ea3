"""How near models come to the best that any could do, which the simulator knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.experiments.learnt import learnt
from headwater.experiments.rankers import Popularity, Ranker, Rates
from headwater.experiments.replay import predictions
from headwater.experiments.result import Chart, Curve, Progress, Result, number, told
from headwater.experiments.stream import Outcomes, Plan, simulate
from online_models.examples import Numbers
from online_models.measures.exact import auc, ndcg

Places = npt.NDArray[np.intp]

DELAY_MS, STEP_MS = 1_000, 10_000
#: What is measured comes after this share of the examples.
BURN_IN = 0.5
#: In so many parts quality is told as it grows.
PARTS = 10
#: How often progress is told.
ROUNDS = 6
#: A part with fewer examples says nothing.
LEAST = 200


def rankers(model: str) -> dict[str, Ranker]:
    """Those that are compared; rates that count all alike, since tastes stay what they are."""
    return {"popularity": Popularity(), "rates": Rates(half_ms=np.inf), "model": learnt(model)}


def quality(plan: Plan, progress: Progress) -> Result:
    """AUC and NDCG of takes and of completions after the burn-in, and AUC as it grows."""
    rows: list[dict[str, Any]] = []
    charts = []
    for name, outcomes in zip(("take", "completion"), simulate(plan), strict=True):
        scores = scored(outcomes, name, progress)
        late = np.arange(len(outcomes)) >= BURN_IN * len(outcomes)
        rows += _rows(name, outcomes.only(late), {of: score[late] for of, score in scores.items()})
        bounds = np.linspace(0, len(outcomes), PARTS + 1).astype(int).tolist()
        parts = [np.arange(a, b) for a, b in pairwise(bounds)]
        curves = tuple(areas(outcomes, scores, parts))
        charts.append(Chart(f"AUC of {name}", "examples until then", tuple(map(told, bounds[1:])), curves))
    return Result("quality", f"after a burn-in of {BURN_IN:.0%} of the examples", tuple(rows), tuple(charts))


def scored(outcomes: Outcomes, model: str, progress: Progress) -> dict[str, Numbers]:
    """What each ranker makes of the outcomes, one after the other; and the true chances."""
    scores = {}
    for name, ranker in rankers(model).items():
        scores[name] = predictions(outcomes, ranker, DELAY_MS, STEP_MS)
        progress()
    return scores | {"best possible": outcomes.chance}


def way(score: float, popularity: float, best: float) -> float:
    """What share of the way from popularity to the best possible a figure has gone."""
    return (score - popularity) / (best - popularity)


def _rows(name: str, outcomes: Outcomes, scores: dict[str, Numbers]) -> Iterator[dict[str, Any]]:
    label = outcomes.examples.label
    found = {of: auc(score, label) for of, score in scores.items()}
    for of, score in scores.items():
        ranked = ndcg(score, label, outcomes.page) if name == "take" else None
        yield {
            "label": name,
            "by": of,
            "examples": len(outcomes),
            "AUC": number(found[of]),
            "of the way": number(way(found[of], found["popularity"], found["best possible"])),
            "NDCG": ranked,
        }


def areas(outcomes: Outcomes, scores: dict[str, Numbers], parts: Sequence[Places]) -> Iterator[Curve]:
    """The AUC of each in parts of the outcomes; nothing of a part with less than LEAST."""
    label = outcomes.examples.label
    for of, score in scores.items():
        found = [auc(score[part], label[part]) if len(part) >= LEAST else np.nan for part in parts]
        yield Curve(of, tuple(map(number, found)))
