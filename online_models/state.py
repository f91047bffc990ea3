"""States as bytes: a head of JSON, then the arrays as they are in memory. No pickle: bytes are not run.

`HWMS`, the length of the head (u4), the head, then each array, little-endian, in the order of the head. The
head is canonical JSON of the state, an array in it being `{"$array": [type, shape]}`. Equal states are equal
bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

State = dict[str, Any]
#: From the bytes of an older format to what the next one holds, by that format.
Upgrades = Mapping[int, Callable[[State], State]]

_MAGIC = b"HWMS"
_TYPES = ("<f8", "<i8", "<i4", "<u8", "|u1", "|b1")


def to_bytes(state: State, format_version: int) -> bytes:
    """The state, which may be nested. Raises ValueError if a number of it is not finite."""
    arrays: list[npt.NDArray[Any]] = []

    def head_of(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: head_of(value[name]) for name in sorted(value)}
        if not isinstance(value, np.ndarray):
            return value
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ValueError("a state has a number that is not finite")
        arrays.append(value.astype(value.dtype.newbyteorder("<"), copy=False))
        return {"$array": [_known(arrays[-1].dtype.str), list(value.shape)]}

    whole = {"format": format_version, "state": head_of(state)}
    head = json.dumps(whole, allow_nan=False, separators=(",", ":")).encode()
    return b"".join([_MAGIC, struct.pack("<I", len(head)), head, *(a.tobytes() for a in arrays)])


def from_bytes(packed: bytes, format_version: int, upgrades: Upgrades | None = None) -> State:
    """What `to_bytes` was given, brought up to this format. Raises ValueError for what it cannot read."""
    try:
        found, state = _read_text(packed) if packed[:1] == b"{" else _read(packed)
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"these bytes are no model state: {error}") from None
    while found in (upgrades or {}):
        found, state = found + 1, (upgrades or {})[found](state)
    if found != format_version:
        raise ValueError(f"model state has format {found}, this code reads {format_version}")
    return state


def _read(packed: bytes) -> tuple[int, State]:
    if packed[:4] != _MAGIC or len(packed) < 8:
        raise ValueError("they do not begin as one")
    offset = 8 + struct.unpack_from("<I", packed, 4)[0]
    whole = json.loads(packed[8:offset])

    def value_of(head: Any) -> Any:
        nonlocal offset
        if not isinstance(head, dict):
            return head
        if "$array" not in head:
            return {name: value_of(head[name]) for name in sorted(head)}
        kind, shape = head["$array"]
        array = np.frombuffer(packed, _known(kind), int(np.prod(shape)), offset).reshape(shape)
        offset += array.nbytes
        return array.copy()

    state = value_of(whole["state"])
    if offset != len(packed):
        raise ValueError(f"{len(packed) - offset} bytes are more than the head says")
    return whole["format"], state


def _read_text(packed: bytes) -> tuple[int, State]:
    """Format 1 was JSON, and said so within."""
    state = json.loads(packed)
    return state.pop("format"), state


def _known(kind: str) -> str:
    if kind not in _TYPES:
        raise ValueError(f"a state has an array of type {kind}, not of {', '.join(_TYPES)}")
    return kind
