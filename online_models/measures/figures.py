"""What a tally says of a slice: how well predictions rank, and whether what they promise comes true."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from online_models.examples import Numbers
from online_models.measures.tally import Tally

#: Into so many parts of about equal weight calibration is told: one bin of the tally at the least.
PARTS = 15


@dataclass(frozen=True)
class Figures:
    """Of one slice; None where nothing can be said, as of AUC where all came true.

    `weight`: the faded number of examples, `share` of them came true. `log_loss`, and `base_log_loss`, that
    of always predicting the share, in nats. `auc`: the probability that of two examples the one that came
    true was predicted higher (D. Brzezinski, J. Stefanowski: Prequential AUC, Knowledge and Information
    Systems 52, 2017); it is off by `auc_error` at the most, since two of one bin count as half. `ece`: by how
    much predictions of a part are off on average (C. Guo, G. Pleiss, Y. Sun, K. Weinberger: On calibration of
    modern neural networks, ICML 2017; parts of equal weight: K. Nguyen, B. O'Connor, EMNLP 2015).
    """

    weight: float
    share: float | None
    log_loss: float | None
    base_log_loss: float | None
    auc: float | None
    auc_error: float | None
    ece: float | None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Part:
    """One part of the predictions, from the lowest to the highest: their mean, and what share came true."""

    predicted: float
    came_true: float
    weight: float


def figures(tally: Tally, place: int = 0) -> Figures:
    """What there is to say of a slice."""
    weight, positives = tally.weight[place], tally.positives[place]
    total = float(weight.sum())
    if not total:
        return Figures(0.0, None, None, None, None, None, None)
    share = min(float(positives.sum()) / total, 1.0)
    area, error = _auc(positives, np.maximum(weight - positives, 0.0))
    return Figures(
        weight=total,
        share=share,
        log_loss=float(tally.loss[place]) / total,
        base_log_loss=_entropy(share),
        auc=area,
        auc_error=error,
        ece=sum(part.weight * abs(part.predicted - part.came_true) for part in calibration(tally, place))
        / total,
    )


def calibration(tally: Tally, place: int = 0) -> list[Part]:
    """Predictions of a slice beside what came true, in at most PARTS parts."""
    weight = tally.weight[place]
    there = np.flatnonzero(weight)
    if not len(there):
        return []
    middle = np.cumsum(weight) - weight / 2
    part = np.minimum((middle[there] * PARTS / weight.sum()).astype(np.intp), PARTS - 1)
    sums = [
        np.bincount(part, of[place][there], PARTS) for of in (tally.weight, tally.positives, tally.predicted)
    ]
    return [Part(float(p / w), float(y / w), float(w)) for w, y, p in zip(*sums, strict=True) if w > 0]


def _auc(positives: Numbers, negatives: Numbers) -> tuple[float | None, float | None]:
    pairs = float(positives.sum() * negatives.sum())
    if not pairs:
        return None, None
    tied = float(positives @ negatives)
    above = float(positives @ (np.cumsum(negatives) - negatives))
    return (above + tied / 2) / pairs, tied / 2 / pairs


def _entropy(share: float) -> float:
    return float(-sum(p * np.log(p) for p in (share, 1.0 - share) if p > 0))
