"""``headwater submit`` and ``headwater explain``: the Flink jobs."""

from __future__ import annotations

import importlib
import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.syntax import Syntax

from flink_jobs.options import Options
from headwater import jobs
from headwater.commands.runtime import Json, say
from headwater.runtime.endpoints import endpoints
from headwater.settings import load

Names = Annotated[list[str] | None, typer.Argument(help="Jobs to submit; all of them if none is named.")]
Name = Annotated[str, typer.Argument(help=f"One of {', '.join(jobs.JOBS)}.")]


def submit(names: Names = None, as_json: Json = False) -> None:
    """Submit jobs to the Flink cluster, and wait until they run.

    A job that runs already is left alone. Settings such as HEADWATER_PARALLELISM, HEADWATER_MINI_BATCH_MS and
    HEADWATER_CHECKPOINT_MS shape it.
    """
    settings = load()
    where = endpoints(settings)
    chosen = [jobs.known(name) for name in names or jobs.JOBS]
    found = jobs.ensure_all(settings, where, chosen, say)
    if as_json:
        print(json.dumps([asdict(job) for job in found]))
        return
    for job in found:
        print(f"{job.job:17} {job.id} {'started' if job.started else 'was running'}")


def deploy(
    again: Annotated[bool, typer.Option("--again", help="Count again even if nothing has changed.")] = False,
    as_json: Json = False,
) -> None:
    """Change the features under way: the views as they are declared now take the place of those that run.

    A second compute_features counts from the log beside the first. Readers see the first until the second has
    caught up, and then the second; the first is ended and what it wrote is deleted.
    """
    settings = load()
    found = jobs.deploy(settings, endpoints(settings), again, say)
    if as_json:
        print(json.dumps(asdict(found)))
    else:
        print(f"{found.job} {found.id} {'is read now' if found.started else 'runs this SQL already'}")


def cancel(name: Name) -> None:
    """End a job of the cluster, such as one to be submitted again with other settings."""
    settings = load()
    ended = jobs.cancel(settings, endpoints(settings), name)
    print(f"{name} {'ended' if ended else 'was not running'}")


def explain(name: Name) -> None:
    """Print the SQL that a job runs: its sources, its views and what it writes."""
    module = importlib.import_module(f"flink_jobs.{jobs.known(name)}")
    text: str = module.script(Options()).text()
    console = Console()
    if console.is_terminal:
        console.print(Syntax(text, "sql", word_wrap=True))
    else:
        print(text, end="")
