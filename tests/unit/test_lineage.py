"""What views are made of, held against the rules and views themselves; and how the commands show it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from features.catalog import CATALOG, READABLE, VIEWS
from features.layout import layouts
from features.listing_layout import list_layouts
from features.live import Live
from features.view import View
from headwater import consumers, lineage
from headwater.cli import app
from headwater.errors import HeadwaterError
from headwater.view_picture import picture
from schemas.topics import raw
from serving.observed import Observed, observe
from sinks.memory import MemoryTiles
from tests.gallery import EVERY
from tests.reading import NOW_MS, SAMPLE
from tests.tiles import write_all
from validators import ruleset, stream_ruleset
from validators.watch import catalog as watches

pytestmark = pytest.mark.unit

views = pytest.mark.parametrize("view", CATALOG, ids=lambda view: view.id)
NEEDED_BY = {
    each.name: {name.partition(".")[0] for name in each.needed_by}
    for each in (
        *(rule for of_event in ruleset.load().rules.values() for rule in of_event),
        *stream_ruleset.shipped(),
        *watches.load(),
    )
}


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing runs here."""
    monkeypatch.setenv("HEADWATER_RUNTIME_DIR", str(tmp_path))


def features(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["features", *arguments])


@pytest.mark.parametrize("name", [*(view.name for view in CATALOG), *consumers.MODELS])
def test_who_is_needed_by_a_consumer_guards_it(name: str) -> None:
    names = {name, consumers.EVERY_VIEW if name in EVERY else consumers.EVERY_MODEL}
    found = lineage.guards(names, EVERY[name].sources if name in EVERY else consumers.MODELS[name])
    needed_by = {rule for rule, needed in NEEDED_BY.items() if names & needed}
    assert {guard.name for guard in found} <= needed_by
    own = {rule for rule, needed in NEEDED_BY.items() if name in needed}
    assert own <= {guard.name for guard in found}


@views
def test_guards_name_events_and_features_of_the_view(view: View) -> None:
    for guard in lineage.of_view(view).guards:
        assert {*guard.events} <= {*view.sources}
        assert guard.events
        assert {*guard.features} <= {feature.name for feature in view.features}


@views
def test_every_source_reaches_the_view(view: View) -> None:
    links = {(before.id, after.id) for before, after in lineage.edges([lineage.of_view(view)])}
    into = {before for before, after in links if after == f"view:{view.id}"}
    reaching = into | {before for before, after in links if after in into}
    assert {f"topic:{raw(event)}" for event in view.sources} <= reaching
    assert {before.partition(":")[0] for before, _ in links} >= {"topic", "rule"}


def test_an_event_that_nothing_guards_reaches_its_consumer_all_the_same() -> None:
    bare = lineage.Consumer(lineage.Node("view", "bare@1"), ("play",), ())
    assert [(b.id, a.id) for b, a in lineage.edges([bare])] == [("topic:events.play", "view:bare@1")]


def test_models_stand_beside_the_views_whose_events_they_learn_from() -> None:
    for view in READABLE:
        beside = {model.node.name: model for model in lineage.models(view)}
        for name, events in consumers.MODELS.items():
            reads = view.name in consumers.KNOWN[name]
            tells = consumers.TOLD.get(name, ())
            assert (name in beside) == (bool({*events, *tells} & {*view.sources}) or reads)
            assert not reads or lineage.Node("view", view.id) in beside[name].views
    assert len(lineage.models()) == len(consumers.MODELS)


@pytest.mark.parametrize("name", consumers.MODELS)
def test_every_source_reaches_the_model(name: str) -> None:
    links = {(before.id, after.id) for before, after in lineage.edges(lineage.models())}
    into = {before for before, after in links if after == f"model:{name}"}
    reaching = into | {before for before, after in links if after in into}
    assert {f"topic:{raw(event)}" for event in consumers.MODELS[name]} <= reaching


@views
def test_a_model_reaches_the_view_of_what_it_tells(view: View) -> None:
    links = lineage.edges([lineage.of_view(view), *lineage.models(view)])
    out = {(before.name, after.id) for before, after in links if before.kind == "model"}
    telling = [name for name, events in consumers.TOLD.items() if {*events} & {*view.sources}]
    assert out == {(name, f"topic:{raw(of)}") for name in telling for of in consumers.TOLD[name]}
    told = picture(view, Observed("fresh", 0.0))
    learning = [name for name, events in consumers.MODELS.items() if {*events} & {*view.sources}]
    assert (told["told_by_models"], told["models_of_its_events"]) == (telling, learning)
    if telling:
        assert f"model {telling[0]} tells its " in features("lineage", view.id).stdout


def test_a_view_reaches_the_models_that_read_it() -> None:
    links = {(before.id, after.id) for before, after in lineage.edges(lineage.models())}
    for name, views in consumers.KNOWN.items():
        assert {
            before for before, after in links if after == f"model:{name}" and before.startswith("view:")
        } == {f"view:{VIEWS[view].id}" for view in views}
    assert (
        "model take learns from the same hover, play and reads it"
        in features("lineage", "profile_genre").stdout
    )
    assert "view profile_genre@1" in features("lineage").stdout


def test_a_view_is_observed_in_the_words_of_a_read() -> None:
    view = EVERY["member_activity"]
    tiles = MemoryTiles(7)
    assert observe(tiles, [view], NOW_MS) == [Observed("missing", None)]
    write_all(tiles, view, SAMPLE)
    for later_s, status in ((0, "fresh"), (60, "fresh"), (61, "stale")):
        assert observe(tiles, [view], NOW_MS + later_s * 1_000) == [Observed(status, later_s)]
    assert observe(tiles, [view], NOW_MS - 1_000) == [Observed("fresh", 0)]
    tiles.degrade(view.name)
    assert observe(tiles, [view, EVERY["title_engagement"]], NOW_MS) == [
        Observed("degraded", 0),
        Observed("missing", None),
    ]
    tiles.point_at(Live(7, rebuilding=True))
    assert observe(tiles, [view], NOW_MS) == [Observed("rebuilding", 0)]
    assert observe(tiles, [], NOW_MS) == []


def test_a_list_names_every_view_though_no_redis_answers() -> None:
    told = json.loads(features("list", "--json").stdout)
    assert [(each["view"], each["version"]) for each in told] == [(v.name, v.version) for v in READABLE]
    assert {(each["status"], each["age_s"]) for each in told} == {("not reachable", None)}
    lines = features("list").stdout.splitlines()
    assert [line.split()[0] for line in lines if "@" in line] == [view.id for view in READABLE]


@views
def test_all_of_a_view_is_shown(view: View) -> None:
    told: dict[str, Any] = json.loads(features("show", view.id, "--json").stdout)
    assert told["status"] == "not reachable"
    assert [f["name"] for f in told["features"]] == [f.name for f in view.features]
    assert sum(f["tile_bytes"] for f in told["features"]) + 12 == told["rings"][0]["record_bytes"]
    lists = list_layouts(view)
    of_lists = sum(lay.dtype.itemsize * lay.of.ring.slots for lay in lists)
    assert told["entity_bytes"] - of_lists == sum(
        lay.dtype.itemsize * lay.ring.slots for lay in layouts(view)
    )
    kept_s = [*(layout.ttl_s for layout in layouts(view)), *(layout.of.ring.ttl_s for layout in lists)]
    assert [ring["ttl_s"] for ring in told["rings"]] == kept_s
    shown = features("show", view.name).stdout
    for word in (view.id, view.owner, *view.tags, *view.windows, *(f.name for f in view.features)):
        assert word in shown
    assert all(guard["name"] in shown for guard in told["guards"])


def test_lineage_is_a_tree_a_graph_or_a_flowchart() -> None:
    view = CATALOG[0]
    tree = features("lineage", view.name).stdout
    assert f"view {view.id}\n├── events.play\n│   ├── rule event_id_present (reject)\n" in tree
    assert "model take learns from the same hover, play" in tree
    told = json.loads(features("lineage", "--json").stdout)
    ids = {node["id"] for node in told["nodes"]}
    assert {*(f"view:{each.id}" for each in READABLE), "model:take"} <= ids
    assert all({edge["from"], edge["to"]} <= ids for edge in told["edges"])
    chart = features("lineage", "--mermaid").stdout.splitlines()
    assert chart[0] == "flowchart LR"
    assert len(chart) == 1 + len(told["nodes"]) + len(told["edges"])


@pytest.mark.parametrize(
    "arguments", [["show", "no_such_view"], ["lineage", "x@1"], ["lineage", "--json", "--mermaid"]]
)
def test_what_cannot_be_shown_is_told_in_a_line(arguments: list[str]) -> None:
    assert isinstance(features(*arguments).exception, HeadwaterError)
