"""What models learn from: an event, what was known when it happened, and whether another followed it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from online_models.examples import Examples
from online_models.known import Known, read

#: Who, what and where: the columns that both kinds of outcome tell.
_TEXTS = ("member_id", "profile_id", "title_id", "genres", "device_type", "country")


@dataclass(frozen=True)
class Outcome:
    """Events `of` one type, and whether one `by` another, with equal columns `on`, followed within a window.

    It becomes known when the window closes, and not earlier for those that were followed: were they learnt at
    once and the others only then, a model would believe that more is followed than is.
    """

    name: str
    of: str
    by: str
    on: tuple[str, ...]
    texts: tuple[str, ...]
    numbers: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """What a row of a batch holds, in this order; `followed` is 1 or 0, `known` a text or null."""
        return ("event_time", "event_id", "followed", *self.texts, "known", *self.numbers)

    def examples(self, batch: Sequence[str], known: Sequence[Known] = ()) -> Examples:
        """The rows of a batch, JSON arrays in any order; the label is whether they were followed.

        >>> viewing = '[7, "b", 0, "m1", "p1", "t1", "drama", "tv", null, null, 600000, 5400000, 60]'
        >>> VIEWINGS.examples([viewing]).columns["position_ms"].tolist()
        [600000.0]
        """
        rows = json.loads(f"[{','.join(batch)}]")
        told = Examples.of(rows, (*self.texts, "known"), self.numbers)
        columns = dict(told.columns)
        texts = columns.pop("known").tolist()
        return replace(told, columns=columns | read(texts, known))


#: A title had the focus: was it played?
OFFERS = Outcome(
    "offers",
    of="hover",
    by="play",
    on=("member_id", "title_id"),
    texts=(*_TEXTS, "artwork"),
    numbers=("row", "rank", "dwell_ms", "utc_offset_min", "artwork_propensity"),
)

#: A title was paused: was it taken up again in this session? If not, that is how much was seen.
VIEWINGS = Outcome(
    "viewings",
    of="pause",
    by="play",
    on=("session_id", "title_id"),
    texts=_TEXTS,
    numbers=("position_ms", "runtime_ms", "utc_offset_min"),
)

OUTCOMES = (OFFERS, VIEWINGS)
