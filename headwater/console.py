"""The terminal: tables, and how far long work is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_EVERY_S = 2.0

Watching = Annotated[bool, typer.Option("--watch", help="Show it again every two seconds.")]


def wide(least: int = 110) -> Console:
    """A console of so many columns at least: half a name is none, so a narrow terminal wraps whole lines."""
    console = Console()
    console.width = max(console.width, least)
    return console


def watched(shown: Callable[[], RenderableType]) -> None:
    """Show it again every two seconds, in the same place, until the user has seen enough."""
    with Live(shown(), console=wide(), auto_refresh=False) as view:
        while True:
            time.sleep(_EVERY_S)
            view.update(shown(), refresh=True)


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Gives what is told how many of `total` are done; silent where stderr is no terminal."""
    console = Console(stderr=True)
    columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)
