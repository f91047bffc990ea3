"""What a read answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.partial import Array
from features.view import View


@dataclass(frozen=True)
class Features:
    """The answer for some entities, row by row in the order asked.

    `age_s` is the time since the entity's newest event, NaN where there is none. `status` is `not computed`
    (the running job leaves the view out), `rebuilding` (the features are being counted again from the log, or
    Redis was emptied and nobody has begun to, so any value may lack events), `degraded` (a hard data-quality
    condition holds for what the view is made of, so no value can be trusted), `missing` (no event within the
    longest window that was read), `stale` (the newest event behind the whole view is older than its SLO, so
    the values may lack recent events) or `fresh`.
    """

    view: View
    entities: tuple[str, ...]
    values: dict[str, Array]
    age_s: npt.NDArray[np.float64]
    status: npt.NDArray[np.str_]

    def as_dicts(self) -> list[dict[str, Any]]:
        """One plain object an entity, for JSON; NaN becomes None, and a list of items a list of objects."""
        return [
            {
                "view": self.view.name,
                "version": self.view.version,
                "entity": entity,
                "status": str(self.status[i]),
                "age_s": _plain(self.age_s[i]),
                "values": {name: _plain(column[i]) for name, column in self.values.items()},
            }
            for i, entity in enumerate(self.entities)
        ]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [dict(zip(value.dtype.names or (), row, strict=True)) for row in value.tolist() if row[0]]
    plain = value.item()
    return None if isinstance(plain, float) and np.isnan(plain) else plain
