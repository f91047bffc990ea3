"""Churn: the chance that who was active within the last horizon is not within the next.

What was known of a member waits until a horizon has passed; then it is seen whether they came, and a logistic
regression learns from that. The log-odds that somebody who comes at a steady rate has left grow with how many
visits they have missed (P. Fader, B. Hardie, K. L. Lee: "Counting your customers" the easy way, Marketing
Science 24, 2005), so that is what it is told, beside whether activity falls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from online_models.examples import Numbers
from online_models.ftrl import sigmoid
from online_models.learner import State
from online_models.measures.figures import calibration, figures
from online_models.measures.tally import Tally
from online_models.members.newton import Newton
from online_models.tokens import Tokens, places

#: Of fewer examples nothing is told.
LEAST = 200
#: What is known of a member, in this order.
KNOWN = ("bias", "silence", "missed visits", "visits", "falling", "known for")


@dataclass(frozen=True)
class Churn:
    """Members are judged so many `times` in a horizon, and each is an example at one of them; of one time at
    most `most` wait."""

    horizon_ms: int
    times: int = 4
    most: int = 4_096
    regression: Newton = Newton(len(KNOWN))  # noqa: RUF009

    @property
    def most_bytes(self) -> int:
        """What waits: time, token, what is known and the logit; weights and measures."""
        return 8 * self.most * (self.times + 1) * (len(KNOWN) + 3) + 100_000

    def start(self, state: State | None = None) -> Leaving:
        """One that has learnt nothing, or what `state` says."""
        return Leaving(self, state)

    def known(
        self,
        at_ms: int,
        first_ms: Numbers,
        last_ms: Numbers,
        mean_ms: Numbers,
        visits: Numbers,
    ) -> Numbers:
        """KNOWN, float64[n, 6]: of when the events of a window that ends at `at_ms` were."""
        since, silence = at_ms - first_ms, at_ms - last_ms
        missed = np.minimum(visits * silence / np.maximum(since, 1.0), 10.0)
        falling = 2.0 * (at_ms - mean_ms) / np.maximum(since, 1.0) - 1.0
        horizon = float(self.horizon_ms)
        columns = (
            np.ones(len(since)),
            silence / horizon,
            missed,
            np.log1p(visits) / 2,
            falling,
            np.minimum(since / horizon, 4.0) / 4,
        )
        return np.column_stack(columns)


class Leaving:
    """What `Churn` declares, under way."""

    def __init__(self, kind: Churn, state: State | None = None) -> None:
        self._kind, held = kind, state or {}
        self._regression = kind.regression.start(held.get("regression"))
        self.tally = Tally.from_state(held["tally"]) if held else Tally(1)
        none: dict[str, npt.NDArray[Any]] = {
            "at_ms": np.zeros(0, np.int64), "token": np.zeros(0, np.uint64),
            "known": np.zeros((0, len(KNOWN))), "logit": np.zeros(0),
        }  # fmt: skip
        self._waiting = {name: held["waiting"][name].copy() for name in none} if held else none
        self.examples: int = held.get("examples", 0)
        self.positives: int = held.get("positives", 0)

    @property
    def warm(self) -> bool:
        """Whether it has learnt enough to be asked."""
        return self.examples >= LEAST

    def learn(self, at_ms: int, active: Tokens, known: Numbers) -> Numbers:
        """The risk of each of those who were active in the horizon that ends at `at_ms`. What was said one
        horizon ago is held against who they are, and learnt from."""
        due = self._waiting["at_ms"] == at_ms - self._kind.horizon_ms
        if due.any():
            self._settle({name: of[due] for name, of in self._waiting.items()}, active)
        logit = self._regression.predict(known)
        times, turn = self._kind.times, at_ms // (self._kind.horizon_ms // self._kind.times)
        chosen = np.flatnonzero(places(active, 16) % times == turn % times)[: self._kind.most]
        new = {
            "at_ms": np.full(len(chosen), at_ms), "token": active[chosen],
            "known": known[chosen], "logit": logit[chosen],
        }  # fmt: skip
        # What is older than a horizon was not answered: nothing came when it was due, from anybody.
        kept = self._waiting["at_ms"] > at_ms - self._kind.horizon_ms
        self._waiting = {name: np.concatenate([of[kept], new[name]]) for name, of in self._waiting.items()}
        return sigmoid(logit)

    def pause(self, known: Numbers) -> Numbers:
        """The risk of each. Nothing is learnt, and what waits is let go: the horizon in which it would be
        answered is not to be learnt from."""
        self._waiting = {name: of[:0] for name, of in self._waiting.items()}
        return sigmoid(self._regression.predict(known))

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {
            "regression": self._regression.state(),
            "tally": self.tally.state(),
            "waiting": dict(self._waiting),
            "examples": self.examples,
            "positives": self.positives,
        }

    def told(self) -> dict[str, Any]:
        """How well it foretold, and the weights by name."""
        of = figures(self.tally)
        weights = self._regression.weights.tolist()
        return {
            **{name: getattr(of, name) for name in ("log_loss", "base_log_loss", "auc", "ece")},
            "calibration": [vars(part) for part in calibration(self.tally)],
            "positives": self.positives,
            "learner": {
                "weights": dict(zip(KNOWN, weights, strict=True)),
                "waiting": len(self._waiting["token"]),
            },
        }

    def _settle(self, said: dict[str, npt.NDArray[Any]], active: Tokens) -> None:
        left = (~np.isin(said["token"], active)).astype(float)
        self.tally.add(sigmoid(said["logit"]), left, np.zeros(len(left), np.intp))
        self._regression.learn(said["known"], left)
        self.examples += len(left)
        self.positives += int(left.sum())
