"""What is said of data quality: the records of the `quality.*` topics, JSON objects of these fields.

Times are milliseconds since the epoch. A slice is a part of the events of a type, such as those of one
country: its kind is one of SLICES and its value what that column holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import orjson

#: The columns by whose values events are told apart, and `all` for all of them.
SLICES = ("all", "device_type", "country", "app_version")

#: A slice known by offsets alone: the events of a partition of the raw topic, whatever became of them.
PARTITION = "partition"

#: The bucket of a null.
NULL = "null"
#: Of so many events in a row of a partition one is looked at for histograms.
SAMPLED = 8


class Json:
    """A record that is told as a JSON object of its fields."""

    def to_json(self) -> bytes:
        """As it stands in its topic."""
        return orjson.dumps(asdict(self))  # type: ignore[call-overload]

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """What `to_json` told. Raises ValueError, TypeError for anything else."""
        return cls.of(orjson.loads(text))

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """One of these fields, as JSON has them."""
        return cls(**told)


@dataclass(frozen=True)
class Count(Json):
    """How many events of a slice had this verdict, for these reasons, in a minute of ingestion.

    `n` is a total so far: of two counts that differ in nothing else, the greater is the newer. `reasons` are
    separated by commas, and empty where there are none. The verdict is empty where the slice is PARTITION.
    """

    minute_ms: int
    event: str
    slice: str
    value: str
    verdict: str
    reasons: str
    n: int


@dataclass(frozen=True)
class Cell(Json):
    """How many events of a slice had a field in this bucket, in a minute of ingestion: a histogram's cell.

    Only one event in SAMPLED is looked at, of those that count. `n` is a total so far, as in `Count`. The
    bucket of a text is the text, that of a number its half octave, and that of an id the first digit of its
    MD5; NULL stands for null.
    """

    minute_ms: int
    event: str
    field: str
    slice: str
    value: str
    bucket: str
    n: int


@dataclass(frozen=True)
class Violation(Json):
    """What broke a rule over many events: `key` is the member, device or session, `value` what was found
    in `window_ms` up to `at_ms` (event time), `bound` what is allowed; `event_id` is the last event of it."""

    rule: str
    event: str
    key: str
    at_ms: int
    event_id: str
    value: float
    bound: float
    window_ms: int
    detail: str


@dataclass(frozen=True)
class Alert(Json):
    """Something began (`raised`) or ceased (`cleared`) to be wrong: what was measured, and its bound."""

    at_ms: int
    rule: str
    event: str
    slice: str
    value: str
    state: Literal["raised", "cleared"]
    measured: float
    bound: float
    window_ms: int
    dimension: str
    message: str


@dataclass(frozen=True)
class Condition(Json):
    """Whether a hard data-quality condition holds (`open`), and who must not trust their input meanwhile:
    views in `features`, and `models`."""

    name: str
    open: bool
    since_ms: int
    reason: str
    features: tuple[str, ...]
    models: tuple[str, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """One of these fields, as JSON has them.

        >>> closed = Condition("play_rejected", False, 0, "", ("title_engagement",), ())
        >>> Condition.from_json(closed.to_json()) == closed
        True
        """
        return cls(**{**told, **{name: tuple(told[name]) for name in ("features", "models")}})
