"""Which slice an example is of: by what a column says, or by how often that was seen before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from online_models.examples import Examples
from online_models.tokens import places
from online_models.turns import Codes, earlier

OTHER = "other"


class Slicer(Protocol):
    """Sorts examples into slices, of which there are never more than `most`; it may remember what it saw."""

    most: int
    column: str

    def sort(self, examples: Examples) -> Codes:
        """The place of each one's slice, below `most`, as it comes after those before."""

    def names(self) -> list[str]:
        """Those that there are so far, by place."""

    def state(self) -> dict[str, Any]:
        """What it remembers, as JSON values."""


class ByValue:
    """By what a column of texts says: the first 31 values that it ever said, and `other`.

    >>> by = ByValue("device_type")
    >>> by.sort(Examples.of([(1, "a", 0, "tv"), (2, "b", 0, None)], texts=("device_type",))).tolist()
    [1, 0]
    >>> by.names()
    ['other', 'tv']
    """

    most = 32
    #: Of a value so many characters count, so that no text makes it grow.
    LONGEST = 40

    def __init__(self, column: str, state: Mapping[str, Any] | None = None) -> None:
        self.column = column
        self._place = {name: place for place, name in enumerate(state["names"] if state else [OTHER])}

    def sort(self, examples: Examples) -> Codes:
        """The place of each one's value."""
        return np.array([self._place_of(value) for value in examples.columns[self.column].tolist()], np.intp)

    def _place_of(self, value: str | None) -> int:
        name = OTHER if value is None else value[: self.LONGEST]
        if name not in self._place and len(self._place) < self.most:
            self._place[name] = len(self._place)
        return self._place.get(name, 0)

    def names(self) -> list[str]:
        """`other`, and each value, in characters that can be written."""
        return [name.encode("utf-8", "replace").decode() for name in self._place]

    def state(self) -> dict[str, Any]:
        """Its names."""
        return {"names": list(self._place)}


class ByNewness:
    """`new` while what a column says, such as a member, was seen less than `below` times, then `known`.

    Seen is counted in 2**16 places that values share: one may be taken for known too early, and is the more
    often the more values there are, but never for new too late.
    """

    most = 2
    BITS = 16

    def __init__(self, column: str, below: int = 10, state: Mapping[str, Any] | None = None) -> None:
        self.column, self.below = column, below
        self._seen: npt.NDArray[np.uint8] = (
            state["seen"].copy() if state else np.zeros(1 << self.BITS, np.uint8)
        )

    def sort(self, examples: Examples) -> Codes:
        """0 for new, 1 for known."""
        where = places(examples.tokens(self.column), self.BITS)
        met, many = np.unique(where, return_counts=True)
        known = self._seen[where] + earlier(where) >= self.below
        self._seen[met] = np.minimum(self._seen[met] + many, self.below)
        return known.astype(np.intp)

    def names(self) -> list[str]:
        """Both."""
        return ["new", "known"]

    def state(self) -> dict[str, Any]:
        """How often each place was seen, up to `below`."""
        return {"seen": self._seen.copy()}
