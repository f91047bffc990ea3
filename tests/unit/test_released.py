"""No edit of a released view goes unseen, and none that matters goes through."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from features.catalog import CATALOG
from features.derived import Rate
from features.released import RELEASED, compare, definitions, dumps, load, told
from features.sums import Count
from features.view import Each, View
from headwater.cli import app
from headwater.commands import feature_releases
from headwater.errors import HeadwaterError
from tests.gallery import EVERY

pytestmark = pytest.mark.unit

views = pytest.mark.parametrize("view", EVERY.values(), ids=EVERY)
VIEW = EVERY["title_engagement"]
MORE = Count("longer", on="hover", where="dwell_ms > 5000")
SHARE = Rate("plays_per_longer", numerator="plays", denominator="hovers", prior=0.1, strength=1.0)


def test_the_catalogue_is_what_was_released() -> None:
    changes = compare(load(RELEASED.read_text()), definitions(CATALOG))
    told = "\n".join(feature_releases.told(change) for change in changes)
    assert not changes, (
        f"raise the version of what is incompatible, then `headwater features release`:\n{told}"
    )


def edits(view: View) -> dict[str, View]:
    """Each thing that bytes or values depend on, changed alone."""
    first = view.features[0]
    longest, tile = list(view.windows.items())[-1]
    return {
        "entity": replace(view, entity=(*view.entity, "device_id")),
        "events": replace(view, events=(*view.events, "stream_start")),
        "window": replace(view, windows={**view.windows, "2h": "60s"}),
        "tile": replace(view, windows={**view.windows, longest: "20s" if tile == "60s" else "60s"}),
        "a condition on all": replace(view, where="event_time > 0"),
        "a column": replace(view, derived={**view.derived, "hour": "event_time / 3600000"}),
        "parts": replace(view, each=Each("part", of="device_type", separator="-")),
        "a feature less": replace(view, features=view.features[:-1]),
        "a condition": replace(view, features=(replace(first, where="event_time > 0"), *view.features[1:])),  # type: ignore[call-arg]
        "another order": replace(view, features=(MORE, *view.features)),
    }


@views
@pytest.mark.parametrize("edit", list(edits(VIEW)))
def test_an_edit_that_matters_is_incompatible(view: View, edit: str) -> None:
    (change,) = compare(definitions([view]), definitions([edits(view)[edit]]))
    assert (change.kind, change.compatible) == ("changed", False)
    assert change.removed or change.added


@views
def test_every_parameter_of_a_feature_is_pinned(view: View) -> None:
    for feature in view.features:
        for field in fields(feature):
            changed = replace(feature, **{field.name: another(field.name, getattr(feature, field.name))})
            assert told(changed) != told(feature), field.name


def another(name: str, value: Any) -> Any:
    """Another value that the parameter may have."""
    match value:
        case _ if name in ("window", "tile"):
            return {"window": "48d", "tile": "1s"}[name]
        case None:
            return "1"
        case str():
            return f"{value}1"
        case tuple():
            return (*value, 0.25)
        case float():
            return value / 2
    return value + 1


@views
def test_what_a_view_is_for_may_change(view: View) -> None:
    other = replace(view, description="Another reason.", owner="another", slo_s=1, tags=("another",))
    assert compare(definitions([view]), definitions([other])) == []


def test_new_versions_retired_ones_and_what_stores_nothing_are_compatible() -> None:
    after = [replace(VIEW, features=(*VIEW.features, SHARE)), replace(VIEW, version=2, events=("play",))]
    changes = compare(definitions([VIEW, EVERY["gallery"]]), definitions(after))
    assert [(c.view, c.kind, c.compatible) for c in changes] == [
        ("gallery@1", "retired", True),
        ("title_engagement@1", "changed", True),
        ("title_engagement@2", "added", True),
    ]
    assert len(changes[1].added) == 1


def test_what_is_pinned_is_read_again_and_held_against_its_digest() -> None:
    text = dumps(definitions(EVERY.values()))
    assert load(text) == definitions(EVERY.values())
    with pytest.raises(ValueError, match="the definition of title_engagement@1 is not that of its digest"):
        load(text.replace('events hover, pause, play"', 'events hover, play"'))


def features(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["features", *arguments])


@pytest.fixture
def declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts views in the place of the catalogue; what is released goes to a file of the test."""
    file = tmp_path / "released.json"
    file.write_text("{}")
    monkeypatch.setattr(feature_releases, "RELEASED", file)
    return lambda *views: monkeypatch.setattr(feature_releases, "CATALOG", views)


def test_a_release_pins_and_refuses_what_is_edited_afterwards(declare: Any) -> None:
    declare(VIEW)
    assert (features("diff").exit_code, features("release").exit_code) == (0, 0)
    assert json.loads(features("diff", "--json").stdout) == []
    declare(replace(VIEW, events=("play", "hover")))
    found = features("diff", VIEW.name)
    assert found.exit_code == 1
    assert "  - events hover, pause, play\n  + events hover, play" in found.stdout
    refused = features("release").exception
    assert isinstance(refused, HeadwaterError)
    assert "title_engagement@1 is not as it was released (events hover, pause, play)" in str(refused)
    (change,) = json.loads(features("diff", "--json").stdout)
    assert (change["view"], change["kind"], change["compatible"]) == ("title_engagement@1", "changed", False)


def test_a_release_forgets_what_is_retired(declare: Any) -> None:
    declare(VIEW, EVERY["gallery"])
    features("release")
    declare(VIEW)
    assert "retired gallery@1, compatible" in features("diff", "gallery").stdout
    assert [c["view"] for c in json.loads(features("release", "--json").stdout)] == ["gallery@1"]
    assert features("diff").stdout == ""


def test_a_file_that_cannot_be_used_is_named(declare: Any) -> None:
    feature_releases.RELEASED.write_text("[]")
    assert isinstance(features("diff").exception, HeadwaterError)
    assert isinstance(features("diff", "no_such_view").exception, HeadwaterError)
