"""Run benchmarks: `python -m tests.bench [--json] [--only NAME …] [--events N] [--mini-batch MS …]`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.table import Table

from headwater.errors import HeadwaterError
from tests.bench.figure import Plan, Row, machine
from tests.bench.freshness import freshness
from tests.bench.judging import judging
from tests.bench.race import race
from tests.bench.reading import reading
from tests.bench.storing import storing
from tests.bench.workers import workers

CATALOGUE: dict[str, Callable[[Plan], Iterator[Row]]] = {
    "judging": judging,
    "storing": storing,
    "reading": reading,
    "race": race,
    "freshness": freshness,
    "workers": workers,
}


def main() -> None:
    """Print a table as soon as its benchmark has ended, or everything as JSON at the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="print JSON, for a program to read")
    parser.add_argument("--only", nargs="+", choices=CATALOGUE, default=list(CATALOGUE), metavar="NAME")
    parser.add_argument("--events", type=int, default=2_000_000, help="events of the race")
    parser.add_argument(
        "--rates", type=int, nargs="+", default=[2_000, 5_000, 10_000, 20_000], help="events/s"
    )
    parser.add_argument("--seconds", type=int, default=30, help="length of each freshness run")
    parser.add_argument("--mini-batch", type=int, nargs="+", default=[100], help="ms, of the freshness runs")
    told = parser.parse_args()
    plan = Plan(told.events, tuple(told.rates), told.seconds, tuple(told.mini_batch))
    console = Console(stderr=told.json)
    results: dict[str, list[Row]] = {}
    where = machine()
    console.print(", ".join(f"{name} {value}" for name, value in where.items()), highlight=False)
    for name in told.only:
        results[name] = list(CATALOGUE[name](plan))
        console.print(_table(name, results[name]))
    if told.json:
        rows = {name: [row._asdict() for row in of_name] for name, of_name in results.items()}
        print(json.dumps({"machine": where, "load_after": machine()["load"], "results": rows}, indent=2))


def _table(name: str, rows: list[Row]) -> Table:
    table = Table("figure", "value", "unit", title=name, title_justify="left", box=None)
    table.columns[1].justify = "right"
    for row in rows:
        digits = 0 if row.value >= 1_000 else 1 if row.value >= 20 else 3
        table.add_row(row.figure, f"{row.value:,.{digits}f}", row.unit)
    return table


if __name__ == "__main__":
    # Ended from outside, it still takes down what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main()
    except HeadwaterError as error:
        sys.exit(f"bench: {error}")
