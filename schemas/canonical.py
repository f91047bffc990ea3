"""How long the canonical Avro encoding of each decoded row is, for a whole batch at once.

Decoders are lenient: they pass over trailing bytes, and over varints that are longer than needed. A datum is
passed on untouched to Flink's Avro reader only if it has exactly the length that its decoded values encode
to, which is a whole second reading of the datum for the price of a few vector operations.

Lengths follow the Avro specification, "Binary encoding": https://avro.apache.org/docs/1.12.0/specification/
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.events import Column

Lengths = npt.NDArray[np.int64]

# A zig-zag varint takes one byte more at each of these magnitudes.
_STEPS = np.array([1 << (7 * k) for k in range(1, 10)], dtype=np.uint64)
_FIXED = {"boolean": 1, "float": 4, "double": 8, "null": 0}


def varint_lengths(values: npt.NDArray[np.int64]) -> Lengths:
    """Bytes of each value as a zig-zag varint.

    >>> varint_lengths(np.array([0, -1, 63, 64, -64, -65, 1_700_000_000_000])).tolist()
    [1, 1, 1, 2, 1, 2, 6]
    """
    signed = values.astype(np.int64, copy=False)
    zigzag = ((signed << 1) ^ (signed >> 63)).view(np.uint64)
    return np.searchsorted(_STEPS, zigzag, side="right").astype(np.int64) + 1


def lengths(batch: pa.RecordBatch, columns: Sequence[Column]) -> Lengths:
    """Canonical bytes of each row of `batch`, whose columns are `columns`. Shape (rows,)."""
    total = np.zeros(batch.num_rows, dtype=np.int64)
    for column, values in zip(columns, batch.columns, strict=True):
        if column.nullable:
            present = values.is_valid().to_numpy(zero_copy_only=False)
            total += 1 + np.where(present, _value_lengths(column.avro, values), 0)
        else:
            total += _value_lengths(column.avro, values)
    return total


def _value_lengths(avro: str, values: pa.Array) -> Lengths | int:
    if avro in _FIXED:
        return _FIXED[avro]
    if avro in ("string", "bytes"):
        sizes = _numpy(pc.binary_length(values))
        return sizes + varint_lengths(sizes)
    return varint_lengths(_numpy(values))


def _numpy(values: pa.Array) -> npt.NDArray[np.int64]:
    if pa.types.is_timestamp(values.type):
        values = values.view(pa.int64())
    if values.null_count:
        values = values.fill_null(0)
    whole: npt.NDArray[np.int64] = values.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return whole
