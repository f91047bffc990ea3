"""The kinds of features, as frozen declarations; `names` and their tokens `named` can be told to people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from online_models.encoding import Feature, once
from online_models.examples import Examples, Numbers
from online_models.tokens import Tokens, combined, token, tokens
from schemas.topics import HOUR_MS, MINUTE_MS

DAY_MIN = 1_440


@dataclass(frozen=True)
class Category:
    """A column of texts: each is a feature, and so is none. With `choices`, all others are `other`."""

    column: str
    choices: tuple[str, ...] = ()
    width = 1

    def tell(self, examples: Examples) -> tuple[Tokens, Numbers]:
        """The token of each text, and ones."""
        texts = examples.columns[self.column]
        if self.choices:
            choice = np.array([self._place.get(text, -1) for text in texts], np.intp)
            return self.named[choice][:, None], np.ones((len(texts), 1))
        return (examples.tokens(self.column) + token(self.column))[:, None], np.ones((len(texts), 1))

    @property
    def names(self) -> tuple[str, ...]:
        """Of its choices; none where any text is one."""
        return tuple(f"{self.column}={choice}" for choice in (*self.choices, "other")) if self.choices else ()

    @cached_property
    def named(self) -> Tokens:
        """The tokens of the names."""
        return tokens(self.names)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {choice: place for place, choice in enumerate(self.choices)}


@dataclass(frozen=True)
class Number:
    """A column of numbers as one feature: x/scale, of that log(1 + x) with `log`, within ±clip; 0 for NaN."""

    column: str
    scale: float = 1.0
    log: bool = False
    clip: float = 10.0
    width = 1

    def tell(self, examples: Examples) -> tuple[Tokens, Numbers]:
        """The token of the column, and what it says."""
        value = examples.columns[self.column] / self.scale
        if self.log:
            value = np.log1p(np.maximum(value, 0.0))
        value = np.nan_to_num(np.clip(value, -self.clip, self.clip))[:, None]
        return np.full(value.shape, self.named[0]), value

    @property
    def names(self) -> tuple[str, ...]:
        """That of the column."""
        return (self.column,)

    @cached_property
    def named(self) -> Tokens:
        """The tokens of the names."""
        return tokens(self.names)


@dataclass(frozen=True)
class Logit:
    """A column of chances as their log-odds, within ±clip; where nothing is known, NaN, that is a feature.

    >>> few = Examples.of([(7, "a", 0, 0.5), (7, "b", 0, None), (7, "c", 0, 1.0)], numbers=("rate",))
    >>> rate = Logit("rate")
    >>> [rate.names[rate.named.tolist().index(t)] for t in rate.tell(few)[0][:, 0]]
    ['rate', 'rate=unknown', 'rate']
    >>> rate.tell(few)[1][:, 0].tolist()
    [0.0, 1.0, 6.0]
    """

    column: str
    clip: float = 6.0
    width = 1

    def tell(self, examples: Examples) -> tuple[Tokens, Numbers]:
        """The token of the column and its log-odds, or that of the unknown and one."""
        chance = np.clip(examples.columns[self.column], 0.0, 1.0)
        unknown = np.isnan(chance).astype(np.intp)
        with np.errstate(divide="ignore"):
            odds = np.clip(np.log(chance) - np.log1p(-chance), -self.clip, self.clip)
        return self.named[unknown][:, None], np.where(unknown, 1.0, odds)[:, None]

    @property
    def names(self) -> tuple[str, ...]:
        """That of the column, and of the unknown."""
        return (self.column, f"{self.column}=unknown")

    @cached_property
    def named(self) -> Tokens:
        """The tokens of the names."""
        return tokens(self.names)


@dataclass(frozen=True)
class Bucket:
    """A column of numbers, as the greatest bound that is not above; below all is the first, NaN is `none`.

    >>> few = Examples.of([(7, "a", 0, 3.0), (7, "b", 0, None), (7, "c", 0, -1.0)], numbers=("row",))
    >>> row = Bucket("row", bounds=(0, 2, 4))
    >>> [row.names[row.named.tolist().index(t)] for t in row.tell(few)[0][:, 0]]
    ['row=2', 'row=none', 'row=0']
    """

    column: str
    bounds: tuple[float, ...]
    width = 1

    def tell(self, examples: Examples) -> tuple[Tokens, Numbers]:
        """The token of each one's bucket, and ones."""
        value = examples.columns[self.column]
        bucket = np.maximum(np.searchsorted(self._bounds, value, side="right") - 1, 0)
        bucket[np.isnan(value)] = -1
        return self.named[bucket][:, None], np.ones((len(value), 1))

    @property
    def names(self) -> tuple[str, ...]:
        """By the bounds."""
        return tuple(f"{self.column}={bound}" for bound in (*self.bounds, "none"))

    @cached_property
    def named(self) -> Tokens:
        """The tokens of the names."""
        return tokens(self.names)

    @cached_property
    def _bounds(self) -> Numbers:
        return np.array(self.bounds, float)


@dataclass(frozen=True)
class HourOfDay:
    """The hour in which the event happened: UTC, or that on the wall, so many minutes ahead."""

    offset_min: str | None = None
    width = 1
    names = tuple(f"hour={hour}" for hour in range(24))

    def tell(self, examples: Examples) -> tuple[Tokens, Numbers]:
        """The token of each one's hour, and ones."""
        time_ms = examples.event_time_ms
        if self.offset_min is not None:
            ahead_min = np.nan_to_num(np.clip(examples.columns[self.offset_min], -DAY_MIN, DAY_MIN))
            time_ms = time_ms + ahead_min.astype(np.int64) * MINUTE_MS
        return self.named[time_ms // HOUR_MS % 24][:, None], np.ones((len(examples), 1))

    @cached_property
    def named(self) -> Tokens:
        """The tokens of the names."""
        return tokens(self.names)


@dataclass(frozen=True)
class Each:
    """A column of texts with parts, such as genres: each of the first `most` of a text is a feature.

    With `mean` they weigh together what one alone does.
    """

    column: str
    sep: str = ","
    most: int = 3
    mean: bool = False

    @property
    def width(self) -> int:
        """One for each part."""
        return self.most

    def tell(self, examples: Examples) -> tuple[Tokens, Numbers]:
        """The token of each part, and ones; zeros where there are less."""
        # Not by pandas.factorize, to which a text ends where a NUL is.
        texts = examples.columns[self.column].tolist()
        codes = {text: code for code, text in enumerate(dict.fromkeys(texts))}
        parts = [_parts(text, self.sep)[: self.most] for text in codes]
        there = np.array([[place < len(of) for place in range(self.most)] for of in parts], bool)
        there = there.reshape(-1, self.most)
        of = np.zeros(there.shape, np.uint64)
        of[there] = tokens([part for each in parts for part in each]) + token(self.column)
        rows = np.array([codes[text] for text in texts], np.intp)
        value = there.astype(float)
        if self.mean:
            value /= np.maximum(there.sum(axis=1, keepdims=True), 1)
        return of[rows], value[rows]


@dataclass(frozen=True, init=False)
class Cross:
    """Features together, such as a member and a genre: each combination is a feature of its own."""

    of: tuple[Feature, ...]

    def __init__(self, *of: Feature) -> None:
        object.__setattr__(self, "of", of)

    @property
    def width(self) -> int:
        """One for each combination."""
        return prod(feature.width for feature in self.of)

    def tell(self, examples: Examples) -> tuple[Tokens, Numbers]:
        """Tokens of combinations, and the products of their values."""
        crossed, value = once(self.of[0], examples)
        for feature in self.of[1:]:
            more, values = once(feature, examples)
            shape = len(more), crossed.shape[1] * more.shape[1]
            crossed = combined(crossed[:, :, None], more[:, None, :]).reshape(shape)
            value = (value[:, :, None] * values[:, None, :]).reshape(shape)
        return crossed, value


def _parts(text: object, sep: str) -> list[str]:
    return [part for part in text.split(sep) if part] if isinstance(text, str) else []
