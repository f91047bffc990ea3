"""What comes next, from what was last: such as the throughput of a session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.listing import Held
from features.partial import Array
from features.recent import LastK


@dataclass(frozen=True, kw_only=True)
class Harmonic(LastK):
    """The harmonic mean of a number of the last `k` events: of rates, such as throughput, what they come to
    over equal amounts, and little moved by one that is far too high. NaN where there is none above 0.

    J. Jiang, V. Sekar, H. Zhang: Improving fairness, efficiency, and stability in HTTP-based adaptive video
    streaming with FESTIVE, CoNEXT 2012; of the last five: X. Yin et al., SIGCOMM 2015. `of` tells events
    apart, so that one that comes twice counts once.
    """

    with_: str
    size_bytes: int = 36

    def finalize(self, held: Held) -> dict[str, Array]:
        """A float for each entity."""
        last = super().finalize(held)[self.name]
        told = (last["item"] != "") & (last["value"] > 0)
        slowness = np.divide(1.0, last["value"], out=np.zeros(told.shape), where=told).sum(axis=-1)
        many = told.sum(axis=-1)
        return {self.name: np.divide(many, slowness, out=np.full(len(many), np.nan), where=many > 0)}
