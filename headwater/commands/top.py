"""``headwater top``: what works hardest, how far jobs are behind, and how fresh views are."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from headwater.commands.feature_views import COLOURS
from headwater.commands.job_table import told_share
from headwater.console import watched
from headwater.runtime.endpoints import endpoints
from headwater.settings import load
from headwater.web.overview import Overview

_SHOWN = 15


def top() -> None:
    """Show, again and again, events a second, the busiest parts of jobs, lag, and how fresh views are.

    Parts are ordered by what share of their time they work; Flink measures it every 10 s. One that is nearly
    always busy holds up those before it. The age is that of the newest event of a view.
    """
    settings = load()
    overview = Overview(settings, endpoints(settings))
    watched(lambda: picture(overview.look()))


def picture(found: dict[str, Any]) -> Group:
    """A look of the overview, for a terminal."""
    shown: list[RenderableType] = [Text(problem, style="red") for problem in {*found["problems"].values()}]
    last = {name: column[-1] for name, column in found["trail"].items()}
    sent, ended, age_s = (
        "-" if last[name] is None else f"{last[name]:,.{digits}f}"
        for name, digits in (("sent_per_s", 0), ("ended_per_s", 0), ("age_s", 1))
    )
    shown.append(
        Text(f"{sent} events/s sent   {ended}/s to their end   newest that can be read {age_s} s ago")
    )
    lag = (found["progress"] or {"lag": {}})["lag"]
    shown += [
        Text("lag   " + "   ".join(f"{job} {n:,}" for job, n in lag.items()) + "\n"),
        _parts(found["jobs"] or []),
    ]
    shown += [Text(), _views(found["views"] or [])]
    return Group(*shown)


def _parts(jobs: list[dict[str, Any]]) -> Table:
    table = Table("busiest parts", "job", "busy", "backpressured", box=None)
    parts = [(part, job["name"]) for job in jobs for part in job["vertices"] if part["busy"] is not None]
    for part, job in sorted(parts, key=lambda of: -of[0]["busy"])[:_SHOWN]:
        table.add_row(part["vertex"], job, told_share(part["busy"]), told_share(part["backpressured"]))
    return table


def _views(views: list[dict[str, Any]]) -> Table:
    table = Table("view", "newest event", "SLO", "status", box=None)
    for view in views:
        age = "-" if view["age_s"] is None else f"{view['age_s']:.1f} s ago"
        status = Text(view["status"], style=COLOURS.get(view["status"], "red"))
        table.add_row(view["view"], age, f"{view['slo_s']:g} s", status)
    return table
