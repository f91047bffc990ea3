"""Ranking quality of scores that are all at hand: exact, over all of them or list by list."""

from __future__ import annotations

import numpy as np

from online_models.examples import Numbers


def auc(scores: Numbers, labels: Numbers) -> float:
    """The probability that of two examples the one that came true has the higher score; ties count as half.

    By the sum of ranks (H. Mann, D. Whitney, Annals of Mathematical Statistics 18, 1947). NaN where all or
    none came true.

    >>> auc(np.array([0.1, 0.4, 0.4, 0.9]), np.array([0, 0, 1, 1]))
    0.875
    """
    _, place, many = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(many) - (many - 1) / 2)[place]
    came = labels > 0
    true, false = int(came.sum()), int((~came).sum())
    return float((ranks[came].sum() - true * (true + 1) / 2) / (true * false)) if true and false else np.nan


def ndcg(scores: Numbers, labels: Numbers, lists: Numbers) -> float:
    """The mean over lists of which one came true of 1/log2(1 + its rank by score), ties in the middle.

    `lists` says which list each is of. K. Järvelin, J. Kekäläinen: Cumulated gain-based evaluation of IR
    techniques, ACM TOIS 20, 2002. Lists of one are left out: they cannot be wrong. NaN where there is none.

    >>> round(ndcg(np.array([0.9, 0.2, 0.5, 0.3]), np.array([1, 0, 0, 1]), np.array([1, 1, 2, 2])), 4)
    0.8155
    """
    _, of, many = np.unique(lists, return_inverse=True, return_counts=True)
    chosen = np.flatnonzero((labels > 0) & (many[of] > 1))
    best = np.full(len(many), np.inf)
    best[of[chosen]] = scores[chosen]
    above = np.bincount(of, scores > best[of], len(many))
    tied = np.bincount(of, scores == best[of], len(many))
    ranks = (above + (tied + 1) / 2)[of[chosen]]
    return float((1 / np.log2(1 + ranks)).mean()) if len(ranks) else np.nan
