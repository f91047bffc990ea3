"""Versions of a view, side by side: stored apart, computed together, each read by its name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from features.catalog import CATALOG, NAMED, VIEWS
from features.layout import layouts
from features.sql import table_name
from features.sums import Count
from features.versions import named, newest
from flink_jobs.compute_features import script
from flink_jobs.options import Options
from serving import FeatureReader
from sinks.memory import MemoryTiles
from tests.reading import ENTITIES, NOW_MS, event
from tests.tiles import write_all

pytestmark = pytest.mark.unit

OLD = VIEWS["title_country_trending"]
#: What was counted as a play is counted differently now.
NEW = replace(OLD, version=2, features=(Count("plays", on="play", where="`rank` IS NULL"), OLD.features[1]))
BOTH = (NEW, OLD)
EVENTS = [event("play", NOW_MS, rank=rank) for rank in (None, 1, 2)]


def test_a_name_is_its_newest_version_and_an_id_that_one() -> None:
    assert newest(BOTH) == newest(reversed(BOTH)) == {OLD.name: NEW}
    assert named(BOTH) == {OLD.name: NEW, OLD.id: OLD, NEW.id: NEW}


@pytest.mark.parametrize("view", CATALOG, ids=lambda view: view.id)
def test_every_version_of_the_catalogue_can_be_asked_for(view: object) -> None:
    assert [name for name, each in NAMED.items() if each == view and "@" in name] == [view.id]  # type: ignore[attr-defined]


def test_two_views_of_one_name_and_version_are_refused() -> None:
    with pytest.raises(ValueError, match="title_country_trending@1 is there twice; raise the version"):
        newest((*BOTH, replace(OLD, slo_s=1)))


def test_both_are_computed_and_nothing_of_one_is_the_other_s() -> None:
    text = script(Options(), BOTH).text()
    tables = {table_name(view, ring) for view in BOTH for ring in view.rings}
    keys = {key for view in BOTH for layout in layouts(view) for key in layout.keys(["t1|BR"], 0)}
    assert len(tables) == len(keys) == sum(len(view.rings) for view in BOTH)
    assert all(f"INSERT INTO {table}\n" in text for table in tables)


def test_a_reader_asks_for_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.question.NAMED", named(BOTH))
    tiles = MemoryTiles()
    for view in BOTH:
        write_all(tiles, view, EVENTS)
    reader, entities = FeatureReader(tiles), ENTITIES[OLD.name][:1]
    plays = {
        name: reader.read(name, entities, NOW_MS).values["plays_5m"][0] for name in (OLD.name, OLD.id, NEW.id)
    }
    assert plays == {OLD.name: 1, OLD.id: 3, NEW.id: 1}
    with pytest.raises(KeyError):
        reader.read(f"{OLD.name}@3", entities, NOW_MS)
