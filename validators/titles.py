"""What the catalogue says of the title of an event: columns that rules read beside its own, and genres."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from schemas.events import Column
from schemas.titles import SEPARATOR, Title

NO_RUNTIME = 0


class Told(NamedTuple):
    """What is kept of a title: its runtime in ms, NO_RUNTIME for one that has none; and its genres with
    SEPARATOR between them, None for one that has none."""

    runtime_ms: int = NO_RUNTIME
    genres: str | None = None


#: What is told of each title, by its id.
Titles = Mapping[str, Told]
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

_UNKNOWN = Told(runtime_ms=-1)


def told_of(title: Title) -> Told:
    """What `Titles` says of a title."""
    return Told(title.runtime_ms or NO_RUNTIME, SEPARATOR.join(title.genres) or None)


def genres_of(title_ids: Iterable[str | None], titles: Titles) -> list[str | None]:
    """The genres of each id, which may be None; None where the catalogue tells none.

    >>> genres_of(["t1", "t2", None], {"t1": Told(genres="drama,noir")})
    ['drama,noir', None, None]
    """
    get = titles.get
    return [get(i, _UNKNOWN)[1] for i in title_ids]  # type: ignore[arg-type]


def look_up(title_ids: pa.Array, titles: Titles) -> dict[str, pa.Array]:
    """The columns LOOKED_UP for each id, which may be null: all null where there is no catalogue.

    >>> found = look_up(pa.array(["t1", "t2", None]), {"t1": Told(60_000)})
    >>> {name: column.to_pylist() for name, column in found.items()}
    {'title_known': [True, False, None], 'catalogue_runtime_ms': [60000, None, None]}
    """
    if not titles:
        return {
            KNOWN.name: pa.nulls(len(title_ids), pa.bool_()),
            RUNTIME.name: pa.nulls(len(title_ids), pa.int64()),
        }
    get = titles.get
    ids = pl.Series(title_ids).to_list()  # Arrow's own way to texts of Python takes ten times as long
    runtime_ms = np.array([get(i, _UNKNOWN)[0] for i in ids], dtype=np.int64)
    none = title_ids.is_null().to_numpy(zero_copy_only=False)
    return {
        KNOWN.name: pa.array(runtime_ms != _UNKNOWN.runtime_ms, mask=none),
        RUNTIME.name: pa.array(runtime_ms, mask=runtime_ms <= NO_RUNTIME),
    }
