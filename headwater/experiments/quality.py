"""How near models come to the best that any could do, which the simulator knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.experiments.learnt import learnt
from headwater.experiments.rankers import Popularity, Ranker, Rates
from headwater.experiments.replay import each_way
from headwater.experiments.result import Chart, Curve, Progress, Result, number, told
from headwater.experiments.stream import Outcomes, Plan, simulate
from online_models.examples import Numbers, Rows
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
    """AUC of takes and of completions after the burn-in, and as it grows; and NDCG of takes within a page, of
    which all is scored as at its head, as a ranker does."""
    rows: list[dict[str, Any]] = []
    charts = []
    for name, outcomes in zip(("take", "completion"), simulate(plan), strict=True):
        ways = [outcomes, outcomes.at_head()] if name == "take" else [outcomes]
        scores, *at_head = scored(ways, name, progress)
        late = np.arange(len(outcomes)) >= BURN_IN * len(outcomes)
        rows += _rows(name, outcomes, scores, at_head, late)
        bounds = np.linspace(0, len(outcomes), PARTS + 1).astype(int).tolist()
        parts = [np.arange(a, b) for a, b in pairwise(bounds)]
        curves = tuple(areas(outcomes, scores, parts))
        charts.append(Chart(f"AUC of {name}", "examples until then", tuple(map(told, bounds[1:])), curves))
    return Result("quality", f"after a burn-in of {BURN_IN:.0%} of the examples", tuple(rows), tuple(charts))


def scored(ways: Sequence[Outcomes], model: str, progress: Progress) -> list[dict[str, Numbers]]:
    """What each ranker makes of outcomes, one after the other, in each way that they are told; and the true
    chances."""
    scores: list[dict[str, Numbers]] = [{} for _ in ways]
    for name, ranker in rankers(model).items():
        for of_way, found in zip(scores, each_way(ways, ranker, DELAY_MS, STEP_MS), strict=True):
            of_way[name] = found
        progress()
    return [found | {"best possible": outcomes.chance} for found, outcomes in zip(scores, ways, strict=True)]


def way(score: float, popularity: float, best: float) -> float:
    """What share of the way from popularity to the best possible a figure has gone."""
    return (score - popularity) / (best - popularity)


def _rows(
    name: str, of: Outcomes, scores: dict[str, Numbers], at_head: list[dict[str, Numbers]], late: Rows
) -> Iterator[dict[str, Any]]:
    label, page = of.examples.label[late], of.page[late]
    found = {by: auc(score[late], label) for by, score in scores.items()}
    for by in scores:
        yield {
            "label": name,
            "by": by,
            "examples": len(label),
            "AUC": number(found[by]),
            "of the way": number(way(found[by], found["popularity"], found["best possible"])),
            "NDCG": ndcg(at_head[0][by][late], label, page) if at_head else None,
        }


def areas(outcomes: Outcomes, scores: dict[str, Numbers], parts: Sequence[Places]) -> Iterator[Curve]:
    """The AUC of each in parts of the outcomes; nothing of a part with less than LEAST."""
    label = outcomes.examples.label
    for of, score in scores.items():
        found = [auc(score[part], label[part]) if len(part) >= LEAST else np.nan for part in parts]
        yield Curve(of, tuple(map(number, found)))
