"""How far a long reading of quarantine is, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from headwater.quarantine.record import Held

Tick = Callable[[Iterable[Held]], Iterator[Held]]

_EVERY = 500


@contextmanager
def reading(total: int, what: str) -> Iterator[Tick]:
    """Gives what passes records on and counts them, up to `total`; silent where stderr is no terminal."""
    console = Console(stderr=True)
    columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(what, total=total)

        def tick(records: Iterable[Held]) -> Iterator[Held]:
            for n, held in enumerate(records):
                if n % _EVERY == 0:
                    progress.update(bar, completed=n)
                yield held

        yield tick
