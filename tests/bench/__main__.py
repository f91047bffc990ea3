"""Run benchmarks: `python -m tests.bench [--json] [--only NAME …] [--events N] [--mini-batch MS …]`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial

from tests.bench.candidates import candidates
from tests.bench.costs import costs
from tests.bench.drift import drift
from tests.bench.duplicates import duplicates
from tests.bench.entities import entities
from tests.bench.figure import Plan, Row
from tests.bench.forecast import forecast
from tests.bench.freshness import freshness
from tests.bench.judging import judging
from tests.bench.learning import learning
from tests.bench.learnt import learnt
from tests.bench.looking_up import looking_up
from tests.bench.members import members
from tests.bench.movielens import movielens
from tests.bench.offline import backfill, rebuild, training
from tests.bench.pages import pages
from tests.bench.race import race
from tests.bench.ranking import ranking
from tests.bench.reading import reading
from tests.bench.reload import reload
from tests.bench.report import report, running
from tests.bench.ruling import ruling
from tests.bench.serving import serving
from tests.bench.storing import storing
from tests.bench.workers import workers

CATALOGUE: dict[str, Callable[[Plan], Iterator[Row]]] = {
    "judging": judging,
    "rules": ruling,
    "storing": storing,
    "reading": reading,
    "entities": entities,
    "serving": serving,
    "duplicates": duplicates,
    "race": race,
    "costs": costs,
    "freshness": freshness,
    "reload": reload,
    "workers": workers,
    "learning": learning,
    "learnt": learnt,
    "candidates": candidates,
    "forecast": forecast,
    "ranking": ranking,
    "looking-up": looking_up,
    "members": members,
    "drift": drift,
    "movielens": movielens,
    "pages": pages,
    "rebuild": rebuild,
    "backfill": backfill,
    "training": training,
}


def main() -> None:
    """Run what was asked for and report it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="print JSON, for a program to read")
    parser.add_argument("--only", nargs="+", choices=CATALOGUE, default=list(CATALOGUE), metavar="NAME")
    parser.add_argument(
        "--events",
        type=int,
        default=2_000_000,
        help="events of race, duplicates, rebuild, backfill and training",
    )
    rates = [2_000, 5_000, 10_000, 20_000]
    parser.add_argument("--rates", type=int, nargs="+", default=rates, help="events/s")
    parser.add_argument("--seconds", type=int, default=30, help="length of each freshness run")
    parser.add_argument("--mini-batch", type=int, nargs="+", default=[100], help="ms, of the freshness runs")
    told = parser.parse_args()
    plan = Plan(told.events, tuple(told.rates), told.seconds, tuple(told.mini_batch))
    report({name: partial(CATALOGUE[name], plan) for name in told.only}, as_json=told.json)


if __name__ == "__main__":
    with running():
        main()
