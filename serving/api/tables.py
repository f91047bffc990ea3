"""Answers as tables: columns for JSON, or streams of Arrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from features.partial import Array
from serving.answer import Features
from serving.arrow import to_arrow

# With its first array pyarrow imports pandas: a second of the processor, for which no request should wait.
pa.array([])


def columns(
    now_ms: int, names: Sequence[Sequence[str]], answers: Sequence[Sequence[Features]]
) -> dict[str, Any]:
    """Tables of views, by the names that were asked, for `as_json`."""
    tables = [
        {
            "entities": of_table[0].entities,
            "views": {name: _columns(answer) for name, answer in zip(asked, of_table, strict=True)},
        }
        for asked, of_table in zip(names, answers, strict=True)
    ]
    return {"now_ms": now_ms, "tables": tables}


def arrow(answers: Sequence[Sequence[Features]]) -> bytes:
    """A stream for each table, one after the other."""
    sink = pa.BufferOutputStream()
    for of_table in answers:
        table = to_arrow(of_table)
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
    found: bytes = sink.getvalue().to_pybytes()
    return found


def _columns(answer: Features) -> dict[str, Any]:
    return {
        "version": answer.view.version,
        "status": answer.status.tolist(),
        "age_s": answer.age_s,
        "values": {name: _column(values) for name, values in answer.values.items()},
    }


def _column(values: Array) -> Any:
    """What orjson writes: arrays of numbers as they are, lists of items as objects."""
    if values.dtype.names:
        return [
            [dict(zip(values.dtype.names, item, strict=True)) for item in row if item[0]]
            for row in values.tolist()
        ]
    return values.tolist() if values.dtype.kind == "U" else np.ascontiguousarray(values)
