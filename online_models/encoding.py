"""What a model knows of an example, as hashed places and values: the hashing trick.

K. Weinberger, A. Dasgupta, J. Langford, A. Smola, J. Attenberg: Feature hashing for large scale multitask
learning, ICML 2009. Whatever clients write, there are no more places than were declared: they share them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from online_models.examples import Examples, Numbers
from online_models.tokens import Places, Tokens, places


@dataclass(frozen=True)
class Encoded:
    """`index` int32[n, k] below 2**bits and `value` float64[n, k]; padding has the value 0."""

    index: Places
    value: Numbers

    def __len__(self) -> int:
        return len(self.index)

    def only(self, rows: slice) -> Encoded:
        """Those of a slice."""
        return Encoded(self.index[rows], self.value[rows])


class Feature(Hashable, Protocol):
    """Tells something of each example: `width` tokens, each with a value."""

    @property
    def width(self) -> int:
        """How many, the same for every example."""

    def tell(self, examples: Examples) -> tuple[Tokens, Numbers]:
        """Tokens and values, of the shape [n, width]."""


@dataclass(frozen=True)
class Bias:
    """The same of every example: what holds where nothing else is known."""

    width = 1

    def tell(self, examples: Examples) -> tuple[Tokens, Numbers]:
        """One token, and ones."""
        n = len(examples)
        return np.zeros((n, 1), np.uint64), np.ones((n, 1))


def once(feature: Feature, examples: Examples) -> tuple[Tokens, Numbers]:
    """What a feature tells, which crosses and other models are told of the same examples, too."""
    return examples.once(feature, lambda: feature.tell(examples))


def encode(features: Sequence[Feature], examples: Examples, bits: int) -> Encoded:
    """Each feature's tokens in their places, side by side: k is the sum of the widths.

    >>> from online_models.features import Category, Number
    >>> rows = [(7, "b", 1, "tv", 2.0), (7, "a", 0, None, 99.0)]
    >>> few = Examples.of(rows, texts=("device",), numbers=("dwell",))
    >>> encoded = encode([Bias(), Category("device"), Number("dwell", clip=10.0)], few, bits=8)
    >>> encoded.value.tolist()
    [[1.0, 1.0, 10.0], [1.0, 1.0, 2.0]]
    >>> encoded.index[0, 1] == encoded.index[1, 1], encoded.index[0, 2] == encoded.index[1, 2]
    (np.False_, np.True_)
    """
    told = [once(feature, examples) for feature in features]
    tokens = np.concatenate([of for of, _ in told], axis=1)
    return Encoded(places(tokens, bits), np.concatenate([value for _, value in told], axis=1))
