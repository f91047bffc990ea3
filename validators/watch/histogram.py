"""Values in cells: histograms that merge by adding, and what is left of them for a comparison."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from validators.watch.declare import Buckets
from validators.watch.finding import Cells

NULL, OTHER, ODD = "null", "other", "odd"

#: Below this many expected events a cell says little (W. Cochran, Some methods for strengthening the common
#: chi-squared tests, Biometrics 10, 1954); such cells are compared together.
LEAST_EXPECTED = 5


def cell(value: Any, buckets: Buckets) -> str:
    """The cell of a value, never failing: numbers by the lower end of the cell, in its own units.

    >>> [cell(v, Buckets(by="log")) for v in (1, 1023, 1024, 0, -3, None, "x")]
    ['0', '9', '10', 'zero', 'below', 'null', 'odd']
    >>> cell(-1, Buckets(by="linear", width=10)), cell("tv", Buckets(by="category"))
    ('-1', 'tv')
    """
    if value is None:
        return NULL
    if buckets.by == "category":
        return str(value)
    if not isinstance(value, int | float) or not math.isfinite(value):
        return ODD
    if buckets.by == "linear":
        quotient = value / buckets.width
        return str(math.floor(quotient)) if math.isfinite(quotient) else ODD
    if value <= 0:
        return "zero" if value == 0 else "below"
    return str(math.floor(math.log2(value) * buckets.per_octave))


def histogram(values: Iterable[Any], buckets: Buckets) -> Counter[str]:
    """How many of the values fall into each cell."""
    return Counter(cell(value, buckets) for value in values)


def merged(*histograms: Cells) -> Counter[str]:
    """The histogram of all values together."""
    total: Counter[str] = Counter()
    for cells in histograms:
        total.update(cells)
    return total


def comparable(reference: Cells, window: Cells, top: int | None) -> list[tuple[str, int, int]]:
    """Cells of both, with their counts, in the order of their names: those of the reference of which the
    window can be expected to hold LEAST_EXPECTED events, at most the `top` largest, and one of all others."""
    m, n = sum(reference.values()), sum(window.values())
    enough = [name for name, count in reference.items() if count * n >= LEAST_EXPECTED * m]
    kept = sorted(enough, key=lambda name: (-reference[name], name))[:top]
    rows = [(name, reference[name], window.get(name, 0)) for name in sorted(kept)]
    rest = (m - sum(row[1] for row in rows), n - sum(row[2] for row in rows))
    return rows if rest == (0, 0) else [*rows, (OTHER, *rest)]
