"""What the gate would say of set-aside records if they came to it again now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from headwater.quarantine.record import Held
from schemas import topics
from schemas.events import EVENT_NAMES
from validators.judge import REJECTED, judge, names_of
from validators.ruleset import RuleSet
from validators.titles import NO_TITLES, Titles


class Forecast(NamedTuple):
    """A verdict, and the reasons of it. `valid` may turn out as `duplicate`: only the gate knows the ids."""

    verdict: str
    reasons: tuple[str, ...]

    @property
    def passes(self) -> bool:
        """Whether the record would not be set aside again."""
        return self.verdict != REJECTED


def forecast(
    records: Sequence[Held], now_ms: int, rules: RuleSet, titles: Titles = NO_TITLES
) -> list[Forecast]:
    """The verdict of each record of quarantine, if the broker took it again at `now_ms`."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, held in enumerate(records):
        rows[topics.event_of(held.topic)].append(row)
    of_event = {e: np.array(rows[e], dtype=np.intp) for e in EVENT_NAMES if rows[e]}
    frames = [held.value for held in records]
    judged = judge(of_event, frames, np.full(len(records), now_ms, dtype=np.int64), rules, titles)
    return [
        Forecast(verdict, tuple(names_of(reasons)))
        for verdict, reasons in zip(judged.verdict, judged.reasons, strict=True)
    ]
