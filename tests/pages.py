"""The live pages over doubles: the code that makes them, and what services would say."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any

from fastapi import FastAPI

from features.catalog import CATALOG, READABLE
from features.view import View
from headwater import rule_versions
from headwater.quarantine.log import MemoryKafka
from headwater.quarantine.record import Held
from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from headwater.view_picture import summary
from headwater.web import models, quality
from headwater.web.features import Features
from headwater.web.quarantine import Quarantine
from headwater.web.routes import add
from headwater.web.row import Row
from headwater.web.trail import Sample, Trail
from headwater.web.watched import Watched
from online_models.catalog import MODELS
from online_models.model import OnlineModel
from schemas import topics
from schemas.codec import encode
from schemas.events import EVENT_NAMES
from schemas.model_minute import ModelMinute
from schemas.quality import Alert, Condition, Count
from schemas.topics import MINUTE_MS
from serving.observed import Observed
from sinks.redis_quality import RedisQuality
from tests.learning import planted
from tests.quarantine import quarantined
from tests.rows import doubled
from tests.samples import sound

NOWHERE = Endpoints("127.0.0.1:1", "redis://127.0.0.1:1/0", "http://127.0.0.1:1")
#: What somebody may send who wants it to run in the browser of whoever looks.
MARKUP = "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">"
RULES = rule_versions.of([]).in_force.rules


def app(fault: str | None = None) -> FastAPI:
    """All pages. With a `fault`, one that every part tells instead of figures."""
    made = FastAPI()
    pages = {
        "overview": Watched(Overview(fault).look, 0.2),
        "quality": Watched(lambda: told("quality", fault, quality_told()), 1.0),
        "features": Watched(Catalogue(fault).look, 1.0),
        "models": Watched(lambda: told("models", fault, *models_told()), 1.0),
    }
    down = Row.of(Settings(), NOWHERE, dict, playable=True)
    add(made, pages, Catalogue(fault), quarantine(), down if fault else doubled(after_s=0.3)[0])
    return made


def told(name: str, fault: str | None, found: Any, history: Any = None) -> dict[str, Any]:
    """A page of a part, or of why there is none."""
    if fault:
        return {name: None, "history": None, "problems": {name: fault}}
    return {name: found, "history": history, "problems": {}}


class Overview:
    """2,000 events/s, of which each look sees more."""

    def __init__(self, fault: str | None) -> None:
        self._fault, self._looks, self._trail = fault, count(), Trail()
        for s in range(120):
            self._trail.add(self._sample(time.time_ns() // 1_000_000 - (120 - s) * 1_000))

    def _sample(self, at_ms: int) -> Sample:
        n, wave = at_ms * 2, (at_ms // 1_000 % 17) / 17
        return Sample(at_ms, n, n - 400, 0.2 + 0.3 * wave, int(300 + 400 * wave))

    def look(self) -> dict[str, Any]:
        n = next(self._looks)
        if self._fault:
            parts: dict[str, Any] = dict.fromkeys(("processes", "jobs", "progress", "views"))
            nothing = Trail()
            nothing.add(Sample(0, None, None, None, None))
            return {**parts, "problems": dict.fromkeys(parts, self._fault), "trail": nothing.series()}
        self._trail.add(self._sample(time.time_ns() // 1_000_000))
        vertices = [
            {"vertex": vertex, "parallelism": 1, "busy": busy, "backpressured": held, "idle": 1 - busy}
            for vertex, busy, held in (("raw … Calc", 0.44, 0.02), ("Join … Writer", 0.78, 0.0))
        ]
        jobs = [
            {"id": f"{name:0<32}", "name": name, "state": "RUNNING", "start_ms": 0, "vertices": vertices}
            for name in ("validate_events", "compute_features", "update_models")
        ]
        parts = ("play", "pause", "search", "hover")
        read = 1_000_000 + n
        entry = {"read": read, "valid": read - 21_000, "warned": 4_000, "counted": read - 17_000}
        entry |= {"quarantined": 15_000, "duplicate": 1_500, "late": 500, "repeated": 0, "balanced": True}
        return {
            "processes": [
                {"name": name, "alive": name != "monitor", "pid": 1, "uptime_s": 912.0, "rss_bytes": 5 << 27}
                for name in ("jobmanager", "taskmanager", "kafka", "redis", "supervisor", "monitor")
            ],
            "jobs": jobs,
            "progress": {
                "written": dict.fromkeys(parts, read),
                "lag": {job["name"]: 310 for job in jobs},
                "ledger": [{"event": event, **entry} for event in parts],
                "reasons": {"country_iso": 9_000, "malformed": 4_000, "dwell_in_range": 2_000},
            },
            "views": [
                {"view": view.id, "status": "fresh", "age_s": 0.4, "slo_s": view.slo_s}
                for view in CATALOG[:3]
            ],
            "problems": {},
            "trail": self._trail.series(),
        }


class InMemory(RedisQuality):
    """Counts, alerts and conditions in memory."""

    def __init__(
        self, counts: Sequence[Count], alerts: Sequence[Alert], conditions: Sequence[Condition]
    ) -> None:
        self._counts, self._alerts, self._conditions = counts, alerts, conditions

    def read_counts(self, from_ms: int, until_ms: int) -> list[Count]:
        return [c for c in self._counts if from_ms <= c.minute_ms < until_ms]

    def read_violations(self, from_ms: int, until_ms: int) -> dict[tuple[str, str], int]:
        return {("member_rate", "play"): 7}

    def alerts(self) -> list[Alert]:
        return list(self._alerts)

    def conditions(self) -> list[Condition]:
        return list(self._conditions)


def counts(now_ms: int) -> list[Count]:
    """An hour of plays and hovers, of which a share that comes and goes is rejected."""
    plain = [
        ("all", ""),
        ("device_type", "tv"),
        ("device_type", "phone"),
        ("country", "BR"),
        ("app_version", "8.1"),
    ]
    verdicts = (("valid", "", 0), ("rejected", "country_iso", 3), ("duplicate", "", 40), ("late", "", 9))
    begun_ms = now_ms // MINUTE_MS * MINUTE_MS
    return [
        Count(
            begun_ms - m * MINUTE_MS,
            event,
            kind,
            value,
            verdict,
            reasons,
            40 * (m % every) if every else 3_000,
        )
        for m in range(60)
        for event in ("play", "hover")
        for kind, value in plain
        for verdict, reasons, every in verdicts
    ]


def quality_told(now_ms: int | None = None) -> dict[str, Any]:
    now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    alert = Alert(
        now_ms, "titles_drift", "play", "all", "", "raised", 0.4, 0.2, 600_000, "accuracy", "other titles"
    )
    hard = Condition("rejected_share", True, now_ms, "31% of play", ("title_engagement",), ("take",))
    return quality.told(InMemory(counts(now_ms), [alert], [hard]), RULES, now_ms)


class Catalogue(Features):
    """Every view as fresh as the clock, and an entity `t00001`."""

    def __init__(self, fault: str | None = None) -> None:
        super().__init__(Settings(), NOWHERE)
        self._fault = fault

    def _views(self) -> list[dict[str, Any]]:
        if self._fault:
            return super()._views()
        kinds = [Observed("fresh", 0.4), Observed("stale", 95.0), Observed("not computed", None)]
        return [
            summary(view, kinds[n % 3]) | {"remedy": "headwater deploy" if n % 3 == 2 else None}
            for n, view in enumerate(READABLE)
        ]

    def get(self, view: View, entity: str) -> dict[str, Any]:
        if self._fault:
            return super().get(view, entity)
        values = {name: n / 3 for n, name in enumerate(view.value_names)}
        return {
            "view": view.name,
            "version": 1,
            "entity": entity,
            "status": "fresh",
            "age_s": 0.5,
            "values": values,
        }


@cache
def models_told() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    model = OnlineModel(MODELS["take"])
    for seed in range(3):
        model.learn(planted(400, seed))
    now_ms = time.time_ns() // 1_000_000
    snapshot: dict[str, Any] = {**model.summary(), "generation": 1, "published_at_ms": now_ms}
    rival = snapshot | {"challenger": {"examples": 5_000, "evidence": 5.0}}
    newest = ModelMinute.of_snapshot("take", snapshot)
    minutes = [
        replace(newest, minute_ms=now_ms - m * MINUTE_MS, log_loss=0.5 + m / 900, auc=0.8 - m / 900)
        for m in range(90, 0, -1)
    ]
    return [models.told("take", snapshot), models.told("completion", rival)], models.history(minutes)


def quarantine() -> Quarantine:
    """A hover whose text is markup, and a play that cannot be read."""
    names = [topics.quarantine(event) for event in EVENT_NAMES]
    log = MemoryKafka(dict.fromkeys([*names, topics.REPLAYS], 1), time_ms=time.time_ns() // 1_000_000)
    odd = sound("search", event_time=log.time_ms, country=MARKUP, query=MARKUP)
    for held in (
        quarantined("play", 0, 0, ["malformed"], b"\0\0\0\0\1\4e1" + MARKUP.encode(), key=MARKUP.encode()),
        quarantined("search", 0, 1, ["country_iso"], encode("search", odd), sliced=f"tv|{MARKUP}|8.1"),
    ):
        send(log, held)
    return Quarantine(log, lambda: RULES, dict)


def send(log: MemoryKafka, held: Held) -> None:
    log.send(held.topic, held.key, held.value, headers=list(held.headers.items()))
