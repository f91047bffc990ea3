"""What delays cost: quality when the model, or the features, know only of what is some time past.

Tastes turn and titles come out meanwhile, else nothing would be lost by being late.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headwater.experiments.learnt import learnt
from headwater.experiments.rankers import Popularity, Rates
from headwater.experiments.replay import each_way, predictions
from headwater.experiments.result import Chart, Curve, Progress, Result, number
from headwater.experiments.stream import Outcomes, Plan, simulate
from online_models.examples import Numbers
from online_models.measures.exact import auc, ndcg
from schemas.topics import HOUR_MS, MINUTE_MS

DELAYS_MS = {"1 s": 1_000, "10 s": 10_000, "1 min": MINUTE_MS, "10 min": 10 * MINUTE_MS, "1 h": HOUR_MS}
#: A delay may be longer by this part of it, so that a long one does not take the work of a short one.
_SLACK = 10
_LEAST_STEP_MS = 1_000
#: How often progress is told.
ROUNDS = 2 * len(DELAYS_MS) + 1
_MEASURES = ("AUC", "NDCG")


def freshness(plan: Plan, burn_in_s: float, progress: Progress) -> Result:
    """AUC and NDCG of takes after the burn-in, at each delay: of the model, to which outcomes, and what views
    say, come late, and of rates, which are counted as late. Popularity has no delay."""
    rows: list[dict[str, Any]] = []
    for delay, delay_ms in DELAYS_MS.items():
        takes, _ = simulate(plan, delay_ms)
        began_ms = takes.examples.event_time_ms.min(initial=0)
        late = takes.examples.event_time_ms >= began_ms + burn_in_s * 1_000
        measured = takes.only(late)
        ways = [takes, takes.at_head()]
        step_ms = max(_LEAST_STEP_MS, delay_ms // _SLACK)
        for of, ranker in (("model", learnt("take")), ("rates", Rates())):
            scores = each_way(ways, ranker, delay_ms, step_ms)
            rows.append({"by": of, "delay": delay} | _figures([way[late] for way in scores], measured))
            progress()
    popular = predictions(takes, Popularity(), 0, _LEAST_STEP_MS)
    progress()
    best = [way.chance[late] for way in ways]
    for of, scores in (("popularity", [popular[late]] * 2), ("best possible", best)):
        rows.append({"by": of, "delay": None} | _figures(scores, measured))
    about = f"{len(measured):,} hovers after a burn-in of {burn_in_s:,.0f} s"
    return Result("freshness", about, tuple(rows), tuple(_chart(rows, measure) for measure in _MEASURES))


def _figures(scores: Sequence[Numbers], of: Outcomes) -> dict[str, Any]:
    """Of scores where it stood, and at the head of the page."""
    (there, at_head), label = scores, of.examples.label
    return {"AUC": number(auc(there, label)), "NDCG": number(ndcg(at_head, label, of.page))}


def _chart(rows: list[dict[str, Any]], measure: str) -> Chart:
    """What has no delay is the same at all."""
    curves = []
    for of in dict.fromkeys(row["by"] for row in rows):
        ys = [row[measure] for row in rows if row["by"] == of]
        curves.append(Curve(str(of), tuple(ys if len(ys) > 1 else ys * len(DELAYS_MS))))
    return Chart(f"{measure} of takes", "delay", tuple(DELAYS_MS), tuple(curves))
