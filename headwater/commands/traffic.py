"""``headwater generate`` and ``headwater replay``: traffic into Kafka, and the truth about it."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Annotated, BinaryIO

import orjson
import typer

from headwater import settings
from headwater.console import bar
from headwater.errors import HeadwaterError
from headwater.runtime.endpoints import kafka_of
from headwater.titles import announce
from headwater.traffic.delivery import deliver, wall_ms
from headwater.traffic.generate import traffic
from headwater.traffic.leaving import MOST, leaving
from headwater.traffic.message import OUTCOMES, Message
from headwater.traffic.misconduct import NO_ONES
from headwater.traffic.population import catalogued, make_world
from headwater.traffic.producer import BATCHED_MS, RAW, KafkaSink
from headwater.traffic.ratings import BadRow, read_ratings
from headwater.traffic.replay import replayed, title_of
from headwater.traffic.sitting import MADE
from headwater.traffic.truth import Truth
from schemas.titles import Title
from schemas.topics import TITLES

#: Fallen this far behind, latencies tell more of the sender than of what is measured.
_TOO_FAR_BEHIND_MS = 1_000
_BAD_ROWS_SHOWN = 10
_TOPICS = (*RAW, TITLES)
#: Slower still, and times would not fit where they are stored.
_SLOWEST = 0.001
#: Half of what a quiet core makes of them.
_PREPARED_PER_MS = 20

Kafka = Annotated[str | None, typer.Option(help="Bootstrap servers; default: where Headwater's Kafka is.")]
AsJson = Annotated[bool, typer.Option("--json", help="Tell what was sent as JSON.")]
TruthFile = Annotated[
    Path | None, typer.Option("--truth", help="Write what was sent there, every event that counts included.")
]


def _speed(value: float) -> float:
    if value == 0 or _SLOWEST <= value < math.inf:
        return value
    raise HeadwaterError(f"--speed is {value}", f"give a number from {_SLOWEST}, or 0 for at once")


def _made(told: str) -> tuple[str, ...]:
    """The event types of a list with commas."""
    names = tuple(dict.fromkeys(told.split(",")))
    if unknown := [name for name in names if name not in MADE]:
        raise HeadwaterError(
            f"--events names {unknown[0]!r}, which is not made", f"use some of {','.join(MADE)}"
        )
    return names


def generate(
    rate: Annotated[int, typer.Option(min=1, help="Events per second, all types together.")] = 1_000,
    seconds: Annotated[int, typer.Option(min=1, help="For how long.")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same world.")] = 7,
    faults: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of events to spoil.")] = 0.0,
    misconduct: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of events after which somebody misbehaves.")
    ] = 0.0,
    servers: Annotated[
        bool, typer.Option("--servers", help="Send the servers' record of each play as well.")
    ] = False,
    events: Annotated[
        str,
        typer.Option(metavar="TYPE,…", help="Only these types, at the same rate."),
    ] = ",".join(MADE),
    members: Annotated[int, typer.Option(min=1, help="Members in the world.")] = 20_000,
    titles: Annotated[int, typer.Option(min=1, help="Titles in the world.")] = 2_000,
    new_titles: Annotated[int, typer.Option(min=0, help="Titles that come out meanwhile.")] = 0,
    drift: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", min=1.0, help="Tastes turn once in so long; default: never."),
    ] = None,
    leave: Annotated[
        float,
        typer.Option("--leaving", min=0.0, max=MOST, help="Share of members who leave meanwhile."),
    ] = 0.0,
    prepare: Annotated[
        bool,
        typer.Option("--prepare", help="Make all of it before sending the first, to send at less cost."),
    ] = False,
    kafka: Kafka = None,
    as_json: AsJson = False,
    truth: TruthFile = None,
) -> None:
    """Send made-up traffic in real time: sessions of a seeded world, with faults among them if asked.

    Its titles are put into the catalogue first.
    """
    only = _made(events)
    sink = KafkaSink(_address(kafka), BATCHED_MS, _TOPICS)
    world = make_world(Random(f"world/{seed}"), members, titles, new_titles, seconds, drift)
    if leave:
        ids = [member.member_id for member in world.members]
        world = replace(world, leaving=leaving(Random(f"leaving/{seed}"), ids, leave, seconds))
    head_start_ms = _head_start_ms(rate) + (rate * seconds // _PREPARED_PER_MS if prepare else 0)
    start_ms = wall_ms() + head_start_ms
    messages: Iterable[Message] = traffic(
        world, rate, seconds, start_ms, seed, faults, misconduct, servers, only
    )
    if prepare:
        messages = list(messages)
        gc.freeze()  # else each collection goes through all of them
    leaves_s = world.leaving.leaves_s if world.leaving else {}
    leaves = {who: start_ms + int(s * 1_000) for who, s in leaves_s.items()}
    sent = _send(catalogued((*world.titles, NO_ONES)), messages, rate * seconds, sink, truth, leaves)
    _tell(sent, as_json)
    if sent.behind_ms > _TOO_FAR_BEHIND_MS:
        typer.echo(
            f"fell up to {sent.behind_ms:,} ms behind: --rate {rate} is more than can be sent", err=True
        )


def replay(
    file: Annotated[Path, typer.Argument(help="CSV: userId, movieId, rating, timestamp.")],
    shift_to_now: Annotated[
        bool, typer.Option("--shift-to-now", help="Move times so that the last row is now.")
    ] = False,
    speed: Annotated[
        float, typer.Option(min=0.0, callback=_speed, help="Times faster than life; 0: at once.")
    ] = 0.0,
    limit: Annotated[int | None, typer.Option(min=1, help="Read that many rows.")] = None,
    kafka: Kafka = None,
    as_json: AsJson = False,
    truth: TruthFile = None,
) -> None:
    """Send real interactions: each rating of a MovieLens file as a play and a pause.

    Without --shift-to-now events keep the times of the file, and what is older than the lateness horizon is
    late. Ends with exit code 1 if rows had to be passed over.
    """
    ratings, bad = read_ratings(file, limit)
    sink = KafkaSink(_address(kafka), BATCHED_MS, _TOPICS)
    titles = catalogued(map(title_of, dict.fromkeys(rating.movie for rating in ratings)))
    messages = replayed(ratings, wall_ms(), speed, shift_to_now)
    sent = _send(titles, messages, 2 * len(ratings), sink, truth, leaves={})
    _tell(sent, as_json)
    if 2 * sent.of("valid") < sent.sent:
        minute = max(1, (ratings[-1].at_s - ratings[0].at_s) // 60)
        typer.echo(f"most are too old to count: --shift-to-now --speed {minute} takes a minute", err=True)
    if bad:
        _complain(file, bad)
        raise typer.Exit(1)


def _head_start_ms(rate: int) -> int:
    """Enough to lay out the sessions under way at the start: the higher the rate, the more."""
    return 500 + rate // 8


def _address(given: str | None) -> str:
    inforce = settings.load()
    return given or kafka_of(inforce)


def _send(
    titles: Iterable[Title],
    messages: Iterable[Message],
    total: int,
    sink: KafkaSink,
    truth_file: Path | None,
    leaves: dict[str, int],
) -> Truth:
    if truth_file is None:
        return _deliver(titles, messages, total, sink, Truth())
    with _writable(truth_file) as file:
        truth = _deliver(titles, messages, total, sink, Truth(records=[], leaves=leaves))
        file.write(orjson.dumps(truth.to_json()))
    return truth


def _deliver(
    titles: Iterable[Title], messages: Iterable[Message], total: int, sink: KafkaSink, truth: Truth
) -> Truth:
    """The catalogue first, so that gates know of what is played."""
    announce(titles, sink)
    with bar("sending", total) as done:
        return deliver(messages, sink, truth, on_tick=done)


@contextmanager
def _writable(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("wb")
    except OSError as error:
        raise HeadwaterError(f"--truth {path} cannot be written ({error.strerror})", "name another") from None
    with file:
        yield file


def _tell(truth: Truth, as_json: bool) -> None:
    if as_json:
        told = truth.to_json()
        told.pop("records", None)
        told.pop("chances", None)
        told.pop("misdeeds")
        typer.echo(orjson.dumps(told))
        return
    parts = ", ".join(f"{truth.of(outcome):,} {outcome}" for outcome in OUTCOMES if truth.of(outcome))
    typer.echo(f"sent {truth.sent:,} events: {parts or 'none'}")
    for fault, n in sorted(truth.faults.items()):
        typer.echo(f"  {fault}: {n:,}")


def _complain(file: Path, bad: list[BadRow]) -> None:
    for row in bad[:_BAD_ROWS_SHOWN]:
        typer.echo(f"{file} {row}", err=True)
    more = f", of which {_BAD_ROWS_SHOWN} are shown" if len(bad) > _BAD_ROWS_SHOWN else ""
    typer.echo(f"{file}: {len(bad)} rows were passed over{more}", err=True)
