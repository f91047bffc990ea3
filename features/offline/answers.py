"""Features as they were: what a reader would have answered at an instant, for many rows at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from features.listing_layout import list_layouts
from features.merged import rings_of, values
from features.offline.history import list_history, tile_history
from features.offline.log import Log
from features.offline.versions import ASKED, PREFIX
from features.partial import Array
from features.view import View

#: How much is unfolded at once: the tiles of all windows, for as many rows as fit.
_AT_ONCE_BYTES = 1 << 28
_ENDLESS_MS = 1 << 62


def as_of(
    log: Log, view: View, entities: Sequence[Sequence[str]], at_ms: Array, behind_ms: int = 0
) -> dict[str, Array]:
    """Every value of a view for entities, each as of its own instant. Shape (rows,), or (rows, k) for lists.

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
    found = list(in_parts(log, view, entities, at_ms, behind_ms))
    return {name: np.concatenate([of[name] for of in found]) for name in view.value_names}


def in_parts(
    log: Log, view: View, entities: Sequence[Sequence[str]], at_ms: Array, behind_ms: int = 0
) -> Iterator[dict[str, Array]]:
    """What `as_of` gives, some rows after others: long lists for many rows would take gigabytes."""
    forgets = all(feature.forgets for feature in view.listed)
    known_ms = at_ms - behind_ms
    since_ms = int(known_ms.min(initial=_ENDLESS_MS)) - view.reach_ms if forgets else 0
    log.count(view, since_ms, int(known_ms.max(initial=0)))
    keys = [pa.array(column, pa.string()) for column in entities]
    log.database.register(
        ASKED,
        pa.table(
            [pa.array(np.arange(len(at_ms))), pa.array(known_ms), *keys],
            ["row", "at_ms", *(PREFIX + c for c in view.entity)],
        ),
    )
    rings = [tile_history(log, layout, max(lengths.values())) for layout, lengths in rings_of(view)]
    lists = [list_history(log, layout) for layout in list_layouts(view)]
    step = max(1, _AT_ONCE_BYTES // sum(history.row_bytes for history in (*rings, *lists)))
    for start in range(0, max(len(at_ms), 1), step):
        end = min(start + step, len(at_ms))
        of_rings, of_lists = ([one.unfolded(start, end) for one in of] for of in (rings, lists))
        yield values(view, of_rings, of_lists, at_ms[start:end, None])
