"""``headwater experiment``: how good models are on a simulated stream, without Kafka, Flink or Redis."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from headwater.commands.runtime import Json
from headwater.console import bar
from headwater.experiments.output import made, table, write
from headwater.experiments.result import Progress, Result
from headwater.experiments.stream import Plan

app = typer.Typer(
    no_args_is_help=True,
    help="Try models on a simulated stream, whose best possible answer is known. Nothing has to run.",
)

Hours = Annotated[float, typer.Option(min=0.01, help="Of simulated time.")]
# A rate above a fiftieth of the members makes busier people than models learn from (their caps).
Rate = Annotated[int, typer.Option(min=1, help="Events per simulated second.")]
Members = Annotated[int, typer.Option(min=2, help="Members in the world.")]
Titles = Annotated[int, typer.Option(min=1, help="Titles in the world at first.")]
NewTitles = Annotated[int, typer.Option(min=0, help="Titles that come out meanwhile.")]
Drift = Annotated[float, typer.Option(min=0.0, help="Hours in which tastes turn once; 0: never.")]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same world and stream.")]
Out = Annotated[Path | None, typer.Option(help="Write charts (SVG) and a page (HTML) into this folder.")]
_HOUR_S = 3_600


@app.command()
def quality(
    hours: Hours = 24.0,
    rate: Rate = 10,
    members: Members = 500,
    titles: Titles = 200,
    seed: Seed = 7,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Show how near the models of take and completion come to the best that any could do.

    Of the way from popularity alone, the same for everybody, to the simulator's own probabilities. Each
    outcome is predicted before it is learnt from; the first half is not counted.
    """
    from headwater.experiments.quality import ROUNDS, quality

    plan = Plan(rate, round(hours * _HOUR_S), members, titles, seed=seed)
    _run(lambda progress: quality(plan, progress), ROUNDS, out, as_json)


@app.command()
def freshness(
    hours: Hours = 6.0,
    rate: Rate = 10,
    members: Members = 400,
    titles: Titles = 100,
    new_titles: NewTitles = 100,
    drift: Drift = 12.0,
    seed: Seed = 7,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Show what it costs if models and features learn of what happened 1 s, 10 s, 1 min, 10 min or 1 h later.

    The first half is not counted.
    """
    from headwater.experiments.freshness import ROUNDS, freshness

    seconds = round(hours * _HOUR_S)
    plan = Plan(rate, seconds, members, titles, new_titles, drift * _HOUR_S or None, seed)
    _run(lambda progress: freshness(plan, seconds / 2, progress), ROUNDS, out, as_json)


@app.command()
def cold_start(
    hours: Hours = 20.0,
    rate: Rate = 10,
    members: Members = 600,
    titles: Titles = 200,
    new_titles: NewTitles = 100,
    seed: Seed = 7,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Show how good the model of take is for new members and new titles, by how much it knows of them."""
    from headwater.experiments.cold_start import ROUNDS, cold_start

    plan = Plan(rate, round(hours * _HOUR_S), members, titles, new_titles, seed=seed)
    _run(lambda progress: cold_start(plan, progress), ROUNDS, out, as_json)


@app.command()
def bandit(
    hours: Hours = 24.0,
    rate: Rate = 10,
    members: Members = 500,
    titles: Titles = 200,
    seed: Seed = 7,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Show what a learnt choice of artworks is worth, and how well that is estimated from a log of other
    choices.

    Beside what the log was made by, one style for all and the best possible; learnt from the log, and in
    charge. The first half is not counted.
    """
    from headwater.experiments.bandit import ROUNDS, bandit

    plan = Plan(rate, round(hours * _HOUR_S), members, titles, seed=seed)
    _run(lambda progress: bandit(plan, progress), ROUNDS, out, as_json)


@app.command()
def members(
    hours: Hours = 24.0,
    rate: Rate = 10,
    members: Members = 500,
    titles: Titles = 200,
    seed: Seed = 7,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Show how well scores of members tell who misbehaves, who leaves, and whose tastes are alike.

    Beside the plain rate of events, and beside activity of late over the usual one. The horizon is two hours.
    """
    from headwater.experiments import members as experiment

    plan = Plan(rate, round(hours * _HOUR_S), members, titles, seed=seed)
    _run(lambda progress: experiment.members(plan, progress), experiment.ROUNDS, out, as_json)


def _run(experiment: Callable[[Progress], Result], rounds: int, out: Path | None, as_json: bool) -> None:
    if out is not None:
        made(out)
    with bar("predicting", rounds) as done:
        turn = count(1)
        result = experiment(lambda: done(next(turn)))
    if out is not None:
        write(result, out)
    if as_json:
        print(orjson.dumps(result.to_json()).decode())
        return
    console = Console()
    console.print(f"{result.name}: {result.about}", highlight=False)
    console.print(table(result))
