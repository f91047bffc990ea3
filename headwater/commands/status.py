"""``headwater status``: where things are, what runs, how far it is, and what became of every event."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Annotated, Any

import typer
from redis import Redis
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from headwater import ledger
from headwater.commands.job_table import job_table
from headwater.commands.runtime import Json
from headwater.console import Watching, watched, wide
from headwater.daemon import MONITOR, SUPERVISOR
from headwater.errors import HeadwaterError
from headwater.positions import Looks, Positions, Watcher
from headwater.redis_client import client
from headwater.runtime import endpoints, stack
from headwater.runtime.flink_load import loads
from headwater.runtime.flink_rest import FlinkRest
from headwater.settings import Settings, load
from sinks.redis_generations import live
from sinks.redis_ledger import RedisLedger


def status(
    parts: Annotated[bool, typer.Option("--parts", help="Show the load of each part of a job.")] = False,
    watch: Watching = False,
    as_json: Json = False,
) -> None:
    """Show endpoints, processes, jobs, their lag and load, and the ledger.

    `busy` is what share of its time the busiest task works, `backpressured` what share the most held-up one
    waits for those behind it. The ledger says of each event type how many were read and how each of them
    ended: counted in features, quarantined, a duplicate, or too late. It balances whenever no event is on its
    way.
    """
    settings = load()
    if as_json:
        print(json.dumps(collect(settings, time.time())))
    elif watch:
        watched(lambda: picture(collect(settings, time.time()), parts))
    else:
        wide().print(picture(collect(settings, time.time()), parts))


def collect(settings: Settings, now_s: float) -> dict[str, Any]:
    """All of it as JSON values; `endpoints` is null, with a `problem`, if nothing runs."""
    found: dict[str, Any] = {
        "endpoints": None,
        "problem": None,
        "processes": processes(settings, now_s),
        "jobs": [],
        "written": {},
        "lag": {},
        "ledger": [],
        "reasons": {},
    }
    try:
        where = endpoints.endpoints(settings)
        found["endpoints"] = asdict(where)
        found["jobs"] = jobs(where.flink)
        with Watcher(where.kafka) as kafka, client(where.redis) as redis:
            found |= progress(kafka, redis)
    except HeadwaterError as error:
        found["problem"] = str(error)
    return found


def processes(settings: Settings, now_s: float) -> list[dict[str, Any]]:
    """How each process is that belongs here."""
    background = (each.status(settings, now_s) for each in (SUPERVISOR, MONITOR))
    return [asdict(part) for part in (*stack.status(settings, now_s), *background)]


def jobs(flink_url: str) -> list[dict[str, Any]]:
    """The jobs that the cluster remembers, newest first, each with the load of its `vertices`."""
    flink = FlinkRest(flink_url, timeout_s=5)
    return [asdict(job) | {"vertices": [asdict(load) for load in loads(flink, job)]} for job in flink.jobs()]


def progress(kafka: Looks, redis: Redis) -> dict[str, Any]:
    """How many events were `written` by type, `lag` by job, the `ledger` by event type, and the `reasons` of
    what was set aside."""
    now, entries, reasons = standing(kafka, redis)
    return {"written": now.sent(), "lag": now.lag(), "ledger": entries, "reasons": reasons}


def standing(kafka: Looks, redis: Redis) -> tuple[Positions, list[dict[str, Any]], dict[str, int]]:
    """How far jobs are, the ledger by event type as JSON values, and why events were set aside."""
    generation = live(redis).generation
    now, rows = kafka.look(generation), RedisLedger(redis, generation).read()
    return now, [entry.to_json() for entry in ledger.entries(rows, now.read())], ledger.reasons(rows)


def ledger_table(entries: list[dict[str, Any]]) -> Table:
    """The ledger as a table, a row each event type; balanced or with events on their way.

    It fits a terminal of 80 columns. Repeats are shown where there are any."""
    names = ["read", "valid", "warned", "quarantined", "duplicate", "late", "counted"]
    if any(entry["repeated"] for entry in entries):
        names.append("repeated")
    table = Table("event", *names, "", box=None, padding=(0, 1, 0, 0))
    for column in table.columns[1:-1]:
        column.justify = "right"
    for entry in entries:
        settled = "[green]✓[/]" if entry["balanced"] else "[yellow]…[/]"
        table.add_row(entry["event"], *(f"{entry[n]:,}" for n in names), settled)
    return table


def picture(found: dict[str, Any], parts: bool) -> Group:
    """What `collect` found, for people."""
    shown: list[RenderableType] = [Text(found["problem"], style="red")] if found["problem"] else []
    shown += [Text(f"{service:6} {address}") for service, address in (found["endpoints"] or {}).items()]
    processes = Table("process", "state", "pid", "up for", "memory", box=None)
    for part in found["processes"]:
        if part["alive"]:
            uptime, memory = f"{part['uptime_s']:.0f} s", f"{part['rss_bytes'] >> 20} MiB"
            processes.add_row(part["name"], "[green]runs[/]", str(part["pid"]), uptime, memory)
        else:
            processes.add_row(part["name"], "[red]down[/]")
    shown.append(processes)
    if found["jobs"]:
        shown.append(job_table(found["jobs"], found["lag"], parts))
    if found["ledger"]:
        shown.append(ledger_table(found["ledger"]))
    return Group(*shown)
