"""Texts as 64-bit numbers: the same on every machine and in every process, however many texts there are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Tokens = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int32]

_KEY = "headwater.models"
_NOTHING = np.uint64(2**64 - 1)
#: Odd and without a pattern: the fraction of the golden ratio (Knuth, TAOCP 3, 6.4).
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def tokens(texts: Sequence[Any] | npt.NDArray[Any]) -> Tokens:
    """SipHash-2-4 of each text (Aumasson, Bernstein 2012), a loop in C; None is like no text.

    >>> tokens(["tv", None, "tv"]).tolist()
    [5210656840603335110, 18446744073709551615, 5210656840603335110]
    """
    # Where it is needed: pandas takes half a second to import, and commands name models that they do not run.
    from pandas.util import hash_array

    column = np.empty(len(texts), object)
    column[:] = texts
    try:
        # Without looking for the different ones first: that takes longer than to hash them all.
        hashed = hash_array(column, hash_key=_KEY, categorize=False)
    except UnicodeEncodeError:
        # Half of a surrogate pair, which is in no text of Avro.
        column[:] = [t.encode("utf-8", "surrogatepass") if isinstance(t, str) else t for t in column]
        hashed = hash_array(column, hash_key=_KEY, categorize=False)
    hashed[column == None] = _NOTHING  # noqa: E711
    return hashed


@cache
def token(text: str) -> np.uint64:
    """That of one text, such as a name."""
    return np.uint64(tokens([text])[0])


def combined(first: Tokens, second: Tokens) -> Tokens:
    """Of each pair, in this order; what is one of two broadcasts.

    >>> one, two = tokens(["m1"]), tokens(["drama"])
    >>> bool(combined(one, two)[0] == combined(two, one)[0])
    False
    """
    return first * _SPREAD + second


def places(of: Tokens, bits: int) -> Places:
    """A place below 2**bits for each."""
    return ((of * _SPREAD) >> np.uint64(64 - bits)).astype(np.int32)


def uniform(of: Tokens) -> npt.NDArray[np.float64]:
    """A number of [0, 1) for each, as if drawn: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).

    >>> uniform(np.arange(3, dtype=np.uint64)).round(3).tolist()
    [0.883, 0.432, 0.026]
    """
    mixed = (of + np.uint64(1)) * _SPREAD
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
