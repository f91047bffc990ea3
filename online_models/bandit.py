"""A contextual bandit: for each arm the chance of a reward, and how unsure that is; arms are chosen by both.

Bayesian logistic regressions: one of what is common to all arms, and for each arm one of what is its own, as
in L. Li, W. Chu, J. Langford, R. Schapire: A contextual-bandit approach to personalized news article
recommendation, WWW 2010 (the hybrid model, but learnt one after the other, so that arms stay independent).
What was learnt fades, so that uncertainty comes back with time and what changes is tried again (Y. Russac,
C. Vernade, O. Cappé: Weighted linear bandits for non-stationary environments, NeurIPS 2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from online_models.context import context, seen, short, whole
from online_models.examples import Examples, Numbers
from online_models.ftrl import sigmoid
from online_models.learner import Judged, State
from online_models.measures.off_policy import Value
from online_models.measures.tally import FADE
from online_models.posterior import Codes, Posteriors
from online_models.tastes import Tastes
from online_models.thompson import best, drawn, floored
from schemas.artwork import STYLES
from schemas.topics import DAY_MS

#: However sure the model is, an example tells as much as if its chance were 0.05: so no step goes too far.
_LEAST_WEIGHT = 0.05
#: What was shown more often than by this chance weighs less in proportion: else an arm that was shown with
#: better
#: titles would seem to be better (M. Dimakopoulou, Z. Zhou, S. Athey, G. Imbens: Balanced linear contextual
#: bandits,
#: AAAI 2019).
_RARE = 0.1


class Chosen(NamedTuple):
    """An arm of each example, by its name, and the probability with which it was chosen: to be logged."""

    arm: npt.NDArray[Any]
    propensity: Numbers


@dataclass(frozen=True)
class Bandit:
    """`arms`, as the column `artwork` names them; of `genres` the first so many are told apart.

    `ridge` and `own_ridge` say how small weights are, a priori, of what is common and of what is an arm's
    own. `spread` is what uncertainty counts when arms are compared: less than all of it explores less, and
    loses less (O. Chapelle, L. Li, NIPS 2011). No arm is chosen with less than `floor`.
    """

    arms: tuple[str, ...] = STYLES
    genres: int = 12
    bits: int = 16
    ridge: float = 1.0
    own_ridge: float = 10.0
    spread: float = 0.5
    floor: float = 0.02
    half_life_ms: int = DAY_MS
    chunk: int = 128

    def start(self, state: State | None = None) -> Arms:
        """One that has learnt nothing, or what `state` says."""
        return Arms(self, state)

    @property
    def most_bytes(self) -> int:
        """Of models their information, of each place two counts and its number, of genres tokens; sums."""
        common, own = whole(self.genres), short(self.genres)
        numbers = common * (common + 1) + len(self.arms) * own * (own + 1) + self.genres + 40
        return 8 * numbers + (20 << self.bits)


class Arms:
    """What `Bandit` declares, under way."""

    def __init__(self, kind: Bandit, state: State | None = None) -> None:
        self._kind, held = kind, state or {}
        self._common = Posteriors(1, whole(kind.genres), kind.ridge, held.get("common"))
        self._own = Posteriors(len(kind.arms), short(kind.genres), kind.own_ridge, held.get("own"))
        self._tastes = Tastes(kind.genres, kind.bits, held.get("tastes"))
        self._value = Value(FADE, held.get("value"))
        self._until_ms: int = held.get("until_ms", 0)
        self._place = {name: place for place, name in enumerate(kind.arms)}

    def predict(self, examples: Examples) -> Numbers:
        """The logit of a reward for the arm that was shown; the mean over all where it is none of them."""
        common, own, _ = self._tell(self._context(examples))
        return common + _of(own, self._arms(examples))

    def judge(self, examples: Examples) -> Judged:
        """What is predicted of each."""
        return Judged(self.predict(examples), examples.label, np.arange(len(examples)))

    def chances(self, examples: Examples) -> Numbers:
        """With what probability each arm is chosen for each example: float64[n, arms]."""
        _, own, deviation = self._tell(self._context(examples))
        return self._chances(own, deviation)

    def rewards(self, examples: Examples) -> Numbers:
        """The chance of a reward for each arm, were it shown: float64[n, arms]."""
        common, own, _ = self._tell(self._context(examples))
        return sigmoid(common[:, None] + own)

    def choose(self, examples: Examples, rng: np.random.Generator) -> Chosen:
        """An arm for each example; labels, and which arm was shown, are not looked at."""
        chances = self.chances(examples)
        arms = drawn(chances, rng)
        return Chosen(np.array(self._kind.arms, object)[arms], chances[np.arange(len(arms)), arms])

    def learn(self, examples: Examples) -> Judged:
        """Learn from each, in chunks; what was predicted of each just before its chunk."""
        n, size = len(examples), self._kind.chunk
        if n:
            # By the one in the middle: one clock that is ahead must not let it fade.
            self._fade(int(examples.event_time_ms[n // 2]))
        self._tastes.meet(examples, "genres")
        of, arm, label = seen(examples, self._tastes), self._arms(examples), examples.label
        propensity, logit = examples.columns["artwork_propensity"], np.empty(n)
        for rows in (slice(start, start + size) for start in range(0, n, size)):
            x = context(of.only(rows), self._tastes)
            logit[rows] = self._step(x, arm[rows], propensity[rows], label[rows])
            self._tastes.add(of.places[rows], of.genres[rows], label[rows])
        return Judged(logit, label, np.arange(n))

    def forget(self, member: str) -> bool:
        """Nothing is kept for a member alone."""
        return False

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {
            "common": self._common.state(),
            "own": self._own.state(),
            "tastes": self._tastes.state(),
            "value": self._value.state(),
            "until_ms": self._until_ms,
        }

    def told(self) -> dict[str, Any]:
        """The `value` of choosing by it, estimated from what was logged; `weights`: the bias of each arm."""
        weights = dict(zip(self._kind.arms, self._own.mean[:, -1].tolist(), strict=True))
        return {"value": self._value.told(), "weights": weights}

    def _step(self, x: Numbers, arm: Codes, propensity: Numbers, label: Numbers) -> Numbers:
        common, own, deviation = self._tell(x)
        policy, rewards, known = self._chances(own, deviation), sigmoid(common[:, None] + own), arm >= 0
        self._value.add(policy[known], arm[known], propensity[known], label[known], rewards[known])
        mine = _of(own, arm)
        self._common.add(np.zeros_like(arm), x, *_newton(common, common, label))
        weight, target = _newton(mine, common + mine, label)
        balance = _RARE / np.maximum(propensity, _RARE)
        self._own.add(arm, x[:, : short(self._kind.genres)], balance * weight, target)
        return common + mine

    def _tell(self, x: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        own, deviation = self._own.tell(x[:, : short(self._kind.genres)])
        return self._common.tell(x)[0][:, 0], own, deviation

    def _chances(self, own: Numbers, deviation: Numbers) -> Numbers:
        return floored(best(own, self._kind.spread * deviation), self._kind.floor)

    def _context(self, examples: Examples) -> Numbers:
        return context(seen(examples, self._tastes), self._tastes)

    def _arms(self, examples: Examples) -> Codes:
        return np.array([self._place.get(name, -1) for name in examples.columns["artwork"]], np.intp)

    def _fade(self, now_ms: int) -> None:
        passed_ms = now_ms - self._until_ms
        if passed_ms <= 0:
            return
        factor = 0.5 ** (passed_ms / self._kind.half_life_ms)
        for part in (self._common, self._own, self._tastes):
            part.fade(factor)
        self._until_ms = now_ms


def _newton(part: Numbers, logit: Numbers, label: Numbers) -> tuple[Numbers, Numbers]:
    """A step of Newton's for a part of the logit, while the rest stays: weights of rows, and targets."""
    chance = sigmoid(logit)
    weight = np.maximum(chance * (1.0 - chance), _LEAST_WEIGHT)
    return weight, part + (label - chance) / weight


def _of(arms: Numbers, arm: Codes) -> Numbers:
    of: Numbers = np.where(arm >= 0, arms[np.arange(len(arm)), arm], arms.mean(axis=1))
    return of
