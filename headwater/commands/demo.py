"""``headwater demo``: the whole of it, from nothing, watched live."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live

from headwater import daemon, jobs
from headwater.commands import models, quality
from headwater.commands.runtime import say
from headwater.console import wide
from headwater.demo import screen
from headwater.demo.run import Load, run
from headwater.positions import AUDIT, MODELS
from headwater.redis_client import client
from headwater.runtime import stack
from headwater.runtime.endpoints import Endpoints
from headwater.settings import load
from serving import FeatureReader

#: The label of a hover is known when this has passed: a demo cannot wait for ten minutes.
_TAKE_WINDOW_MS = "5000"

_LOOK_BACK_MS = 15 * 60_000

_NEXT = """\
Look next:
  headwater status                                    jobs, lag, ledger
  headwater features list                             what can be read
  headwater features get title_engagement t00001      values, age and status
  headwater serve                                     all of it live, in a browser
  headwater quality --watch                           how good the data is, and what is wrong with it
  headwater explain compute_features                  the SQL that a view becomes"""


def demo(
    seconds: Annotated[int, typer.Option(min=5, help="For how long traffic is sent.")] = 60,
    rate: Annotated[int, typer.Option(min=1, help="Events per second.")] = 2_000,
    faults: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of events to spoil.")] = 0.01,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same world.")] = 7,
    learn: Annotated[
        bool, typer.Option("--learn/--no-learn", help="Run update_models as well, and show its model.")
    ] = True,
    audit: Annotated[
        bool, typer.Option("--audit", help="Run audit_streams and the monitor as well, and show the quality.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running.")] = False,
) -> None:
    """Start everything, send a minute of traffic with faults in it, and show what came of it.

    Exits with 1 if an event or a probe is unaccounted for. Stops what it started unless told to keep it.
    """
    os.environ.setdefault("HEADWATER_TAKE_WINDOW_MS", _TAKE_WINDOW_MS)  # for the supervisor as well
    settings = load()
    ours = not any(part.alive for part in stack.status(settings, now_s=0.0))
    try:
        where = stack.up(settings, say)
        more = (*((AUDIT,) if audit else ()), *((MODELS,) if learn else ()))
        jobs.ensure_all(settings, where, (*jobs.OF_FEATURES, *more), say)
        if audit:
            daemon.MONITOR.start(settings)
        failed = _watched(where, Load(rate, seconds, faults, seed))
        if audit:
            print("\nThe quality of what was sent, faults and all:")
            with client(where.redis) as redis:
                wide().print(quality.picture(quality.now(redis, where.kafka, _LOOK_BACK_MS)))
        if learn:
            print("\nLearnt meanwhile:")
            Console().print(models.table(models.snapshots(where.redis)))
    finally:
        if ours and not keep:
            daemon.stop(settings)
            stack.down(settings, say)
        elif ours:
            daemon.start(settings)
    print(_NEXT)
    if ours and not keep:
        print("It was stopped again; `make demo KEEP=1` leaves it running.")
    if failed:
        raise typer.Exit(1)


def _watched(where: Endpoints, asked: Load) -> bool:
    console = Console()
    with Live(console=console, refresh_per_second=4, transient=True) as view:
        result = run(where, asked, lambda *now: view.update(screen.live(asked, *now)))
    screen.summary(console, result, asked, _examples(where))
    return bool(result.problems)


def _examples(where: Endpoints) -> list[dict[str, Any]]:
    asked = {"title_engagement": ["t00001"], "title_country_trending": ["t00001|US"]}
    with client(where.redis) as redis:
        reader = FeatureReader(redis)
        for key in redis.scan_iter("hw:{m*}:member_activity:*"):
            asked["member_activity"] = [key.decode().split("{")[1].split("}")[0]]
            break
        return [reader.read(view, entities).as_dicts()[0] for view, entities in asked.items()]
