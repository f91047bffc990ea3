"""The SQL of each job is what its golden file shows, so that a change of it is seen and reviewed.

HEADWATER_UPDATE_GOLDEN=1 writes the files anew.
"""

from __future__ import annotations

import difflib
import importlib
import os
from pathlib import Path

import pytest

from flink_jobs.options import Options
from headwater.jobs import JOBS

pytestmark = pytest.mark.unit

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("job", JOBS)
def test_the_sql_of(job: str) -> None:
    found = importlib.import_module(f"flink_jobs.{job}").script(Options()).text()
    path = GOLDEN / f"{job}.sql"
    if os.environ.get("HEADWATER_UPDATE_GOLDEN") == "1":
        path.write_text(found)
    held = path.read_text() if path.exists() else ""
    names = (f"tests/golden/{job}.sql", f"script of flink_jobs.{job}")
    changes = difflib.unified_diff(held.splitlines(), found.splitlines(), *names, lineterm="")
    assert found == held, "HEADWATER_UPDATE_GOLDEN=1 accepts this:\n" + "\n".join(changes)
