"""How well scores of conduct tell who misbehaves, beside the plain rate of events."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.experiments.conduct import Deeds
from headwater.experiments.result import Chart, Curve, number
from headwater.experiments.row import row
from headwater.experiments.stream import START_MS
from headwater.traffic.misconduct import MISCONDUCT
from online_models.examples import Numbers
from online_models.measures.exact import auc
from online_models.members.catalog import CONDUCT
from online_models.members.measure import EVENTS

Texts = npt.NDArray[Any]
_ROWS = ("AUC", "precision_at_k")


def judged(deeds: Deeds) -> tuple[dict[str, Numbers], Texts]:
    """Of each member and minute past the first window of the trees: the score and the rate of events, and
    which kind of misconduct there was, or none."""
    scorer = CONDUCT.start()
    found: list[tuple[float, float, str]] = []
    for rows, kind in deeds.rows(CONDUCT, START_MS, "MAX(misdeed)"):
        for score, value, misdeed in zip(scorer.score(rows), rows.value, kind, strict=True):
            if score:
                found.append((score["anomaly"], value[: len(EVENTS)].sum(), misdeed or ""))
    scores, rates, misdeeds = zip(*found, strict=True) if found else ((), (), ())
    by = {"half-space trees": np.array(scores, float), "events a minute": np.array(rates, float)}
    return by, np.array(misdeeds, object)


def anomalies(by: dict[str, Numbers], misdeeds: Texts) -> tuple[list[dict[str, Any]], Chart]:
    """Of all misconduct, and of each kind against those who behave; k is how many misbehave."""
    bad = misdeeds != ""
    kinds = tuple(kind.name for kind in MISCONDUCT)
    among = {"anomaly": bad | ~bad} | {f"anomaly: {kind}": (misdeeds == kind) | ~bad for kind in kinds}
    told = [
        row(what, of, rows=int(some.sum()), positive=int(bad[some].sum()), **_figures(score[some], bad[some]))
        for what, some in among.items()
        for of, score in by.items()
    ]
    curves = tuple(Curve(of, tuple(each["AUC"] for each in told[len(by) :] if each["by"] == of)) for of in by)
    return told, Chart("AUC of misconduct", "kind", kinds, curves)


def _figures(score: Numbers, bad: npt.NDArray[np.bool_]) -> dict[str, float | None]:
    k = int(bad.sum())
    precision = float(bad[np.argsort(-score, kind="stable")[:k]].mean()) if k else None
    return dict(zip(_ROWS, (number(auc(score, bad.astype(float))), precision), strict=True))
