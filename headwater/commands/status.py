"""``headwater status``: where things are, which processes live, which jobs run."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from headwater.commands.runtime import Json
from headwater.errors import HeadwaterError
from headwater.runtime import endpoints, stack
from headwater.runtime.flink_rest import FlinkRest
from headwater.settings import Settings, load


def status(as_json: Json = False) -> None:
    """Show endpoints, processes and jobs."""
    found = collect(load(), time.time())
    if as_json:
        print(json.dumps(found))
    else:
        _show(found, Console())


def collect(settings: Settings, now_s: float) -> dict[str, Any]:
    """``endpoints`` (null, with a ``problem``, if nothing runs), ``processes`` and ``jobs``."""
    processes = [asdict(part) for part in stack.status(settings, now_s)]
    found: dict[str, Any] = {"endpoints": None, "problem": None, "processes": processes, "jobs": []}
    try:
        where = endpoints.endpoints(settings)
        found["endpoints"] = asdict(where)
        found["jobs"] = [asdict(job) for job in FlinkRest(where.flink, timeout_s=5).jobs()]
    except HeadwaterError as error:
        found["problem"] = str(error)
    return found


def _show(found: dict[str, Any], console: Console) -> None:
    if found["problem"]:
        console.print(f"[red]{found['problem']}[/]")
    for service, address in (found["endpoints"] or {}).items():
        console.print(f"{service:6} {address}", highlight=False)
    processes = Table("process", "state", "pid", "up for", "memory", box=None)
    for part in found["processes"]:
        if part["alive"]:
            uptime, memory = f"{part['uptime_s']:.0f} s", f"{part['rss_bytes'] >> 20} MiB"
            processes.add_row(part["name"], "[green]runs[/]", str(part["pid"]), uptime, memory)
        else:
            processes.add_row(part["name"], "[red]down[/]")
    console.print(processes)
    jobs = Table("job", "state", "id", box=None)
    for job in found["jobs"]:
        jobs.add_row(job["name"], job["state"], job["id"])
    if found["jobs"]:
        console.print(jobs)
