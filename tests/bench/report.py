"""How benchmarks are run and what they found is shown: tables, or JSON for a program to read."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table

from headwater.errors import HeadwaterError
from tests.bench.figure import Row, machine


def report(benchmarks: Mapping[str, Callable[[], Iterable[Row]]], *, as_json: bool) -> None:
    """Print a table as soon as its benchmark has ended, or everything as JSON at the end."""
    console = Console(stderr=as_json)
    results: dict[str, list[Row]] = {}
    where = machine()
    console.print(", ".join(f"{name} {value}" for name, value in where.items()), highlight=False)
    for name, benchmark in benchmarks.items():
        results[name] = list(benchmark())
        console.print(_table(name, results[name]))
    if as_json:
        rows = {name: [row._asdict() for row in of_name] for name, of_name in results.items()}
        print(json.dumps({"machine": where, "load_after": machine()["load"], "results": rows}, indent=2))


@contextmanager
def running() -> Iterator[None]:
    """Ended from outside, a benchmark still takes down what it started; what it complains of is one line."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    except HeadwaterError as error:
        sys.exit(f"bench: {error}")


def _table(name: str, rows: list[Row]) -> Table:
    table = Table("figure", "value", "unit", title=name, title_justify="left", box=None)
    table.columns[1].justify = "right"
    for row in rows:
        digits = 0 if row.value >= 1_000 else 1 if row.value >= 20 else 3
        table.add_row(row.figure, f"{row.value:,.{digits}f}", row.unit)
    return table
