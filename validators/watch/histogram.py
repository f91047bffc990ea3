"""Values in buckets: histograms that merge by adding, and what is left of them for a comparison."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from schemas.quality import NULL
from validators.watch.finding import Cells

OTHER = "other"

#: Below this many expected events a cell says little (W. Cochran, Some methods for strengthening the common
#: chi-squared tests, Biometrics 10, 1954); such cells are compared together.
LEAST_EXPECTED = 5


def bucket(value: str | bool | float | None) -> str:
    """The bucket of a value, as `schemas.quality.Cell` tells it: a text itself, a number its half octave.

    >>> [bucket(value) for value in (None, "tv", True, -3, 0, 1, 1024, 1449)]
    ['null', 'tv', 'true', '<0', '<1', '0', '20', '21']
    """
    if value is None:
        return NULL
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    return "<0" if value < 0 else "<1" if value < 1 else str(math.floor(2 * math.log2(value)))


def histogram(values: Iterable[str | bool | float | None]) -> Counter[str]:
    """How many of the values fall into each bucket."""
    return Counter(map(bucket, values))


def merged(*histograms: Cells) -> Counter[str]:
    """The histogram of all values together."""
    total: Counter[str] = Counter()
    for cells in histograms:
        total.update(cells)
    return total


def comparable(reference: Cells, window: Cells, top: int) -> list[tuple[str, int, int]]:
    """Cells of both, with their counts, in the order of their names: those of the reference of which the
    window can be expected to hold LEAST_EXPECTED events, at most the `top` largest, and one of all others."""
    m, n = sum(reference.values()), sum(window.values())
    enough = [name for name, count in reference.items() if count * n >= LEAST_EXPECTED * m]
    kept = sorted(enough, key=lambda name: (-reference[name], name))[:top]
    rows = [(name, reference[name], window.get(name, 0)) for name in sorted(kept)]
    rest = (m - sum(row[1] for row in rows), n - sum(row[2] for row in rows))
    return rows if rest == (0, 0) else [*rows, (OTHER, *rest)]
