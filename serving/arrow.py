"""Answers as tables of Arrow, and of polars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pyarrow as pa

from features.partial import Array
from serving.answer import Features


def to_arrow(answers: Sequence[Features]) -> pa.Table:
    """Answers for the same entities as one table, a row each.

    Columns are `entity`, and for each answer `<view>__status`, `<view>__age_s` and `<view>__<value>`, as in a
    training set. A list of items is a list of structs. Raises ValueError where entities differ.
    """
    if len({answer.entities for answer in answers}) != 1:
        raise ValueError("a table has one row an entity: the answers must be for the same entities")
    columns = {"entity": pa.array(answers[0].entities, pa.string())}
    for answer in answers:
        told = {"status": answer.status, "age_s": answer.age_s, **answer.values}
        columns |= {f"{answer.view.name}__{name}": column_of(values) for name, values in told.items()}
    return pa.table(columns)


def to_polars(answers: Sequence[Features]) -> pl.DataFrame:
    """The same as a frame of polars."""
    return pl.DataFrame(to_arrow(answers))


def column_of(values: Array) -> pa.Array:
    """Numbers and texts as they are; records of items as a list of structs, without the empty ones."""
    if values.dtype.names is None:
        return _texts(values) if values.dtype.kind == "U" else pa.array(values)
    held = values["item"] != ""
    items = values[held]
    names = list(values.dtype.names)
    columns = [_texts(items[n]) if n == "item" else pa.array(np.ascontiguousarray(items[n])) for n in names]
    ends = np.concatenate([[0], held.sum(axis=-1).cumsum()]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), pa.StructArray.from_arrays(columns, names))


def _texts(values: Array) -> pa.Array:
    # Told, since of none the type would be that of nothing.
    return pa.array(values.astype(object), pa.string())
