"""The algebra of features: what there is to declare.

A *stored* aggregate has partials: columns of each tile. A *listed* one has bounded lists of items. A
*derived* feature is read from stored ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from features.before import Before
from features.derived import Difference, Rate, Velocity
from features.distinct import Distinct
from features.extremes import First, Last, LastNumber, Max, Min
from features.harmonic import Harmonic
from features.partial import Array, Partial
from features.quantile import Quantile
from features.recent import LastK
from features.sums import Count, DecayedSum, Mean, Sum, Variance
from features.top import TopK


class Stored(Protocol):
    """An aggregate with partials of its own."""

    @property
    def name(self) -> str: ...

    def partials(self) -> tuple[Partial, ...]:
        """The columns that each tile stores."""

    def finalize(self, merged: Mapping[str, Array]) -> Array:
        """The value in a window from its merged partials, which are keyed by their names."""


Feature = (
    Count | Sum | Mean | Variance | DecayedSum | Min | Max | First | Last | LastNumber | Rate | Difference
    | Velocity | TopK | LastK | Harmonic | Distinct | Quantile | Before
)  # fmt: skip
DERIVED = (Rate, Difference, Velocity)
