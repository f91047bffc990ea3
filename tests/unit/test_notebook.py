"""The notebook is the script that it is made of, was run to its end, and still runs."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from docs.notebooks.run import HERE, cells, notebook, run

pytestmark = pytest.mark.unit

SCRIPTS = sorted(HERE.glob("*.ipynb"))
SMALL = "HOURS, RATE, MEMBERS, TITLES, SEED = 0.5, 2, 30, 20, 7"


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.stem)
def test_a_notebook_has_the_cells_of_its_script_and_what_they_show(file: Path) -> None:
    script, kept = cells(file.with_suffix(".py").read_text()), json.loads(file.read_text())
    made = notebook(script, [[] for _ in script])
    shown = [cell.pop("outputs", []) for cell in kept["cells"]]
    for cell in made["cells"]:
        cell.pop("outputs", None)
    assert kept == made
    outputs = [output for of in shown for output in of]
    assert {output["output_type"] for output in outputs} == {"stream", "execute_result"}
    assert any("image/svg+xml" in output.get("data", {}) for output in outputs)


def test_it_runs_on_a_small_log_and_finds_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    script = cells((HERE / "training.py").read_text())
    small = [replace(cell, source=SMALL) if "parameters" in cell.told else cell for cell in script]
    assert small != script
    shown = list(run(small))
    printed = ["".join(o["text"]) for of in shown for o in of if o["output_type"] == "stream"]
    assert printed[-1].splitlines() == [
        "20 rows compared; not equal: none",
        "20 rows compared; not equal: {'plays_1h': 1.0}",
    ]
