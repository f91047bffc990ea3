"""The context of a choice, as numbers: the title's genres, how its profile likes each, and where it
stands."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from online_models.examples import Examples, Numbers
from online_models.tastes import Tastes
from online_models.tokens import Places

_DEVICES = ("tv", "phone", "tablet")
#: A row of a page further down than this is no row.
_LAST_ROW = 20.0


class Seen(NamedTuple):
    """What examples say, as numbers: genres of the title, whose taste it is, and what else there is."""

    genres: Numbers
    places: Places
    rest: Numbers

    def only(self, rows: slice) -> Seen:
        """Those of a slice."""
        return Seen(self.genres[rows], self.places[rows], self.rest[rows])


def short(genres: int) -> int:
    """How many numbers come first that a choice may depend on: genres, tastes and a bias."""
    return 2 * genres + 1


def whole(genres: int) -> int:
    """How many there are, with the device, the row and how the profile likes this title's genres."""
    return short(genres) + len(_DEVICES) + 2


def seen(examples: Examples, tastes: Tastes) -> Seen:
    """All that never changes, whatever is learnt of tastes."""
    device, row = examples.columns["device_type"], examples.columns["row"]
    rest = [
        np.ones(len(examples)),
        *(device == of for of in _DEVICES),
        np.where((row >= 0.0) & (row <= _LAST_ROW), row, 0.0) / 10.0,
    ]
    places = tastes.places(examples, "profile_id")
    return Seen(tastes.shares(examples, "genres"), places, np.column_stack(rest))


def context(of: Seen, tastes: Tastes) -> Numbers:
    """As it is now: float64[n, whole]."""
    taste = tastes.of(of.places)
    return np.column_stack([of.genres, taste, of.rest, (taste * of.genres).sum(axis=1)])
