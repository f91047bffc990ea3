"""An event type is declared in `schemas/avro`, and nowhere else must it be named to be judged and counted.

A made-up type is added to a copy of the folder `schemas`; all other code is that of the repository.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flink_jobs.options import Options
from headwater.jobs import JOBS
from schemas.events import AVRO_DIR, COMMON, EVENT_NAMES, EVENTS

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
#: The others learn of what people do alone.
OF_ALL = [job for job in JOBS if job not in ("update_models", "score_members")]
TRIED = """
import importlib
import sys

import numpy as np

from flink_jobs.options import Options
from schemas.codec import encode
from schemas.events import COMMON, EVENT_NAMES
from schemas.topics import TOPICS
from tests.samples import sound
from validators.judge import judge
from validators.ruleset import load

assert EVENT_NAMES[-1] == "wave"
assert {f"{of}.wave" for of in ("events", "valid", "quarantine")} <= {topic.name for topic in TOPICS}
for job in sys.argv[1:]:
    text = importlib.import_module(f"flink_jobs.{job}").script(Options()).text()
    assert "valid.wave" in text and "quarantine.wave" in text, job
record = dict(list(sound("play").items())[:COMMON])
values = [encode("wave", record | {"hands": 2} | more) for more in ({}, {"country": "br"}, {"hands": None})]
values.append(b"no frame")
times = np.full(len(values), record["event_time"])
print(judge({"wave": np.arange(len(values))}, values, times, load()).reasons.tolist())
"""


@pytest.mark.parametrize("job", OF_ALL)
def test_a_job_reads_or_writes_every_event_type(job: str) -> None:
    text = importlib.import_module(f"flink_jobs.{job}").script(Options()).text()
    assert [event for event in EVENT_NAMES if f"valid.{event}" not in text] == []
    assert [event for event in EVENT_NAMES if f"quarantine.{event}" not in text] == []


@pytest.mark.parametrize("path", sorted((ROOT / "flink_jobs").glob("*.py")), ids=lambda path: path.name)
def test_no_job_names_the_newer_event_types(path: Path) -> None:
    words = path.read_text()
    assert [event for event in EVENT_NAMES[5:] if f"'{event}'" in words or f'"{event}"' in words] == []


def test_a_type_that_is_only_declared_has_topics_is_judged_and_stands_in_every_job(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    avro = tmp_path / AVRO_DIR.relative_to(ROOT)
    hands = {"name": "hands", "type": ["null", "int"], "default": None, "doc": "How many waved."}
    fields = [*EVENTS["play"].schema["fields"][:COMMON], hands]
    made = {"type": "record", "name": "Wave", "doc": "A member waved.", "fields": fields}
    (avro / "wave.avsc").write_text(json.dumps(made))
    registry = json.loads((avro / "registry.json").read_text())
    registry["schemas"].append({"id": 999, "event": "wave", "version": 1, "file": "wave.avsc"})
    (avro / "registry.json").write_text(json.dumps(registry))
    ran = subprocess.run(
        [sys.executable, "-c", TRIED, *OF_ALL],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (ran.returncode, ran.stdout) == (0, "[None, 'country_iso', None, 'unframed']\n"), ran.stderr
