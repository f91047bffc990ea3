"""Rows of what was served, as `serving.served_log` keeps them, to be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from features.partial import Array
from features.view import View
from headwater.errors import HeadwaterError
from serving.served_rows import AT_MS, READ_MS, schema

#: Such rows are as events make them, and nothing else: what a recomputation can be held against.
COMPARED = ("fresh", "missing")
#: As of another time than that of the read, as one may ask.
ANOTHER_TIME = "another time"
#: No read takes longer.
_NEAR_MS = 1_000


@dataclass(frozen=True)
class Rows:
    """Of so many that were `read` those that cannot be compared, by why; and of the others a sample."""

    read: int
    apart: Mapping[str, int]
    entities: list[list[str]]
    at_ms: Array
    table: pa.Table

    def values(self, view: View) -> dict[str, list[object]]:
        """Every value of the sample, as plain objects."""
        return {name: self.table[f"{view.name}__{name}"].to_pylist() for name in view.value_names}


def rows_of(view: View, folder: Path, most: int, seed: int = 0) -> Rows:
    """Rows of a view, of which a sample has at most so many. Those as of another time than that of the read
    are apart. Raises HeadwaterError where there are none, or files that are something else."""
    files = sorted(map(str, (folder / view.id).glob("*/*.parquet")))
    if not files:
        told = f"--served {folder} has nothing of {view.id}"
        raise HeadwaterError(told, "give the folder of `headwater serve --log-served`")
    try:
        held = ds.dataset(files, schema=schema(view), format="parquet")
        keys = held.to_table([AT_MS, READ_MS, f"{view.name}__status"])
        why = _why(keys)
        able = np.flatnonzero(np.isin(why, COMPARED))
        if len(able) > most:
            able = np.sort(np.random.default_rng(seed).choice(able, most, replace=False))
        table = held.take(pa.array(able))
    except (OSError, pa.ArrowException) as error:
        told = f"--served {folder} cannot be read ({str(error).splitlines()[0]})"
        raise HeadwaterError(told, "take out what is no such file") from None
    apart = {reason: n for reason, n in Counter(why.tolist()).items() if reason not in COMPARED}
    entities = [table[name].to_pylist() for name in view.entity]
    return Rows(len(keys), apart, entities, table[AT_MS].to_numpy(), table)


def _why(keys: pa.Table) -> Array:
    """Why each is compared, or is not: its status, or that it is as of another time."""
    at_ms, read_ms, status = (column.to_numpy() for column in keys.columns)
    return np.where(abs(read_ms - at_ms) > _NEAR_MS, ANOTHER_TIME, status.astype(np.str_))
