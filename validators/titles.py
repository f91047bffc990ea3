"""What the catalogue says of the title of an event, as columns that rules read beside the event's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from schemas.events import Column
from schemas.titles import Title

#: The runtime in ms of each title by its id; NO_RUNTIME for one that has none.
Titles = Mapping[str, int]
NO_RUNTIME = 0
#: No catalogue at all.
NO_TITLES: Titles = MappingProxyType({})
#: Tells the catalogue of now, which does not change once it was told.
Catalogue = Callable[[], Titles]

#: What an event must have to be looked up.
KEY = "title_id"
#: Whether the catalogue has the title; null where there is no catalogue.
KNOWN = Column("title_known", "boolean", nullable=True)
#: The runtime that the catalogue tells; null where it tells none.
RUNTIME = Column("catalogue_runtime_ms", "long", nullable=True)
LOOKED_UP = (KNOWN, RUNTIME)

_UNKNOWN = -1


def runtime_of(title: Title) -> int:
    """What `Titles` says of a title."""
    return title.runtime_ms or NO_RUNTIME


def look_up(title_ids: pa.Array, titles: Titles) -> dict[str, pa.Array]:
    """The columns LOOKED_UP for each id, which may be null: all null where there is no catalogue.

    >>> found = look_up(pa.array(["t1", "t2", None]), {"t1": 60_000})
    >>> {name: column.to_pylist() for name, column in found.items()}
    {'title_known': [True, False, None], 'catalogue_runtime_ms': [60000, None, None]}
    """
    if not titles:
        return {
            KNOWN.name: pa.nulls(len(title_ids), pa.bool_()),
            RUNTIME.name: pa.nulls(len(title_ids), pa.int64()),
        }
    get = titles.get
    runtime_ms = np.array([get(i, _UNKNOWN) for i in title_ids.to_pylist()], dtype=np.int64)
    none = title_ids.is_null().to_numpy(zero_copy_only=False)
    return {
        KNOWN.name: pa.array(runtime_ms != _UNKNOWN, mask=none),
        RUNTIME.name: pa.array(runtime_ms, mask=runtime_ms <= NO_RUNTIME),
    }
