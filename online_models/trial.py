"""Whether a rival predicts better than the champion: a test that may be looked at after every batch.

Money is bet on the rival, example by example, on odds that are fair if it is no better; who gets rich has
found something out (G. Shafer: Testing by betting, JRSS A 184, 2021; bets on bounded differences: I.
Waudby-Smith, A. Ramdas, JRSS B 86, 2024). A player who has lost begins anew with one coin, so that what was
long ago hides nothing: an e-detector (J. Shin, A. Ramdas, A. Rinaldo, NEJSDS 2, 2024). While the
rival is better by no more than the margin, it takes a million batches or more on average until one is rich by
chance: twelve days of a batch a second. An equal is behind by the margin, and takes far longer.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from online_models.examples import Examples, Numbers
from online_models.ftrl import sigmoid
from online_models.learner import Learner
from online_models.measures.tally import log_loss

#: What share of its money each of the players bets on an example.
_BETS = np.array([1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2])
#: Nats of wealth at which it is settled: Ville's inequality.
ENOUGH = math.log(1e6)


class Trial:
    """Losses of two on the same examples, in nats; the rival must be better by more than `margin`.

    A difference counts for at most one nat. `wealth` is the logarithm of what each player has.

    >>> trial = Trial(margin=0.01)
    >>> [trial.add(np.full(400, champion), np.full(400, 0.5)) for champion in (0.5, 0.52, 0.8)]
    [False, False, True]
    """

    def __init__(self, margin: float, wealth: Any = None) -> None:
        self._margin = margin
        self.wealth: Numbers = np.zeros(len(_BETS)) if wealth is None else wealth.copy()

    def add(self, champion: Numbers, rival: Numbers) -> bool:
        """Bet on some more examples; whether it is settled that the rival is better."""
        gained = np.clip(champion - rival - self._margin, -1.0, 1.0)
        self.wealth = np.maximum(self.wealth, 0.0) + np.log1p(np.outer(_BETS, gained)).sum(axis=1)
        return self.evidence >= ENOUGH

    @property
    def evidence(self) -> float:
        """The logarithm of what the players have on average; ENOUGH settles it."""
        return float(np.logaddexp.reduce(self.wealth) - math.log(len(_BETS)))


def losses(learner: Learner, examples: Examples) -> Numbers:
    """The surprise of each example in nats, before it is learnt from: to compare learners by."""
    judged = learner.judge(examples)
    return log_loss(sigmoid(judged.logit), judged.label)
