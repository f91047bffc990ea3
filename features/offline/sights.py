"""What is asked of the past: entities as of instants, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from features.groups import changes
from features.offline.log import Log
from features.partial import Array

#: The table of what is asked: `sight`, its number, `seen_ms`, its instant, `who`, the number of the entity,
#: and the columns of the entity, with PREFIX before each.
ASKED, PREFIX = "asked", "asked_"


@dataclass(frozen=True)
class Sights:
    """Entities as of instants, each pair once, numbered in the order of entity and instant.

    `of_row` is the sight of each row that is asked, `row` a row of each sight, `entity` the number of its
    entity, and `known_ms` its instant.
    """

    of_row: Array
    row: Array
    entity: Array
    known_ms: Array

    @classmethod
    def of(cls, keys: Sequence[pa.Array], known_ms: Array) -> Self:
        """Those of rows, from the columns of their entities and their instants."""
        entity = np.zeros(len(known_ms), dtype=np.int64)
        for key in keys:
            codes = key.dictionary_encode(null_encoding="encode").indices.to_numpy()
            entity = np.unique(entity * len(codes) + codes, return_inverse=True)[1]
        order = np.lexsort((known_ms, entity))
        sorted_entity, sorted_ms = entity[order], known_ms[order]
        new = changes(sorted_entity, sorted_ms)
        of_row = np.empty(len(order), dtype=np.int64)
        of_row[order] = new.cumsum() - 1
        return cls(of_row, order[new], sorted_entity[new], sorted_ms[new])

    def ask(self, log: Log, names: Sequence[str], keys: Sequence[pa.Array]) -> None:
        """Make ASKED of them."""
        columns = {PREFIX + name: key.take(pa.array(self.row)) for name, key in zip(names, keys, strict=True)}
        numbers = {"sight": np.arange(len(self.row)), "who": self.entity, "seen_ms": self.known_ms}
        log.database.register(ASKED, pa.table(columns | {n: pa.array(of) for n, of in numbers.items()}))
