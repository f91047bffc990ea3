"""Jobs as a table: each with its lag, and under it how busy its parts are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table


def job_table(jobs: Sequence[dict[str, Any]], lag: dict[str, int], parts: bool) -> Table:
    """Of jobs as `status --json` tells them: each with its busiest and its most held-up part, or with all of
    its `parts`. One that is nearly always busy holds up the others."""
    table = Table("job", "state", "lag", "busy", "backpressured", "id", box=None)
    for column in table.columns[2:5]:
        column.justify = "right"
    for job in jobs:
        most = (_most(job["vertices"], share) for share in ("busy", "backpressured"))
        table.add_row(
            job["name"], job["state"], str(lag.get(job["name"], "")), *map(told_share, most), job["id"]
        )
        for load in job["vertices"] if parts else ():
            told = (told_share(load[share]) for share in ("busy", "backpressured"))
            table.add_row(f"  {load['vertex']}", "", "", *told, "")
    return table


def _most(loads: Sequence[dict[str, Any]], share: str) -> float | None:
    return max((load[share] for load in loads if load[share] is not None), default=None)


def told_share(share: float | None) -> str:
    """A share in words, marked where it is near all."""
    if share is None:
        return ""
    colour = "red" if share > 0.9 else "yellow" if share > 0.7 else "default"
    return f"[{colour}]{share:.0%}[/]"
