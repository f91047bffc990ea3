"""A watch: what must hold of many events together, declared in YAML and checked by pydantic.

Every kind measures one number a window, of which more is worse, and compares it with `bound`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.events import EVENT_NAMES, EVENTS
from schemas.quality import PARTITION
from validators.rule import Consumer, Dimension, EventName

Slice = Literal["all", "device_type", "country", "app_version", "partition"]
Verdict = Literal["warned", "late", "rejected", "duplicate"]
Severity = Literal["alert", "hard"]


class Frozen(BaseModel):
    """A declaration: nothing in it changes, and it holds nothing that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Base(Frozen):
    """What all kinds have in common.

    An alert is raised when `raise_after` of the last `of_last` windows that could be judged were above the
    bound, and cleared when `clear_after` of those in a row were below `clear_below`, or when of
    `forget_after` in a row nothing could be said: an old app version takes its alerts along.
    """

    #: Whether it asks only how many events there are, which is all that is known of a partition.
    counts_only: ClassVar[bool] = False

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,47}$", description="The rule that an alert names.")
    dimension: Dimension = Field(description="Which dimension of data quality is watched.")
    why: str = Field(min_length=10, description="What goes wrong unseen without the watch, in one sentence.")
    needed_by: tuple[Consumer, ...] = Field(
        default=(), description="Views, view.feature, every_view, models, every_model."
    )
    severity: Severity = Field(default="alert", description="alert tells, hard opens a breaker.")
    on: Literal["*"] | tuple[EventName, ...] = Field(description='Event types, or "*" for all of them.')
    slices: tuple[Slice, ...] = Field(default=("all",), min_length=1, description="Each is watched alone.")
    window_s: int = Field(default=60, ge=60, multiple_of=60, description="Whole minutes, in seconds.")
    bound: float = Field(ge=0, allow_inf_nan=False, description="What is measured may not be above it.")
    clear_below: float = Field(ge=0, allow_inf_nan=False, description="What is well again is below it.")
    least: int = Field(default=200, ge=1, description="Of fewer events in a window nothing is said.")
    raise_after: int = Field(default=2, ge=1, le=60)
    of_last: int = Field(default=3, ge=1, le=60)
    clear_after: int = Field(default=3, ge=1, le=1440)
    forget_after: int = Field(default=60, ge=1, description="Windows of which nothing can be said.")

    @property
    def window_ms(self) -> int:
        """The length of a window."""
        return self.window_s * 1000

    @property
    def events(self) -> tuple[str, ...]:
        """The event types that are watched."""
        return EVENT_NAMES if self.on == "*" else self.on

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.clear_below > self.bound:
            raise ValueError("clear_below is above bound, so an alert would flap; lower it")
        if self.raise_after > self.of_last:
            raise ValueError("raise_after is above of_last, so no alert would be raised; lower it")
        if PARTITION in self.slices and not self.counts_only:
            raise ValueError("slices has partition, of which only volume is known; use silence or volume")
        if self.severity == "hard" and not self.needed_by:
            raise ValueError("a hard watch needs needed_by: whom its breaker protects")
        if unknown := [event for event in self.events if event not in EVENTS]:
            raise ValueError(f"on has {unknown[0]!r}, which is no event type; use {', '.join(EVENT_NAMES)}")
        return self


class Chosen(Base):
    """A watch of those events that have one of `verdicts` or one of `reasons`."""

    verdicts: tuple[Verdict, ...] = ()
    reasons: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _chooses(self) -> Self:
        if bool(self.verdicts) == bool(self.reasons):
            raise ValueError("give either verdicts or reasons: which events are counted")
        return self


class Learning(Base):
    """A watch that learns what is usual: at first from `learn` windows, of which it says nothing, and then
    from every window that is not above the bound. After `accept_after` windows in a row above it, their level
    is the usual one."""

    learn: int = Field(default=20, ge=1, le=1440)
    accept_after: int = Field(default=180, ge=1, description="Windows until a level that stays is usual.")


class OfField(Base):
    """A watch of one field of the events."""

    field: str

    @model_validator(mode="after")
    def _has_field(self) -> Self:
        for event in self.events:
            names = [column.name for column in EVENTS[event].columns]
            if self.field not in names:
                raise ValueError(f"{event} has no field {self.field!r}; use one of {', '.join(names)}")
        return self


class Adaptive(Base):
    """A watch of what ADWIN takes for the mean (`validators.watch.adaptive`)."""

    delta: float = Field(default=0.0005, gt=0, lt=1, description="ADWIN's: smaller alarms less and later.")
    keep: int = Field(default=120, ge=10, le=1440, description="Windows that ADWIN is rebuilt from.")
    accept_after: int = Field(default=720, ge=1, description="Windows until a level that stays is usual.")


class Share(Chosen):
    """The share of events, 0 to 1."""

    kind: Literal["share"]


class MeanShift(Chosen, Adaptive):
    """How far a share has risen above what it was before ADWIN saw it change (`validators.watch.shift`)."""

    kind: Literal["mean_shift"]


class FieldShift(OfField, Adaptive):
    """How many times more, or less, the geometric mean of a field is than before ADWIN saw it change
    (`validators.watch.field_shift`)."""

    kind: Literal["field_shift"]

    @model_validator(mode="after")
    def _is_number(self) -> Self:
        for event in self.events:
            if next(c.avro for c in EVENTS[event].columns if c.name == self.field) not in ("int", "long"):
                raise ValueError(f"field {self.field!r} of {event} is no number; watch another")
        return self


class Silence(Learning):
    """How improbable so few events are: -log10 of their probability, 6 being 1e-6
    (`validators.watch.silence`)."""

    counts_only = True
    kind: Literal["silence"]
    bound: float = Field(default=6.0, ge=0, allow_inf_nan=False)
    clear_below: float = Field(default=3.0, ge=0, allow_inf_nan=False)
    of_usual: float = Field(default=0.5, gt=0, le=1, description="Above this share of usual is not silent.")


class Nulls(Learning, OfField):
    """How far the share of nulls of a field is above its usual (`validators.watch.nulls`)."""

    kind: Literal["nulls"]

    @model_validator(mode="after")
    def _may_be_null(self) -> Self:
        for event in self.events:
            if not next(c.nullable for c in EVENTS[event].columns if c.name == self.field):
                raise ValueError(f"field {self.field!r} of {event} is never null; watch another")
        return self


class Volume(Learning):
    """How many times more, or fewer, events than usual at this hour of the week
    (`validators.watch.volume`)."""

    counts_only = True
    kind: Literal["volume"]
    learn: int = Field(default=20, ge=1, le=60, description="Good minutes of an hour to learn it from.")


class Drift(OfField):
    """How far a field's histogram is from its reference, by PSI or Jensen-Shannon
    (`validators.watch.drift`)."""

    kind: Literal["drift"]
    top: int = Field(default=20, ge=1, le=200, description="The most frequent buckets, each on its own.")
    measure: Literal["psi", "js"] = "psi"
    reference: int = Field(default=5_000, ge=1, description="Events that the reference has at least.")
    learn: int = Field(default=8, ge=1, description="Windows that it has at least, such as those of a day.")


Watch = Annotated[
    Share | MeanShift | FieldShift | Silence | Nulls | Volume | Drift, Field(discriminator="kind")
]


class WatchFile(Frozen):
    """One YAML file of watches."""

    watches: tuple[Watch, ...]
