"""Every field that a watch looks at has a histogram."""

from __future__ import annotations

import pytest

from flink_jobs.quality_profiles import profiled
from schemas.events import EVENTS
from validators.watch import catalog
from validators.watch.declare import OfField

pytestmark = pytest.mark.unit

WATCHES = [watch for watch in catalog.load() if isinstance(watch, OfField)]


@pytest.mark.parametrize("watch", WATCHES, ids=lambda watch: watch.name)
def test_a_watched_field_is_profiled(watch: OfField) -> None:
    for event in watch.events:
        assert watch.field in [column.name for column in profiled(EVENTS[event])]
