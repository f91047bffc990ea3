"""What is measured of each member in a window of event time, and the rows that come of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from online_models.examples import Numbers
from online_models.tokens import Tokens, tokens

#: The event types that tell of conduct, and the columns of them that measures read.
EVENTS = ("play", "pause", "search", "hover")
#: Who and where, as the newest event of the member said it: what a score is told with.
WHO = (
    *("profile_id", "session_id", "device_id", "device_type", "country", "app_version", "utc_offset_min"),
)  # fmt: skip
COLUMNS = ("event_time", "member_id", *WHO, "title_id", "genres")


@dataclass(frozen=True)
class Measure:
    """An aggregate of SQL over the events of a member in a window, a number that is never null."""

    name: str
    sql: str


@dataclass(frozen=True)
class Rows:
    """What members did in a window that ended at `at_ms`, in the order of their ids.

    `who` is JSON of the newest event's time and WHO; `value` float64[n, measures].
    """

    at_ms: int
    member: tuple[str, ...]
    who: tuple[str, ...]
    value: Numbers

    @classmethod
    def read(cls, at_ms: int, batch: Sequence[str]) -> Rows:
        """JSON arrays of member, who and the measures, in any order.

        >>> Rows.read(9, ['["m2", "[8]", 1, 2]', '["m1", "[7]", 3, 4]']).value.tolist()
        [[3.0, 4.0], [1.0, 2.0]]
        """
        told = sorted(json.loads(f"[{','.join(batch)}]"), key=lambda row: str(row[0]))
        value = np.array([row[2:] for row in told], float).reshape(len(told), -1)
        return cls(at_ms, tuple(row[0] for row in told), tuple(row[1] for row in told), value)

    def __len__(self) -> int:
        return len(self.member)

    def tokens(self) -> Tokens:
        """Those of the members."""
        return tokens(self.member)

    def only(self, mask: npt.NDArray[np.bool_]) -> Rows:
        """Those of a mask."""
        there = np.flatnonzero(mask).tolist()
        member, who = (tuple(of[n] for n in there) for of in (self.member, self.who))
        return Rows(self.at_ms, member, who, self.value[mask])
