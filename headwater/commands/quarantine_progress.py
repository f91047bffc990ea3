"""How far a long reading of quarantine is, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from headwater.console import bar
from headwater.quarantine.record import Held

Tick = Callable[[Iterable[Held]], Iterator[Held]]

_EVERY = 500


@contextmanager
def reading(total: int, what: str) -> Iterator[Tick]:
    """Gives what passes records on and counts them, up to `total`; silent where stderr is no terminal."""
    with bar(what, total) as done:

        def tick(records: Iterable[Held]) -> Iterator[Held]:
            for n, held in enumerate(records):
                if n % _EVERY == 0:
                    done(n)
                yield held

        yield tick
