"""What is told to Prometheus of the product is what its pages and commands tell."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from headwater import ledger, positions
from headwater.commands import quality
from headwater.errors import HeadwaterError
from headwater.metrics import told
from headwater.metrics.collector import Product
from headwater.metrics.product import PRODUCT
from headwater.metrics.told import Sample
from headwater.positions import AUDIT, FEATURES, GATE, READS, Positions, Reconnecting
from headwater.server import Served, application
from headwater.settings import Settings
from headwater.web.quality import NOW_MS
from schemas.quality import Alert, Condition
from sinks.redis_ledger import Total
from tests.pages import NOWHERE, RULES, InMemory, counts, models_told
from validators.watch import catalog

pytestmark = pytest.mark.unit

Told = dict[tuple[str, ...], float]
HOUR_MS = 1_780_000_000_000 // 3_600_000 * 3_600_000
WATCHES = tuple(catalog.load())


def exposed(samples: Iterable[Sample]) -> Told:
    """What a scrape reads: by name and values of labels, in the order of the catalogue."""
    registry = CollectorRegistry()

    class Given(Product):
        def __init__(self) -> None: ...

        def collect(self):  # type: ignore[no-untyped-def]
            return told.families(samples)

    registry.register(Given())
    labels = {metric.series: metric.labels for metric in PRODUCT}
    return {
        (sample.name, *(sample.labels[label] for label in labels[sample.name])): sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }


def of_progress() -> Told:
    written = {(topic, 0): 100 for topic in READS[AUDIT] + READS[GATE]}
    committed = {job: dict.fromkeys(((t, 0) for t in READS[job]), 90) for job in (GATE, FEATURES)}
    now = Positions(written, {job: {} for job in READS} | committed)
    rows = [
        Total("play", "valid", "", 0, 7, 100),
        Total("play", "rejected", "malformed,country_iso", 0, 2, 0),
    ]
    entries = [entry.to_json() for entry in ledger.entries(rows, now.read())]
    return exposed(told.of_progress(now, entries, ledger.reasons(rows)))


def of_quality() -> Told:
    now_ms = HOUR_MS + 30_000
    raised = [
        Alert(now_ms, "titles_drift", event, "all", "", "raised", 0.4, 0.2, 1, "accuracy", "")
        for event in "ab"
    ]
    held = InMemory(counts(now_ms), raised, [Condition("rejected_share/play", True, 0, "", (), ())])
    return exposed(told.of_quality(quality.collect(held, RULES, NOW_MS, now_ms), RULES, WATCHES))


def of_views() -> Told:
    views = [
        {"view": "a", "status": "fresh", "age_s": 0.5, "slo_s": 5.0},
        {"view": "b", "status": "missing", "age_s": None, "slo_s": 9.0},
    ]
    return exposed(told.of_views(views))


def of_models() -> Told:
    return exposed(told.of_models(models_told()[0]))


def test_progress_is_what_status_tells() -> None:
    found = of_progress()
    assert found["headwater_events_written_total", "play"] == 100
    assert found["headwater_ledger_events_total", "play", "valid"] == 7
    assert found["headwater_ledger_events_total", "play", "quarantined"] == 2
    assert found["headwater_ledger_events_total", "hover", "late"] == 0
    assert found["headwater_ledger_reasons_total", "country_iso"] == 2
    lags = {labels[0]: n for (name, *labels), n in found.items() if name == "headwater_consumer_lag_records"}
    assert lags == {GATE: 10 * len(READS[GATE]), FEATURES: 10 * len(READS[FEATURES])}, "nothing of others"


def test_quality_is_what_its_command_tells() -> None:
    found = of_quality()
    failed = {
        tuple(labels): n for (name, *labels), n in found.items() if name == "headwater_rule_failed_events"
    }
    assert failed.keys() == {(event, "country_iso", "validity") for event in ("play", "hover")}
    for labels, n in failed.items():
        share = n / found["headwater_rule_checked_events", *labels]
        assert found["headwater_quality_score_ratio", labels[0], "validity"] == pytest.approx(
            1 - share, abs=1e-3
        )
    assert found["headwater_violations", "member_rate", "play"] == 7
    alerts = {labels[0]: n for (name, *labels), n in found.items() if name == "headwater_alerts_open"}
    assert alerts == dict.fromkeys((watch.name for watch in WATCHES), 0) | {"titles_drift": 2}
    conditions = {labels[0]: n for (name, *labels), n in found.items() if name == "headwater_condition_open"}
    hard = {
        f"{watch.name}/{event}" for watch in WATCHES if watch.severity == "hard" for event in watch.events
    }
    assert conditions == dict.fromkeys(hard, 0) | {"rejected_share/play": 1}
    assert "rejected_share/play" in hard


def test_views_and_models_are_told_without_what_is_not_known() -> None:
    views = of_views()
    assert views["headwater_view_status", "b", "missing"] == 1
    assert [key for key in views if key[0] == "headwater_view_age_seconds"] == [
        ("headwater_view_age_seconds", "a")
    ]
    found, (take, _) = of_models(), models_told()[0]
    for name, figure in (("log_loss", "log_loss"), ("auc_ratio", "auc"), ("examples_total", "examples")):
        assert found[f"headwater_model_{name}", "take"] == take[figure]
    assert found["headwater_model_frozen", "completion"] == 0


@pytest.mark.parametrize("tell", [of_progress, of_quality, of_views, of_models])
def test_names_are_those_of_the_catalogue(tell: Callable[[], Told]) -> None:
    assert {key[0] for key in tell()} <= {metric.series for metric in PRODUCT}


def test_all_of_the_catalogue_is_told() -> None:
    found = of_progress() | of_quality() | of_views() | of_models()
    assert {metric.name for metric in PRODUCT if metric.series not in {key[0] for key in found}} == {
        "headwater_part_told"
    }


def test_where_nothing_answers_the_server_says_so_and_what_it_measures_of_itself(tmp_path: Path) -> None:
    served = Served(NOWHERE.redis, "127.0.0.1", 1, 1, 0, 45, None, (Settings(runtime_dir=tmp_path), NOWHERE))

    async def ask() -> str:
        transport = httpx.ASGITransport(application(served))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            await client.get("/views")
            return (await client.get("/metrics")).text

    began_s = time.monotonic()
    lines = asyncio.run(ask()).splitlines()
    for part in ("progress", "quality", "views", "models"):
        assert f'headwater_part_told{{part="{part}"}} 0.0' in lines
    assert 'headwater_api_requests_total{route="/views",status="200"} 1.0' in lines
    assert time.monotonic() - began_s < 30


def test_a_connection_that_failed_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    class Watcher:
        def __init__(self, kafka: str) -> None:
            made.append(kafka)

        def look(self, generation: int) -> int:
            if generation == 13:
                raise HeadwaterError("no answer", "wait")
            return generation

        def __exit__(self, *_: object) -> None:
            made.append("closed")

    monkeypatch.setattr(positions, "Watcher", Watcher)
    monkeypatch.setattr("headwater.kafka_client.reachable", lambda _: True)
    watcher = Reconnecting("k:1")
    assert [watcher.look(n) for n in (1, 2)] == [1, 2]
    with pytest.raises(HeadwaterError):
        watcher.look(13)
    assert watcher.look(3) == 3  # type: ignore[comparison-overlap]
    assert made == ["k:1", "closed", "k:1"]
