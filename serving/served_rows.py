"""The rows of what was served: one for each entity of an answer, in a Parquet file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.view import View
from serving.arrow import column_of
from serving.plan import plan_of
from serving.served_log import Kept

#: What the answer is as of, and when it was given, in ms. They differ where another time was asked for.
AT_MS, READ_MS = "at_ms", "read_ms"


def table(kept: Sequence[Kept]) -> pa.Table:
    """Answers of one view as a table.

    Columns are AT_MS, READ_MS, those of the entity, and, named as in a training set, `<view>__status`,
    `<view>__age_s`, `<view>__generation`, `<view>__version` and `<view>__<value>`.
    """
    answers = [one.answer for one in kept]
    view, rows = answers[0].view, [len(answer.entities) for answer in answers]
    texts = [text.split("|") for answer in answers for text in answer.entities]
    columns = {
        AT_MS: pa.array(np.repeat([one.at_ms for one in kept], rows)),
        READ_MS: pa.array(np.repeat([one.read_ms for one in kept], rows)),
    }
    for place, name in enumerate(view.entity):
        columns[name] = pa.array([unquote(parts[place]) for parts in texts], pa.string())
    told = {
        "status": np.concatenate([answer.status for answer in answers]),
        "age_s": np.concatenate([answer.age_s for answer in answers]),
        "generation": np.repeat([one.generation for one in kept], rows),
        "version": np.full(sum(rows), view.version),
    }
    told |= {name: np.concatenate([answer.values[name] for answer in answers]) for name in answers[0].values}
    return pa.table(columns | {f"{view.name}__{name}": column_of(values) for name, values in told.items()})


def schema(view: View) -> pa.Schema:
    """The columns of a view's files, and their types."""
    found: pa.Schema = table([Kept(plan_of(view).nobody(), 0, 0, 0)]).schema
    return found


def write(kept: Sequence[Kept], file: Path) -> None:
    """Write answers of one view; the file has its name once it is whole, and else there is none."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    try:
        pq.write_table(table(kept), unfinished, compression="zstd")
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)
