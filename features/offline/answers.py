"""Features as they were: what a reader would have answered at an instant, for many rows at once."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from features.groups import changes
from features.listing_layout import list_layouts
from features.merged import rings_of, values
from features.offline.history import History, list_history, tile_history
from features.offline.log import Log
from features.offline.sights import Sights
from features.offline.versions import seen
from features.partial import Array
from features.view import View

#: How much is unfolded at once: the tiles of all windows, for as many rows as fit.
_AT_ONCE_BYTES = 1 << 24
_ENDLESS_MS = 1 << 62


def as_of(
    log: Log, view: View, entities: Sequence[Sequence[str]], at_ms: Array, behind_ms: int = 0
) -> dict[str, Array]:
    """Every value of a view for entities, each as of its own instant. Shape (rows,), or (rows, k) for lists,
    where k is no more than the longest needs.

    `entities` are the columns of the entity, `at_ms` whole numbers of ms. A row has what a reader would have
    answered at its instant, had it seen all events that happened until then, that millisecond included, and
    none that happened later. Windows begin with a tile, as they do for a reader, and end with the instant:
    of each tile that is counted which was known by then. An event that another followed is known with the
    later of the two. So nothing that happens after the instant changes the row.

    It differs from what was answered then by what was on its way: an event that came late by less than the
    gate allows is counted here from its own time on. One that the gate judged late is not counted at all.

    With `behind_ms` it is what a reader so far behind would have answered: windows end with the instant, but
    what became known in the last `behind_ms` is lacking.

    Queries are as many as a view has rings and lists, whatever the rows. ValueError where the log lacks what
    the view reads.
    """
    of_row, parts = in_parts(log, view, entities, at_ms, behind_ms)
    found = list(parts)
    return {name: _together([part[name] for part in found])[of_row] for name in view.value_names}


def in_parts(
    log: Log, view: View, entities: Sequence[Sequence[str]], at_ms: Array, behind_ms: int = 0
) -> tuple[Array, Iterator[dict[str, Array]]]:
    """What `as_of` gives, some after others, since long lists for many rows would take gigabytes: of each
    entity and instant once; and before it where among these each row finds its own."""
    forgets = all(feature.forgets for feature in view.listed)
    known_ms = at_ms - behind_ms
    since_ms = int(known_ms.min(initial=_ENDLESS_MS)) - view.reach_ms if forgets else 0
    log.count(view, since_ms, int(known_ms.max(initial=0)))
    keys = [pa.array(column, pa.string()) for column in entities]
    sights = Sights.of(keys, known_ms)
    sights.ask(log, view.entity, keys)
    try:
        for table, query in seen(view).items():
            log.run(f"CREATE OR REPLACE TEMP TABLE {table} AS\n{query}")
        rings = [tile_history(log, sights, of, max(lengths.values())) for of, lengths in rings_of(view)]
        lists = [list_history(log, sights, of) for of in list_layouts(view)]
    finally:
        for table in seen(view):
            log.run(f"DROP TABLE IF EXISTS {table}")
    now_ms = sights.known_ms + behind_ms
    new = changes(sights.entity, *(now_ms // every for every in _changing_ms(view)))
    histories: list[History] = [*rings, *lists]
    for history in histories:
        new[history.put.sight] = True
    step = max(1, _AT_ONCE_BYTES // sum(history.row_bytes for history in histories))

    def parts() -> Iterator[dict[str, Array]]:
        wanted = np.flatnonzero(new)
        for start in range(0, max(len(wanted), 1), step):
            some = wanted[start : start + step]
            at_ms = now_ms[some, None]
            listed = ChainMap(*(of.values(sights, some, at_ms) for of in lists))
            yield values(view, [ring.tiles(sights, some) for ring in rings], listed, at_ms)

    return (new.cumsum() - 1)[sights.of_row], parts()


def _changing_ms(view: View) -> set[int]:
    """Every how many ms values change of themselves: as tiles leave a window, or all the time."""
    always = {1} if any(partial.merge == "decay" for partial in view.partials) else set[int]()
    return always | {ring.tile_ms for ring in view.rings} | {of.tile_ms or 1 for of in view.listed}


def _together(parts: Sequence[Array]) -> Array:
    """One below the other; lists are as long as the longest of them."""
    if parts[0].ndim > 1:
        longest = max(part.shape[1] for part in parts)
        missing = [np.zeros((len(part), longest - part.shape[1]), part.dtype) for part in parts]
        parts = [np.hstack([part, none]) for part, none in zip(parts, missing, strict=True)]
    return np.concatenate(parts)
