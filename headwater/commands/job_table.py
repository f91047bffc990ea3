"""Jobs as a table: each with its lag, and under it how busy its parts are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table


def job_table(jobs: Sequence[dict[str, Any]], lag: dict[str, int]) -> Table:
    """Of jobs as `status --json` tells them. A part that is nearly always busy holds up the others."""
    table = Table("job", "state", "lag", "busy", "backpressured", "id", box=None)
    for column in table.columns[2:5]:
        column.justify = "right"
    for job in jobs:
        table.add_row(job["name"], job["state"], str(lag.get(job["name"], "")), "", "", job["id"])
        for load in job["vertices"]:
            table.add_row(
                f"  {load['vertex']}", "", "", _told(load["busy"]), _told(load["backpressured"]), ""
            )
    return table


def _told(share: float | None) -> str:
    if share is None:
        return ""
    colour = "red" if share > 0.9 else "yellow" if share > 0.7 else "default"
    return f"[{colour}]{share:.0%}[/]"
