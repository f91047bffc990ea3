"""How well risks of leaving tell who is gone for a horizon, beside activity of late over the usual one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from headwater.experiments.followed import HORIZON_MS, Said
from headwater.experiments.result import Chart, Curve, number
from headwater.experiments.row import row
from online_models.measures.exact import auc
from online_models.measures.tally import log_loss

_PARTS = 10


def leaving(said: Sequence[Said], from_ms: float) -> tuple[list[dict[str, Any]], Chart]:
    """Of all risks that are told after a time and whose horizon is over."""
    active = {at.at_ms: at.active for at in said}
    found = [
        (risk, float(member not in active[at.at_ms + HORIZON_MS]), at.ratio[member])
        for at in said
        if at.at_ms >= from_ms and at.at_ms + HORIZON_MS in active
        for member, risk in at.risk.items()
    ]
    risk, gone, ratio = np.array(found, float).reshape(-1, 3).T
    counts = {"rows": len(gone), "positive": int(gone.sum())}
    rows = []
    if len(gone):
        losses = [float(log_loss(of, gone).mean()) for of in (risk, np.full(len(gone), gone.mean()))]
        rows = [
            row("churn", "risk", **counts, AUC=number(auc(risk, gone)), log_loss=losses[0]),
            row("churn", "always the share", **counts, AUC=0.5, log_loss=losses[1]),
            row("churn", "of late over usual", **counts, AUC=number(auc(-ratio, gone))),
        ]
    parts = np.array_split(np.argsort(risk, kind="stable"), _PARTS) if len(risk) >= _PARTS else []
    curves = tuple(
        Curve(of, tuple(float(x[part].mean()) for part in parts))
        for of, x in (("told", risk), ("came true", gone))
    )
    return rows, Chart(
        "risk of leaving", "tenths of members", tuple(str(n + 1) for n in range(len(parts))), curves
    )
