"""What a watch looks at, and what it says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: How many events fell into each cell of a histogram.
Cells = Mapping[str, int]


@dataclass(frozen=True)
class Seen:
    """The events of one slice in the window that ends at `at_ms`: `n` of them, of which `k` are what a watch
    counts; for histograms `cells`."""

    event: str
    slice: str
    value: str
    at_ms: int
    n: int
    k: int = 0
    cells: Cells | None = None


@dataclass(frozen=True)
class Finding:
    """What a watch says of one window of one slice: `failing` is None where it cannot say.

    `measured` above `bound` is failing. `bound` is what the watch declares and, on top, what chance alone
    would do at so few events.
    """

    watch: str
    event: str
    slice: str
    value: str
    measured: float
    bound: float
    window_ms: int
    at_ms: int
    failing: bool | None
    message: str
