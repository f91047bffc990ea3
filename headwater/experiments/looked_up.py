"""What views said when each page was shown, of a simulated stream: columns as the log of facts has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace

import numpy as np
import pyarrow as pa

from features.catalog import NAMED
from features.derived import Rate
from features.offline import Log, as_of
from features.view import View
from headwater.traffic.sessions import Happening
from online_models.examples import Numbers, Times
from online_models.known import Known
from schemas.codec import Record
from schemas.events import EVENTS
from schemas.titles import GENRES
from serving.look_up import Columns, asked

_TYPES = {"string": pa.string(), "long": pa.int64(), "int": pa.int64(), "boolean": pa.bool_()}


class Seen:
    """The events of a stream that views count, as they pass: their columns, of each type."""

    def __init__(self, wanted: Sequence[Known]) -> None:
        views = [NAMED[name] for name in dict.fromkeys(of.view for of in wanted)]
        reads = frozenset[str]().union(*(view.reads for view in views))
        self._columns: dict[str, dict[str, list[object]]] = {
            event: {c.name: [] for c in EVENTS[event].columns if c.name in reads}
            for event in dict.fromkeys(name for view in views for name in view.sources)
        }

    def passing(self, stream: Iterable[Happening]) -> Iterator[Happening]:
        """The same stream."""
        for happening in stream:
            event, record, _ = happening
            if (columns := self._columns.get(event)) is not None:
                self._add(columns, record)
            yield happening

    def log(self, genres: Mapping[str, str]) -> Log:
        """All that has passed, with the genres of its titles."""
        return Log.of({event: _table(event, of, genres) for event, of in self._columns.items()})

    @staticmethod
    def _add(columns: dict[str, list[object]], record: Record) -> None:
        for name, column in columns.items():
            column.append(record.get(name))


def looked_up(log: Log, wanted: Sequence[Known], columns: Columns, at_ms: Times) -> dict[str, Numbers]:
    """A column for each Known, of examples with these columns, as a reader would have had it `at_ms`."""
    found: dict[str, Numbers] = {}
    for of in asked(wanted, columns):
        narrow = _narrowed(of.view, {known.value for known in of.wanted})
        values = as_of(log, narrow, of.columns, at_ms[of.rows])
        found |= of.told(values, np.ones(len(of.rows), bool), len(at_ms))
    return found


def _narrowed(view: View, values: Set[str]) -> View:
    """With no more than these values take: to compute the others would take several times as long."""
    windows = {
        w: tile for w, tile in view.windows.items() if any(value.endswith(f"_{w}") for value in values)
    }
    wanted = [f for f in view.features if values & {f.name, *(f"{f.name}_{w}" for w in windows)}]
    behind = {name for f in wanted if isinstance(f, Rate) for name in (f.numerator, f.denominator)}
    kept = tuple(f for f in view.features if f in wanted or f.name in behind)
    return replace(view, windows=windows or view.windows, features=kept)


def _table(event: str, columns: Mapping[str, Sequence[object]], genres: Mapping[str, str]) -> pa.Table:
    types = {c.name: _TYPES[c.avro] for c in EVENTS[event].columns if c.name in columns}
    made = {name: pa.array(column, types[name]) for name, column in columns.items()}
    if "title_id" in columns:
        made[GENRES.name] = pa.array([genres[str(title)] for title in columns["title_id"]], pa.string())
    made["verdict"] = pa.array(["valid"] * len(made["event_time"]), pa.string())
    return pa.table(made)
