"""What `headwater features get` shows of any view and status can be read, and never fails."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from features.view import View
from headwater.commands.features import show
from serving import FeatureReader
from sinks.memory import MemoryTiles
from tests.gallery import EVERY, GALLERY
from tests.reading import ENTITIES, NOW_MS, SAMPLE, event
from tests.tiles import write_all

pytestmark = pytest.mark.unit

STATUSES = ["fresh", "stale", "missing", "not computed", "rebuilding", "degraded"]


def told(view: View, status: str = "fresh", title: str = "t1") -> str:
    tiles, out = MemoryTiles(), StringIO()
    write_all(tiles, view, [*SAMPLE, event("hover", NOW_MS, title_id=title), event("play", NOW_MS, row=0)])
    for entity in FeatureReader(tiles).read(view, ENTITIES[view.name], NOW_MS).as_dicts():
        show(Console(file=out, width=200), entity | {"status": status})
    return out.getvalue()


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("view", EVERY.values(), ids=EVERY)
def test_every_value_is_shown_with_the_status(view: View, status: str) -> None:
    text = told(view, status)
    assert status in text
    assert all(f" {name} " in text for name in view.value_names)


def test_a_list_is_shown_by_its_items_whatever_they_are_called() -> None:
    text = told(GALLERY, title="[bold]t2")
    at = "(at 2026-05-28 20:26:52 UTC)"
    assert f"t1 {at}, [bold]t2 {at}" in text
    assert "tv (count 1)" in text
    assert "none" in text
