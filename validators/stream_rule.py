"""A rule over many events: what must hold for those of one key within a window of event time, and why.

A rule measures something at an event, looking back over `window_ms` (both ends included), and is broken where
what it measures is above `bound`. Events of one millisecond see one another, unless a kind says otherwise.
What each kind costs in state is told by its docstring: rows are about 200 bytes each on the heap.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.events import EVENT_NAMES
from schemas.topics import DAY_MS, HOUR_MS
from validators.rule import Consumer, Dimension, EventName, Example

#: Events in the order in which they happen, as an example of a rule.
Sequence = Annotated[tuple[Example, ...], Field(min_length=1)]
ColumnName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

#: A violation that goes on is told again in each of these, and once when it begins.
AGAIN_MS = HOUR_MS


class StreamRule(BaseModel):
    """What all kinds have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,47}$", description="What violations are called.")
    on: Literal["*"] | tuple[EventName, ...] = Field(description='Event types, or "*" for all of them.')
    key: ColumnName = Field(description="Whose events are looked at together; never null.")
    window_ms: int = Field(gt=0, description="How far back in event time.")
    bound: float = Field(ge=0, allow_inf_nan=False, description="The most that may be measured.")
    severity: Literal["warn", "abuse"] = Field(
        default="warn", description="warn only tells; abuse flags the key as well."
    )
    flag_ms: int = Field(default=DAY_MS, gt=0, description="How long a flag stands after the violation.")
    dimension: Dimension = Field(description="Which dimension of data quality the rule guards.")
    why: str = Field(min_length=10, description="What goes wrong without the rule, in one sentence.")
    needed_by: tuple[Consumer, ...] = Field(
        default=(),
        description="What would be wrong without it: views, view.feature, every_view, models, every_model.",
    )
    passes: tuple[Sequence, ...] = Field(min_length=1, description="Sequences that break nothing.")
    fails: tuple[Sequence, ...] = Field(min_length=1, description="Sequences that break the rule.")

    @property
    def events(self) -> tuple[str, ...]:
        """The event types that the rule looks at."""
        return EVENT_NAMES if self.on == "*" else self.on

    @property
    def reads(self) -> frozenset[str]:
        """The columns of events that the rule reads, beside `event_time` and `event_id`."""
        return frozenset({self.key})


class Unique(StreamRule):
    """Not more than `bound` events of one key (an id) in a stretch of `window_ms`, whichever way they came.

    Stretches follow one another from the epoch on: what has one time has one stretch, and is told at its end.
    One that comes late counts as long as its stretch lasts.

    State: a count for each key in a stretch.
    """

    kind: Literal["unique"]


class Rate(StreamRule):
    """Not more than `bound` events of a key in the window.

    State: a row for each event of the window.
    """

    kind: Literal["rate"]


class Concurrency(StreamRule):
    """Not more than `bound` different values of a column among the events of a key in the window.

    State: a row for each event of the window.
    """

    kind: Literal["concurrency"]
    of: ColumnName = Field(description="Whose different values are counted.")

    @property
    def reads(self) -> frozenset[str]:
        """Also what is counted."""
        return super().reads | {self.of}


class Order(StreamRule):
    """The last `first` of a key before a `then` is alike in `same`, and within the window.

    With `rising` instead: that column is by at most `bound` less at the `then` than at that `first`; where
    there is no such `first`, nothing is said.

    With `never` the reverse: a `then` must not follow the last `first` of its key if both are alike in
    `same`. Measured is how long after it comes, in ms, so that `bound` is how much of that is allowed.

    State: the last `first` of each key, for as long as the job keeps state, which is longer than the window.
    A key should come back, as devices do: of sessions there are ever more.
    """

    kind: Literal["order"]
    first: EventName
    then: EventName
    same: tuple[ColumnName, ...] = Field(min_length=1)
    rising: ColumnName | None = None
    never: bool = False

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if self.never and self.rising:
            raise ValueError("never and rising exclude one another; leave one out")
        return self

    @property
    def reads(self) -> frozenset[str]:
        """Also what is compared."""
        return super().reads | set(self.same) | ({self.rising} if self.rising else set())


class Velocity(StreamRule):
    """From one event of a key to the next, nobody travels faster than `bound` km/h between two countries.

    Countries are discs about their centroids (`places.csv`), and the way is from edge to edge, less
    `grace_km`: people live at borders. A country that is not in the table is nowhere, and a time below a
    second counts as one. Of two events of one millisecond the first to arrive is the earlier.

    State: the last event of each key, for as long as the job keeps state, which is longer than the window.
    """

    kind: Literal["velocity"]
    place: ColumnName = "country"
    grace_km: float = Field(default=0, ge=0, allow_inf_nan=False)

    @property
    def reads(self) -> frozenset[str]:
        """Also the place."""
        return super().reads | {self.place}


class Agreement(StreamRule):
    """What two sources report of one thing: an event of each of the two types in `on`, alike in `same`, at
    most `window_ms` apart, before or after. The bound is 0: one without the other is one too many.

    The second is missed only where it is not there at all; the first only of keys of which it has reported
    something in the last `spoke_ms`, so that a source that has fallen silent is not told event by event.

    State: a row for each event for twice the window, two times; and the last report of each key.
    """

    kind: Literal["agreement"]
    on: tuple[EventName, EventName]
    same: tuple[ColumnName, ...] = Field(min_length=1)
    spoke_ms: int = Field(gt=0)

    @property
    def reads(self) -> frozenset[str]:
        """Also what is compared."""
        return super().reads | set(self.same)


Kind = Unique | Rate | Concurrency | Order | Velocity | Agreement
AnyStreamRule = Annotated[Kind, Field(discriminator="kind")]


class StreamRuleFile(BaseModel):
    """One YAML file of rules over many events."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[AnyStreamRule, ...]


def json_schema() -> str:
    """The JSON Schema of such a file, for editors, as it stands in `stream_rules/schema.json`."""
    return json.dumps(StreamRuleFile.model_json_schema(), indent=2) + "\n"
