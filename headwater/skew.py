"""Skew: whether values that were served are those that the same events make offline, value by value."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from features.offline import Log, as_of
from features.partial import Array
from features.view import View
from headwater.served_rows import Rows
from headwater.skew_value import Compared, Values
from serving.arrow import column_of
from serving.plan import plan_of

#: How many delays are tried of those that an event may have on its way.
STEPS = 20
Told = dict[str, list[object]]


def skew(
    view: View,
    rows: Rows,
    log: Log,
    tolerance: float,
    settle_ms: int,
    on_step: Callable[[int], None] = lambda done: None,
) -> list[Compared]:
    """How every value of a view fared: as it was served, and as of the same instants by the events of a log.

    What was served later than the log knows of is not told from what is wrong. ValueError where the log
    lacks what the view reads.
    """
    keys, at_ms = rows.entities, rows.at_ms
    offline, served = _offline(log, view, keys, at_ms), rows.values(view)
    values = {name: Values(served[name], offline[name], tolerance) for name in view.value_names}
    for step in range(1, STEPS + 1):
        on_step(step)
        unsure = np.flatnonzero(np.logical_or.reduce([of.differs for of in values.values()]))
        if not len(unsure) or not settle_ms:
            break
        of_these = [[column[row] for row in unsure] for column in keys]
        then = _offline(log, view, of_these, at_ms[unsure], settle_ms * step // STEPS)
        for name, of in values.items():
            of.behind(unsure, then[name])
    nobody = plan_of(view).nobody().values
    at = list(zip(zip(*keys, strict=True), at_ms.tolist(), strict=True))
    return [of.compared(name, at, *_plain(nobody[name])) for name, of in values.items()]


def _offline(log: Log, view: View, keys: Sequence[Sequence[str]], at_ms: Array, behind_ms: int = 0) -> Told:
    found = as_of(log, view, keys, at_ms, behind_ms)
    return {name: _plain(column) for name, column in found.items()}


def _plain(column: Array) -> list[object]:
    """As it is read of a file."""
    found: list[object] = column_of(column).to_pylist()
    return found
