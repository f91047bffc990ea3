"""The shipped watches, and what is said of a file that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import yaml

from flink_jobs.quality_profiles import profiled
from headwater import consumers
from schemas.events import EVENT_NAMES, EVENTS
from schemas.quality import PARTITION, SLICES
from validators import ruleset
from validators.source import RuleError
from validators.watch import catalog, declare
from validators.watch.declare import Chosen, OfField, Watch
from validators.watch.detect import begin
from validators.watch.score import UNREAD

pytestmark = pytest.mark.unit

WATCHES = catalog.load()
KINDS = {"share", "mean_shift", "field_shift", "silence", "nulls", "volume", "drift"}
each_watch = pytest.mark.parametrize("watch", WATCHES, ids=lambda watch: watch.name)

SOUND = {
    "name": "an_example",
    "kind": "share",
    "dimension": "validity",
    "on": ["play"],
    "verdicts": ["rejected"],
    "bound": 0.2,
    "clear_below": 0.1,
    "why": "It is an example.",
}
NULLS = {"kind": "nulls", "field": "row", "verdicts": None}


def loaded(directory: Path, *watches: dict[str, object]) -> tuple[Watch, ...]:
    """Watches of one file; a field that is None is left out."""
    file = directory / "mine.yaml"
    told = [{name: value for name, value in watch.items() if value is not None} for watch in watches]
    file.write_text(yaml.safe_dump({"watches": told}))
    return catalog.load(file)


def test_every_kind_is_shipped() -> None:
    assert {watch.kind for watch in WATCHES} == KINDS


def test_a_release_that_breaks_is_looked_for_among_its_own_events_in_every_way_but_by_volume() -> None:
    assert {watch.kind for watch in WATCHES if "app_version" in watch.slices} == KINDS - {"volume"}


def test_slices_are_those_of_the_counts() -> None:
    assert get_args(declare.Slice) == (*SLICES, PARTITION)


@each_watch
def test_a_watch_says_whom_it_protects_and_why(watch: Watch) -> None:
    assert set(watch.needed_by) <= consumers.names()
    assert watch.why.endswith(".")
    assert begin(watch).to_json() is not None


@each_watch
def test_the_reasons_of_a_watch_exist(watch: Watch) -> None:
    if isinstance(watch, Chosen):
        for event in watch.events:
            assert set(watch.reasons) <= {rule.name for rule in ruleset.load().rules[event]} | UNREAD


def test_names_are_no_rules() -> None:
    rules = {rule.name for event in EVENT_NAMES for rule in ruleset.load().rules[event]}
    assert not rules & {watch.name for watch in WATCHES}


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    (watch,) = loaded(tmp_path, SOUND)
    assert (watch.name, watch.events, watch.window_ms) == ("an_example", ("play",), 60_000)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"bound": None}, "bound is missing: Field required"),
        ({"bound": -1}, "bound is -1: Input should be greater than or equal to 0"),
        ({"bound": float("nan")}, "bound is nan: Input should be a finite number"),
        ({"window_s": 90}, "window_s is 90: Input should be a multiple of 60"),
        ({"clear_below": 0.3}, "clear_below is above bound, so an alert would flap; lower it"),
        ({"raise_after": 4}, "raise_after is above of_last, so no alert would be raised; lower it"),
        ({"severity": "hard"}, "a hard watch needs needed_by: whom its breaker protects"),
        ({"on": ["rewind"]}, "on has 'rewind', which is no event type; use "),
        ({"reasons": ["country_iso"]}, "give either verdicts or reasons: which events are counted"),
        ({"verdicts": None}, "give either verdicts or reasons: which events are counted"),
        ({"slices": ["city"]}, "slices.0 is 'city': Input should be 'all', 'device_type', "),
        ({"slices": ["partition"]}, "slices has partition, of which only volume is known; use silence"),
        ({"boundd": 1}, "boundd is 1: Extra inputs are not permitted"),
        (NULLS | {"field": "rows"}, "play has no field 'rows'; use one of event_id, "),
        (NULLS | {"field": "title_id"}, "field 'title_id' of play is never null; watch another"),
        (
            NULLS | {"kind": "field_shift", "field": "country"},
            "field 'country' of play is no number; watch another",
        ),
    ],
)
def test_what_is_wrong_is_told_with_file_watch_and_field(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    with pytest.raises(RuleError) as error:
        loaded(tmp_path, SOUND | change)
    assert str(error.value).startswith(f"mine.yaml: watch an_example: {told}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "mine.yaml: the file: "),
        ("watches: 1", "mine.yaml: watches: "),
        ("watches: [1]", "mine.yaml: watch 1: "),
        ("watches: [{kind: guess}]", "mine.yaml: watch 1: "),
        ("watches: [{}]", "mine.yaml: watch 1: "),
        ("watches: [", "mine.yaml is no YAML: "),
        ("watches: []\nwatches: []", "mine.yaml: watches stands twice, again on line 2; keep one"),
    ],
)
def test_a_file_of_something_else_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(RuleError) as error:
        catalog.load(tmp_path)
    assert str(error.value).startswith(told)
    assert "\n" not in str(error.value)


def test_a_name_stands_once(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"mine\.yaml: watch an_example: mine\.yaml has one of that name"):
        loaded(tmp_path, SOUND, SOUND)


@each_watch
def test_a_watched_field_has_histograms(watch: Watch) -> None:
    if isinstance(watch, OfField):
        for event in watch.events:
            assert watch.field in {column.name for column in profiled(EVENTS[event])}
