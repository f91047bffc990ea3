"""Flags are read as a view is, of the double and of a real Redis, alone and beside others."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest
from typer.testing import CliRunner

from features.account_flags import ACCOUNT_FLAGS
from headwater.cli import app
from headwater.lineage import of_view
from schemas.quality import Count, Violation
from serving import FeatureReader
from sinks.memory import MemoryTiles
from sinks.memory_flags import MemoryFlags
from sinks.redis_features import RedisTiles
from sinks.redis_flags import RedisFlags
from sinks.redis_generations import take_over
from sinks.redis_quality import RedisQuality
from tests.gallery import EVERY
from tests.reading import SAMPLE
from tests.tiles import write_all
from validators import stream_ruleset

MEMBERS = EVERY["member_activity"]
#: Flags expire by the clock of Redis.
NOW_MS = time.time_ns() // 1_000_000
SLO_MS = 180_000
TOLD = [("device_rate", "m1", 5_000), ("travels_as_people_do", "m1", 2_000), ("device_rate", "100%|x", 0)]
VIOLATIONS = [Violation(rule, "play", key, NOW_MS - ago, "e", 5, 4, 1_000, "") for rule, key, ago in TOLD]
FLAG_MS = {"device_rate": 600_000, "travels_as_people_do": 100_000}
SENT = [(name, record | {"event_time": NOW_MS}) for name, record in SAMPLE]
MINUTE_MS = NOW_MS // 60_000 * 60_000


@pytest.fixture(
    params=[pytest.param("memory", marks=pytest.mark.unit), pytest.param("redis", marks=pytest.mark.runtime)]
)
def reader(request: pytest.FixtureRequest) -> FeatureReader:
    """Reads one member's tiles and the flags, of which the monitor told in this minute."""
    if request.param == "memory":
        tiles, flags = MemoryTiles(), MemoryFlags()
        flags.watched_ms = MINUTE_MS
        made = FeatureReader(tiles, flags)
    else:
        client = request.getfixturevalue("client")
        client.flushall()
        take_over(client, 0)
        RedisQuality(client).write_counts([Count(MINUTE_MS, "play", "all", "", "valid", "", 1)])
        tiles, flags, made = RedisTiles(client), RedisFlags(client), FeatureReader(client)  # type: ignore[assignment]
    flags.flag(VIOLATIONS, FLAG_MS)
    write_all(tiles, MEMBERS, SENT)
    return made


def test_who_is_flagged_is_told_with_why_and_since_when(reader: FeatureReader) -> None:
    found = reader.read("account_flags", ["m1", "m2", "100%|x", "m1"], NOW_MS)
    assert found.values["flagged"].tolist() == [True, False, True, True]
    both = "device_rate,travels_as_people_do"
    assert found.values["reasons"].tolist() == [both, "", "device_rate", both]
    assert [age if age == age else None for age in found.age_s.tolist()] == [2, None, 0, 2]
    assert found.status.tolist() == ["fresh"] * 4
    (later,) = reader.read(ACCOUNT_FLAGS, ["m1"], NOW_MS + 150_000).as_dicts()
    assert later["values"] == {"flagged": True, "reasons": "device_rate"}
    assert reader.read("account_flags@1", [], NOW_MS).as_dicts() == []


def test_flags_are_stale_where_nobody_has_watched_of_late(reader: FeatureReader) -> None:
    ages_ms = (0, SLO_MS - 60_000, SLO_MS + 120_000)
    status = [reader.read("account_flags", ["m2"], NOW_MS + age).status[0] for age in ages_ms]
    assert status == ["fresh", "fresh", "stale"]


def test_flags_beside_other_views_answer_as_alone(reader: FeatureReader) -> None:
    asked: list[Any] = [("account_flags", ["m1", "m3"]), (MEMBERS, ["m1"]), (ACCOUNT_FLAGS, ["m2"])]
    together = reader.read_many(asked, NOW_MS)
    alone = [reader.read(view, entities, NOW_MS) for view, entities in asked]
    told = [json.dumps(answer.as_dicts()) for answer in together]
    assert told == [json.dumps(answer.as_dicts()) for answer in alone]
    assert together[1].values["plays_10m"].tolist() == [1]


@pytest.mark.unit
def test_flags_are_made_of_the_rules_of_abuse() -> None:
    abuse = {rule.name for rule in stream_ruleset.shipped() if rule.severity == "abuse"}
    guards = of_view(ACCOUNT_FLAGS).guards
    assert {guard.name for guard in guards if guard.severity == "abuse"} == abuse
    assert all(set(guard.events) <= set(ACCOUNT_FLAGS.sources) for guard in guards)
    assert math.isclose(ACCOUNT_FLAGS.slo_s * 1_000, SLO_MS)


@pytest.mark.unit
def test_commands_show_flags_like_any_view(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_RUNTIME_DIR", str(tmp_path))

    def features(*arguments: str) -> str:
        return CliRunner().invoke(app, ["features", *arguments]).stdout

    assert "account_flags@1" in features("list")
    told = json.loads(features("show", "account_flags", "--json"))
    assert (told["values"], told["rings"], told["entity_bytes"]) == (["flagged", "reasons"], [], 0)
    assert "whom to pass over" in features("show", "account_flags")
    assert "rule over many events devices_at_once (abuse)" in features("lineage", "account_flags")
