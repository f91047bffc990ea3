"""How good a model is, over all and by slice, as a state of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from online_models.examples import Examples, Numbers
from online_models.measures.figures import calibration, figures
from online_models.measures.slices import ByNewness, ByValue, Slicer
from online_models.measures.tally import BINS, FADE, Tally

#: Of the state.
FORMAT = 2
#: Of its names and arrays: of each of 69 slices three sums by bin and one more, a number and its place each.
MOST_BYTES = 69 * 12 * (3 * BINS + 1) + 2 * ByNewness.PLACES + 62 * 12 * ByValue.LONGEST


def slicers(state: Mapping[str, Any] | None = None) -> dict[str, Slicer]:
    """By country, kind of device, and whether member and title are new; as they were, with a state."""
    held = state or {}
    return {
        "country": ByValue("country", held.get("country")),
        "device_type": ByValue("device_type", held.get("device_type")),
        "member": ByNewness("member_id", state=held.get("member")),
        "title": ByNewness("title_id", state=held.get("title")),
    }


class Quality:
    """Prequential figures of a model: each prediction is told here with what came of it, before it is learnt.

    A slice by a column that the examples do not have is left out. However many examples and values there are,
    the state is of at most 33 slices a column, each of 3 sums in 128 bins.

    >>> quality = Quality()
    >>> few = Examples.of([(1, "a", 1, "tv"), (2, "b", 0, "tv")], texts=("device_type",))
    >>> quality.add(np.array([0.8, 0.3]), few)
    >>> told = quality.told()
    >>> told["all"]["auc"], list(told["slices"]), list(told["slices"]["device_type"])
    (1.0, ['device_type'], ['tv'])
    """

    def __init__(self, fade: float = FADE) -> None:
        self._fade = fade
        self._all = Tally(1, fade)
        self._slicers = slicers()
        self._tallies: dict[str, Tally] = {}

    def add(
        self,
        predictions: Numbers,
        examples: Examples,
        label: Numbers | None = None,
        of: npt.NDArray[np.intp] | None = None,
    ) -> None:
        """Take in probabilities, and the examples that they were made for.

        Where there are more of them, as of titles that were not chosen, `label` is what came of each, and
        `of` the place of its example, whose slices it shares.
        """
        label = examples.label if label is None else label
        of = np.arange(len(label)) if of is None else of
        self._all.add(predictions, label, np.zeros(len(label), np.intp))
        for name, slicer in self._slicers.items():
            if slicer.column in examples.columns:
                tally = self._tallies.setdefault(name, Tally(slicer.most, self._fade))
                tally.add(predictions, label, slicer.sort(examples)[of])

    def told(self) -> dict[str, Any]:
        """As JSON values: figures of `all` and of each slice that has any, and the parts of `calibration`."""
        return {
            "all": figures(self._all).to_json(),
            "calibration": [asdict(part) for part in calibration(self._all)],
            "slices": {
                name: {
                    of: figures(tally, place).to_json()
                    for place, of in enumerate(self._slicers[name].names())
                    if tally.weight[place].any()
                }
                for name, tally in ((n, self._tallies[n]) for n in self._slicers if n in self._tallies)
            },
        }

    def state(self) -> dict[str, Any]:
        """All of it, as arrays and JSON values."""
        return {
            "format": FORMAT,
            "fade": self._fade,
            "all": self._all.state(),
            "tallies": {name: tally.state() for name, tally in self._tallies.items()},
            "slicers": {name: slicer.state() for name, slicer in self._slicers.items()},
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Quality:
        """What `state` gave. Raises ValueError for another format."""
        if state["format"] != FORMAT:
            raise ValueError(f"quality state has format {state['format']}, this code reads {FORMAT}")
        quality = cls(state["fade"])
        quality._all = Tally.from_state(state["all"])
        quality._tallies = {name: Tally.from_state(of) for name, of in state["tallies"].items()}
        quality._slicers = slicers(state["slicers"])
        return quality
