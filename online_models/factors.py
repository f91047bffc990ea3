"""Matrix factorisation: a vector and a bias for each member and title, learnt by steps down the log-loss.

Y. Koren, R. Bell, C. Volinsky: Matrix factorization techniques for recommender systems, Computer 42 (2009).
With `negatives`, what happened is told apart from titles drawn in proportion to how often each happens (noise
contrastive estimation: M. Gutmann, A. Hyvärinen, AISTATS 2010). Vectors then learn what is beyond popularity,
and the logarithm of a title's share is added where titles are compared: the logQ correction (X. Yi et al.,
RecSys 2019). A title or member without a vector has the vector 0, so a new member gets what is popular.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log
from typing import Any

import numpy as np
import numpy.typing as npt

from online_models.examples import Examples, Numbers
from online_models.ftrl import sigmoid
from online_models.learner import Judged, State
from online_models.table import Room, Slots, Table
from online_models.tokens import Tokens, tokens, uniform

_STRIDE = np.uint64(0xD1B54A32D192ED03)


@dataclass(frozen=True)
class Factors:
    """Columns, rooms for their vectors of `size` numbers, and steps of `rate` over chunks of rows."""

    member: str = "member_id"
    title: str = "title_id"
    members: Room = field(default_factory=lambda: Room(8_192))
    titles: Room = field(default_factory=lambda: Room(4_096))
    size: int = 8
    rate: float = 0.2
    bias_rate: float = 0.02
    l2: float = 0.01
    negatives: int = 0
    chunk: int = 64
    seed: int = 1

    def start(self, state: State | None = None) -> Vectors:
        """One that has learnt nothing, or what `state` says."""
        return Vectors(self, state)

    @property
    def most_bytes(self) -> int:
        """Of each slot its vector, bias, hash, use and count; of each place its rough count."""
        rooms = (self.members, self.titles)
        return sum(8 * (self.size + 4) * (room.slots + 1) + 12 * 2**room.seen_bits for room in rooms)


class Side:
    """Members or titles: their table, vectors and biases; the last row, where slot -1 points, is zero."""

    def __init__(self, room: Room, size: int, state: State | None = None) -> None:
        self.table = Table(room, None if state is None else state["table"])
        self.vector: Numbers = np.zeros((room.slots + 1, size)) if state is None else state["vector"].copy()
        self.bias: Numbers = np.zeros(room.slots + 1) if state is None else state["bias"].copy()

    def admit(self, of: Tokens, counted: npt.NDArray[np.bool_]) -> Slots:
        """The slot of each; a new one's vector is small, and follows from its token alone."""
        slots, new = self.table.admit(of, counted)
        each = self.table.token[new][:, None] + np.arange(self.vector.shape[1], dtype=np.uint64) * _STRIDE
        self.vector[new] = 0.2 * np.sqrt(3.0) * (uniform(each) - 0.5)
        self.bias[new] = 0.0
        return slots

    def release(self, of: Tokens) -> bool:
        """Let go of the vectors of these; whether there were any."""
        slots = self.table.release(of)
        self.vector[slots], self.bias[slots] = 0.0, 0.0
        return bool(len(slots))

    def step(self, slots: Slots, gradient: Numbers, of_vector: Numbers, factors: Factors) -> None:
        """Step down, row by row; rows of one slot add up."""
        size = self.vector.shape[1]
        # One dimension is ten times as fast.
        flat = (slots[:, None] * size + np.arange(size)).ravel()
        np.subtract.at(self.vector.reshape(-1), flat, (factors.rate * of_vector).ravel())
        np.subtract.at(self.bias, slots, factors.bias_rate * gradient)
        self.vector[-1], self.bias[-1] = 0.0, 0.0

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {"table": self.table.state(), "vector": self.vector, "bias": self.bias}


class Vectors:
    """What `Factors` declares, under way. All chance is the seed and how many numbers were `drawn` so far."""

    def __init__(self, kind: Factors, state: State | None = None) -> None:
        self._kind, held = kind, state or {}
        self._members = Side(kind.members, kind.size, held.get("members"))
        self._titles = Side(kind.titles, kind.size, held.get("titles"))
        self._drawn = held.get("drawn", 0)

    def predict(self, examples: Examples) -> Numbers:
        """The logit of each; with negatives, up to a constant the logarithm of the title's chance."""
        members = self._members.table.find(examples.tokens(self._kind.member))
        titles = self._titles.table.find(examples.tokens(self._kind.title))
        logit: Numbers = self._logit(members, titles)
        if not self._kind.negatives:
            return logit
        shares = np.append(self._titles.table.shares, 0.0)
        # One that is in no table is as rare as one can be.
        logit += np.log(np.maximum(shares[titles], 1.0) / max(shares.sum(), 1.0))
        return logit

    def judge(self, examples: Examples) -> Judged:
        """What is predicted of each; with negatives, also of the title of the one before, if that is another.

        Those are drawn in proportion to their shares, too, and are the same whoever is asked.
        """
        texts = examples.tokens(self._kind.title)
        members = self._members.table.find(examples.tokens(self._kind.member))
        titles = self._titles.table.find(texts)
        own = self._logit(members, titles)
        if not self._kind.negatives:
            return Judged(own, examples.label, np.arange(len(own)))
        other = (np.roll(texts, 1) != texts) & (examples.label > 0.0)
        made_up = self._logit(members, np.roll(titles, 1))[other]
        of = np.r_[np.arange(len(own)), np.flatnonzero(other)]
        return Judged(np.r_[own, made_up], np.r_[examples.label, np.zeros(len(made_up))], of)

    def learn(self, examples: Examples) -> Judged:
        """Learn from each and from its negatives; what was predicted of each just before its chunk."""
        kind, n, happened = self._kind, len(examples), examples.label > 0.0
        member = self._members.admit(examples.tokens(kind.member), happened)
        title = self._titles.admit(examples.tokens(kind.title), happened)
        titles = np.column_stack([title, *self._draw(n)])
        members = np.broadcast_to(member[:, None], titles.shape)
        label, counts = np.zeros(titles.shape), np.ones(titles.shape)
        label[:, 0] = examples.label
        # A title is no negative of itself, nor of what did not happen.
        counts[:, 1:] = (titles[:, 1:] != titles[:, :1]) & happened[:, None] & (titles[:, 1:] >= 0)
        logit = np.empty(titles.shape)
        for start in range(0, n, kind.chunk):
            rows = slice(start, start + kind.chunk)
            logit[rows] = self._step(members[rows], titles[rows], label[rows], counts[rows])
        made_up = counts[:, 1:] > 0.0
        return Judged(
            np.concatenate([logit[:, 0], logit[:, 1:][made_up]]),
            np.concatenate([examples.label, np.zeros(np.count_nonzero(made_up))]),
            np.concatenate([np.arange(n), np.nonzero(made_up)[0]]),
        )

    def forget(self, member: str) -> bool:
        """The member's vector."""
        return self._members.release(tokens([member]))

    def state(self) -> dict[str, Any]:
        """Both sides, and how far chance has come."""
        return {"members": self._members.state(), "titles": self._titles.state(), "drawn": self._drawn}

    def told(self) -> dict[str, Any]:
        """How many have vectors."""
        sides = {"members": self._members, "titles": self._titles}
        return {name: int(np.count_nonzero(side.table.used)) for name, side in sides.items()}

    def _logit(self, members: Slots, titles: Slots) -> Numbers:
        of, title = self._members, self._titles
        logit: Numbers = (of.vector[members] * title.vector[titles]).sum(axis=-1)
        logit += of.bias[members] + title.bias[titles]
        return logit

    def _step(self, members: Slots, titles: Slots, label: Numbers, counts: Numbers) -> Numbers:
        kind = self._kind
        offset = log(kind.negatives) if kind.negatives else 0.0
        logit = self._logit(members, titles) - offset
        gradient = ((sigmoid(logit) - label) * counts).ravel()
        m, t, counted = members.ravel(), titles.ravel(), counts.ravel()[:, None]
        u, v, slope = self._members.vector[m], self._titles.vector[t], gradient[:, None]
        self._members.step(m, gradient, slope * v + counted * kind.l2 * u, kind)
        self._titles.step(t, gradient, slope * u + counted * kind.l2 * v, kind)
        return logit

    def _draw(self, n: int) -> list[Slots]:
        """Titles for each of n examples, in proportion to their shares; -1 where there are none at all."""
        if not self._kind.negatives:
            return []
        shape = (self._kind.negatives, n)
        first = self._kind.seed * 2**40 + self._drawn
        numbers = np.arange(first, first + shape[0] * n, dtype=np.uint64)
        self._drawn += shape[0] * n
        below = np.cumsum(self._titles.table.shares)
        if not below[-1]:
            return list(np.full(shape, -1, np.intp))
        chance = uniform(numbers).reshape(shape)
        return list(np.searchsorted(below, chance * below[-1], side="right"))
