"""How good a model is, over all and by slice, as a state of arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from online_models.examples import Examples, Numbers
from online_models.measures.figures import calibration, figures
from online_models.measures.slices import ByNewness, ByValue, Slicer
from online_models.measures.tally import BINS, FADE, Tally

#: Of the state.
FORMAT = 3
#: Of its names and arrays: of each of 69 slices three sums by bin and one more, a number and its place each.
MOST_BYTES = 69 * 12 * (3 * BINS + 1) + (2 << ByNewness.BITS) + 62 * 12 * ByValue.LONGEST


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
    the state is of 69 slices at most, each of 3 sums in 128 bins. All are in one tally, the first of them of
    all examples: so there are no more calls of numpy than for that one alone.

    >>> quality = Quality()
    >>> few = Examples.of([(1, "a", 1, "tv"), (2, "b", 0, "tv")], texts=("device_type",))
    >>> quality.add(np.array([0.8, 0.3]), few)
    >>> told = quality.told()
    >>> told["all"]["auc"], list(told["slices"]), list(told["slices"]["device_type"])
    (1.0, ['device_type'], ['tv'])
    """

    def __init__(self, fade: float = FADE) -> None:
        self._slicers = slicers()
        self._tally = Tally(1 + sum(slicer.most for slicer in self._slicers.values()), fade)

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
        places = [np.zeros(len(label), np.intp)]
        for first, _, slicer in self._placed():
            if slicer.column in examples.columns:
                places.append(first + slicer.sort(examples)[of])
        many = len(places)
        self._tally.add(np.tile(predictions, many), np.tile(label, many), np.concatenate(places))

    def told(self) -> dict[str, Any]:
        """As JSON values: figures of `all` and of each slice that has any, and the parts of `calibration`."""
        tally = self._tally
        return {
            "all": figures(tally).to_json(),
            "calibration": [asdict(part) for part in calibration(tally)],
            "slices": {
                name: {
                    of: figures(tally, place).to_json()
                    for place, of in enumerate(slicer.names(), first)
                    if tally.weight[place].any()
                }
                for first, name, slicer in self._placed()
                if tally.weight[first : first + slicer.most].any()
            },
        }

    def state(self) -> dict[str, Any]:
        """All of it, as arrays and JSON values."""
        held = {name: slicer.state() for name, slicer in self._slicers.items()}
        return {"format": FORMAT, "tally": self._tally.state(), "slicers": held}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Quality:
        """What `state` gave. Raises ValueError for another format."""
        if state["format"] != FORMAT:
            raise ValueError(f"quality state has format {state['format']}, this code reads {FORMAT}")
        quality = cls()
        quality._tally = Tally.from_state(state["tally"])
        quality._slicers = slicers(state["slicers"])
        return quality

    def _placed(self) -> Iterator[tuple[int, str, Slicer]]:
        """The place of each slicer's first slice in the tally, its name, and the slicer."""
        first = 1
        for name, slicer in self._slicers.items():
            yield first, name, slicer
            first += slicer.most
