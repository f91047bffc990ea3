"""How far violations have been looked at for flags. What was told before flags nobody again: it may have been
cleared."""

from __future__ import annotations

from collections.abc import Mapping

from flink_jobs.stretches import Lane, Places

#: Under what name it is saved.
FLAGGED = "flagged"


class Flagged:
    """The offset in each partition behind the last violation that has flagged, or had no need to."""

    def __init__(self, places: Places) -> None:
        self.places = dict(places)

    def pass_by(self, lane: Lane, offset: int) -> bool:
        """Take note of a violation; whether it is a new one."""
        if new := offset >= self.places.get(lane, 0):
            self.places[lane] = offset + 1
        return new

    def to_json(self) -> dict[str, int]:
        """Its offsets by partition, as JSON values: all are of one topic."""
        return {str(partition): offset for (_, partition), offset in self.places.items()}

    @classmethod
    def resume(cls, told: Mapping[str, int], otherwise: Places, ends: Places) -> Flagged:
        """One that goes on from what `to_json` told. Where it told nothing, or of more than there is because
        the topic was made anew, it begins at `otherwise`, or at the end where that has nothing.

        >>> lanes = [("quality.violations", partition) for partition in range(4)]
        >>> ends = dict.fromkeys(lanes, 10)
        >>> Flagged.resume({"0": 7, "1": 11}, {lanes[1]: 3, lanes[2]: 4}, ends).to_json()
        {'0': 7, '1': 3, '2': 4, '3': 10}
        """
        known = {lane: told[str(lane[1])] for lane in ends if str(lane[1]) in told}
        return cls(ends | otherwise | {lane: at for lane, at in known.items() if at <= ends[lane]})
