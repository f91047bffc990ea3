"""Run a script of cells, in the percent format of Jupytext, and keep it with what it shows as a notebook."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_HEAD = re.compile(r"^# %%(.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """A text in Markdown, or code; what stands behind its head, such as tags."""

    markdown: bool
    told: str
    source: str


def cells(script: str) -> list[Cell]:
    """The cells of a script.

    >>> cells("# %% [markdown]\\n# # Title\\n\\n# %%\\n1 + 1\\n")[0]
    Cell(markdown=True, told='[markdown]', source='# Title')
    """
    _, *parts = _HEAD.split(script)
    return [_cell(head.strip(), text) for head, text in zip(parts[::2], parts[1::2], strict=True)]


def _cell(head: str, text: str) -> Cell:
    if head != "[markdown]":
        return Cell(False, head, text.strip())
    lines = [re.sub("^# ?", "", line) for line in text.strip().splitlines()]
    return Cell(True, head, "\n".join(lines))


def run(script: Sequence[Cell]) -> Iterator[list[dict[str, Any]]]:
    """What each cell shows: what it prints, and its last expression. Cells of text show nothing."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(script, start=1):
        yield [] if cell.markdown else _shown(cell.source, names, number)


def _shown(source: str, names: dict[str, Any], number: int) -> list[dict[str, Any]]:
    tree, printed, last = ast.parse(source), StringIO(), None
    with redirect_stdout(printed):
        *_, end = tree.body
        value = ast.Expression(tree.body.pop().value) if isinstance(end, ast.Expr) else None  # type: ignore[attr-defined]
        exec(compile(tree, f"cell {number}", "exec"), names)
        if value:
            last = eval(compile(value, f"cell {number}", "eval"), names)
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append({"output_type": "stream", "name": "stdout", "text": _lines(printed.getvalue())})
    if last is not None:
        outputs.append({"output_type": "execute_result", "metadata": {}, "data": _data(last)})
    return outputs


def _data(value: Any) -> dict[str, list[str]]:
    kinds = {"image/svg+xml": "_repr_svg_", "text/html": "_repr_html_"}
    found = {kind: _lines(getattr(value, name)()) for kind, name in kinds.items() if hasattr(value, name)}
    return found if "image/svg+xml" in found else found | {"text/plain": _lines(repr(value))}


def notebook(script: Sequence[Cell], shown: Sequence[list[dict[str, Any]]]) -> dict[str, Any]:
    """The cells and what they show, as nbformat 4.5 has them."""
    made, count = [], 0
    for number, (cell, outputs) in enumerate(zip(script, shown, strict=True), start=1):
        one: dict[str, Any] = {"id": f"cell-{number}", "metadata": {}, "source": _lines(cell.source)}
        if cell.markdown:
            made.append({"cell_type": "markdown", **one})
            continue
        count += 1
        for output in outputs:
            if output["output_type"] == "execute_result":
                output["execution_count"] = count
        made.append({"cell_type": "code", **one, "execution_count": count, "outputs": outputs})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def main(name: str) -> None:
    """Run `<name>.py` and write `<name>.ipynb` beside it."""
    script = cells((HERE / f"{name}.py").read_text())
    made = notebook(script, list(run(script)))
    (HERE / f"{name}.ipynb").write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
