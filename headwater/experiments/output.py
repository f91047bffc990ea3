"""A result as a table in the terminal, and as a page and pictures in a folder."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from headwater.errors import HeadwaterError
from headwater.experiments.picture import page, svg
from headwater.experiments.result import Result, told


def table(result: Result) -> Table:
    """The figures, a row each."""
    names = list(dict.fromkeys(name for row in result.rows for name in row))
    table = Table(*names, box=None)
    for row in result.rows:
        table.add_row(*(told(row.get(name)) for name in names))
    return table


def made(out: Path) -> None:
    """Make the folder, if need be. Raises HeadwaterError."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HeadwaterError(
            f"--out {out} is no folder to write to ({error.strerror})", "name another"
        ) from None


def write(result: Result, out: Path) -> None:
    """`<name>.html`, and each chart as `<name>-<n>.svg`. Raises HeadwaterError."""
    try:
        (out / f"{result.name}.html").write_text(page(result))
        for n, chart in enumerate(result.charts, 1):
            (out / f"{result.name}-{n}.svg").write_text(svg(chart))
    except OSError as error:
        raise HeadwaterError(f"--out {out} cannot be written to ({error.strerror})", "name another") from None
