"""The benchmark of duplicates measures what it says."""

from __future__ import annotations

import pytest

from flink_jobs.options import Options
from schemas.events import EVENT_NAMES
from tests.bench.duplicates import memory
from tests.bench.duplicates_job import FORMS, script

pytestmark = pytest.mark.unit


def test_an_id_in_memory_is_its_hash() -> None:
    rows = list(memory((2_000, 8_000)))
    assert all(row.value > 0 for row in rows)
    assert [round(row.value, 1) for row in rows if row.unit == "bytes/id"] == [8.1, 8.0]


def test_the_forms_differ_in_what_they_keep_only() -> None:
    scripts = {form: script(form, Options()) for form in FORMS}
    for told in scripts.values():
        sources = [text for text in told.declarations if "'connector' = 'kafka'" in text]
        assert len(sources) == len(EVENT_NAMES) + 1
        assert all("'scan.bounded.mode' = 'latest-offset'" in text for text in sources)
    assert len({told.inserts for told in scripts.values()}) == 1
    kept = {form: told.declarations[-2] for form, told in scripts.items()}
    assert " OVER " not in kept["reading"]
    assert "PARTITION BY event_id" in kept["count_over_id"]
    assert "NOT repeated" in kept["repeats_by_position"]
