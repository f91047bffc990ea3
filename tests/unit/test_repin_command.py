"""`headwater repin` on a real Redis: whom it asks to begin anew, what it says, and what it refuses."""

from __future__ import annotations

import json
import time

import pytest
import redis
from typer.testing import CliRunner, Result

from headwater.cli import app
from headwater.errors import HeadwaterError
from sinks.redis_quality import RedisQuality
from validators.watch import catalog
from validators.watch.declare import Drift

pytestmark = pytest.mark.unit

DRIFT = {watch.name: watch for watch in catalog.load() if isinstance(watch, Drift)}


@pytest.fixture
def quality(client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> RedisQuality:
    client.flushdb()
    port = client.connection_pool.connection_kwargs["port"]
    # Of the three services Redis alone is asked.
    monkeypatch.setenv("HEADWATER_REDIS", f"redis://127.0.0.1:{port}/0")
    monkeypatch.setenv("HEADWATER_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("HEADWATER_FLINK", "http://127.0.0.1:1")
    return RedisQuality(client)


def repin(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["repin", *arguments])


def test_all_of_a_watch_is_asked_for_unless_event_types_are_named(quality: RedisQuality) -> None:
    before_ms = time.time_ns() // 1_000_000
    ran = repin("titles_drift", "devices_drift", "--event", "play", "--event", "hover", "--json")
    told = json.loads(ran.stdout)
    assert before_ms <= told["repinned_ms"] <= time.time_ns() // 1_000_000
    assert told["watches"][0] == {
        "watch": "titles_drift",
        "events": ["play", "hover"],
        "not_watched": [],
        "windows": 24,
        "window_s": 3_600,
        "reference": 5_000,
    }
    asked = {(watch, event) for watch in ("titles_drift", "devices_drift") for event in ("play", "hover")}
    assert quality.repinned() == dict.fromkeys(asked, told["repinned_ms"])
    assert repin("results_drift").exit_code == 0
    assert set(quality.repinned()) == asked | {("results_drift", "search")}


def test_all_watches_are_those_that_watch_the_event_type(quality: RedisQuality) -> None:
    assert repin("--all", "--event", "search").exit_code == 0
    assert set(quality.repinned()) == {(name, "search") for name, w in DRIFT.items() if "search" in w.events}
    assert repin("--all").exit_code == 0
    assert set(quality.repinned()) == {(name, event) for name, w in DRIFT.items() for event in w.events}


def test_it_says_what_it_did(quality: RedisQuality) -> None:
    ran = repin("runtime_drift")
    assert ran.stdout == (
        "runtime_drift of play, pause gathers its reference anew:"
        " 8 windows of 15 min and 5,000 sampled events\n"
    )
    assert "UTC by the clock of this machine" in ran.stderr


def test_it_says_which_watch_does_not_watch_an_event_type(quality: RedisQuality) -> None:
    words = ["titles_drift", "runtime_drift", "--event", "play", "--event", "hover"]
    titles, runtime = repin(*words).stdout.splitlines()
    assert "not watch" not in titles
    assert runtime.startswith("runtime_drift of play gathers")
    assert runtime.endswith("; it does not watch hover")
    told = json.loads(repin(*words, "--json").stdout)["watches"]
    assert [each["not_watched"] for each in told] == [[], ["hover"]]
    assert ("runtime_drift", "hover") not in quality.repinned()


def test_the_newest_asking_is_kept(quality: RedisQuality) -> None:
    quality.repin([("titles_drift", "play"), ("titles_drift", "hover")], 1_000)
    quality.repin([("titles_drift", "hover")], 2_000)
    assert quality.repinned() == {("titles_drift", "play"): 1_000, ("titles_drift", "hover"): 2_000}


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["nothing_drift"], ["'nothing_drift'", *DRIFT]),
        # Learns what is usual by itself, and has no reference.
        (["titles_drift", "volume_unusual"], ["'volume_unusual'", *DRIFT]),
        ([], [*DRIFT, "--all"]),
        (["titles_drift", "--all"], [*DRIFT, "--all"]),
        (["--all", "--event", "plays"], ["'plays'", "play, pause"]),
        (["results_drift", "versions_drift", "--event", "hover"], ["results_drift", "hover", "use search"]),
    ],
)
def test_what_it_refuses_changes_nothing(
    quality: RedisQuality, arguments: list[str], names: list[str]
) -> None:
    error = repin(*arguments).exception
    assert isinstance(error, HeadwaterError)
    assert all(name in str(error) for name in names)
    assert "\n" not in str(error)
    assert quality.repinned() == {}
