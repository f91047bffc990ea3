"""What came of a simulated stream: each hover that was taken or not, each viewing completed or not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt

from features.offline import Log
from headwater.experiments.looked_up import Seen, looked_up
from headwater.traffic import choice
from headwater.traffic.population import World, make_world
from headwater.traffic.sessions import Happening, happenings
from online_models.catalog import COMPLETION, MODELS, TAKE
from online_models.examples import Examples, Numbers, Rows, Times
from online_models.known import Known
from online_models.labels import COMPLETED
from online_models.outcome import OUTCOMES
from schemas.codec import Record
from schemas.titles import SEPARATOR

#: A Tuesday in 2026. Simulated time begins here, whatever the clock says.
START_MS = 1_780_000_000_000
#: What models of the catalogue may read.
TEXTS = tuple(dict.fromkeys(name for outcome in OUTCOMES for name in outcome.texts))
NUMBERS = tuple(dict.fromkeys(name for outcome in OUTCOMES for name in outcome.numbers))
KNOWN = tuple(dict.fromkeys(known.name for model in MODELS.values() for known in model.known))


@dataclass(frozen=True)
class Outcomes:
    """Examples, and beside each what no model sees: the true `chance` of its label, when that was `known_ms`,
    and the `page` that it was on."""

    examples: Examples
    chance: Numbers
    known_ms: Numbers
    page: Numbers

    def __len__(self) -> int:
        return len(self.examples)

    @property
    def shown_ms(self) -> Times:
        """When the first of each one's page was looked at."""
        times = self.examples.event_time_ms
        _, place, of = np.unique(self.page, return_index=True, return_inverse=True)
        shown: Times = times[place][of]
        return shown

    def at_head(self) -> Outcomes:
        """Takes as a ranker asks for them: as if each stood at the head of the page, and nobody knew how long
        it will be looked at. What is taken is looked at last: it stood behind all that was passed over."""
        columns = self.examples.columns
        chance = choice.at_head(self.chance, columns["row"], columns["rank"])
        first, unknown = np.zeros(len(self)), np.full(len(self), np.nan)
        columns = {**columns, "row": first, "rank": first, "dwell_ms": unknown}
        return replace(self, examples=replace(self.examples, columns=columns), chance=chance)

    def only(self, rows: Rows) -> Outcomes:
        """Those of a mask, of places, or of a slice."""
        return Outcomes(self.examples.only(rows), self.chance[rows], self.known_ms[rows], self.page[rows])


@dataclass(frozen=True)
class Plan:
    """What to simulate: so many events a second of so many members and titles, for so long.

    `new_titles` come out meanwhile; tastes turn once in `turn_s`, or never.
    """

    rate_per_s: int
    seconds: int
    members: int
    titles: int
    new_titles: int = 0
    turn_s: float | None = None
    seed: int = 7

    def world(self) -> World:
        """The same for the same plan."""
        rng = Random(f"world/{self.seed}")
        return make_world(rng, self.members, self.titles, self.new_titles, self.seconds, self.turn_s)


def simulate(plan: Plan, delay_ms: int = 1_000) -> tuple[Outcomes, Outcomes]:
    """Takes, by hover, and completions, by the play that begins a viewing; the same for the same plan.

    With what views said of each `delay_ms` before its page was shown: so long may an event take into a view.
    """
    world = plan.world()
    genres = {t.title_id: SEPARATOR.join(sorted(t.genres)) for t in world.titles}
    seen = Seen([*TAKE.known, *COMPLETION.known])
    stream = happenings(world, plan.rate_per_s, plan.seconds, START_MS, plan.seed)
    takes, completions = outcomes(seen.passing(stream), genres)
    log = seen.log(genres)
    return _knowing(takes, log, TAKE.known, delay_ms), _knowing(completions, log, COMPLETION.known, delay_ms)


def _knowing(of: Outcomes, log: Log, wanted: Sequence[Known], delay_ms: int) -> Outcomes:
    told = looked_up(log, wanted, of.examples.columns, of.shown_ms - delay_ms)
    return replace(of, examples=replace(of.examples, columns={**of.examples.columns, **told}))


def outcomes(stream: Iterable[Happening], genres: dict[str, str]) -> tuple[Outcomes, Outcomes]:
    """Takes and completions among events. What a session did next tells whether a hover was taken: then its
    outcome is known. One of which nothing was told until the end is left out."""
    takes: list[tuple[Any, ...]] = []
    viewings: list[tuple[Any, ...]] = []
    looked: dict[str, tuple[Record, float]] = {}
    begun: dict[str, tuple[Record, float]] = {}
    left: dict[str, Record] = {}
    pages: dict[str, int] = {}
    number = count()
    for event, record, chance in stream:
        session, now_ms = record["session_id"], record["event_time"]
        if (hover := looked.pop(session, None)) is not None:
            taken = event == "play" and not record["autoplay"]
            takes.append(_row(*hover, taken, now_ms, pages[session], genres))
        if event != "hover" or session not in pages:
            pages[session] = next(number)
        if event == "hover" and chance is not None:
            looked[session] = record, chance
        elif event == "play" and chance is not None:
            begun[session] = record, chance
        elif event == "pause":
            left[session] = record
        elif event == "playback_health" and session in begun:
            last = left[session]
            completed = last["position_ms"] >= COMPLETED * last["runtime_ms"]
            viewings.append(_row(*begun.pop(session), completed, now_ms, len(viewings), genres))
    return _of(takes), _of(viewings)


def _row(
    record: Record, chance: float, label: bool, known_ms: int, page: int, genres: dict[str, str]
) -> tuple[Any, ...]:
    told = record | {"genres": genres[record["title_id"]]}
    columns = [told.get(name) for name in (*TEXTS, *NUMBERS)]
    return (record["event_time"], record["event_id"], float(label), *columns, chance, known_ms, page)


def _of(rows: list[tuple[Any, ...]]) -> Outcomes:
    beside = ("chance", "known_ms", "page")
    made = Examples.of(rows, texts=TEXTS, numbers=(*NUMBERS, *beside))
    columns: dict[str, npt.NDArray[Any]] = dict(made.columns)
    chance, known_ms, page = (np.asarray(columns.pop(name)) for name in beside)
    return Outcomes(Examples(made.event_time_ms, made.label, columns), chance, known_ms, page)
