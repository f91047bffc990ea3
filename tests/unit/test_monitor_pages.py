"""How broad pages are is told once a minute, of some who look, and goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest
from confluent_kafka import Producer

from headwater.monitor import pages as pages_module
from headwater.monitor.pages import PAGES, Pages, Titles, keep, viewers
from headwater.page_report import report
from online_models.measures.lists import Breadth
from schemas import topics
from schemas.page_minute import PageMinute
from schemas.titles import Title
from schemas.topics import MINUTE_MS
from serving.offers import Viewer
from tests.brokers import a_broker
from tests.doubles import Kept

pytestmark = pytest.mark.unit

TITLES = {
    t: Title(t, genres) for t, genres in {"a": ("noir",), "b": ("drama",), "c": ("noir", "war")}.items()
}
PAGE_OF = {"ann": ["a", "b"], "bob": ["b", "a"], "cleo": ["c"]}


class Asked:
    """Who looks, what titles there are, and since when each question was asked."""

    def __init__(self) -> None:
        self.looking: list[str] = []
        self.titles: Titles = TITLES
        self.since_ms: list[int] = []

    def viewers(self, since_ms: int) -> list[Viewer]:
        self.since_ms.append(since_ms)
        return [Viewer(name, f"{name}-p1") for name in self.looking]

    def rank(self, titles: Titles, viewer: Viewer) -> Sequence[str]:
        return [title for title in PAGE_OF[viewer.member_id] if title in titles]

    def pages(self, outlet: Kept) -> Pages:
        return Pages(self.viewers, lambda: self.titles, self.rank, outlet.saved(PAGES))


def test_each_minute_is_told_once_and_figures_go_on_over_restarts() -> None:
    asked, outlet, shown = Asked(), Kept(), list[list[str]]()
    pages = asked.pages(outlet)
    for n, looking in enumerate([["ann", "bob"], [], ["cleo", "ann", "bob"], ["cleo"]]):
        asked.looking = looking
        for ms in (0, 500, MINUTE_MS - 1):
            keep(pages, outlet, (n + 1) * MINUTE_MS + ms)
        shown += [PAGE_OF[name] for name in looking]
        pages = asked.pages(outlet)
    assert [(m.minute_ms // MINUTE_MS, m.pages) for m in outlet.breadth] == [(1, 2), (3, 3), (4, 1)]
    assert asked.since_ms[0] == 0, "those who looked within a minute"
    whole = Breadth({name: frozenset(title.genres) for name, title in TITLES.items()})
    whole.add(shown)
    newest = outlet.breadth[-1]
    assert {name: getattr(newest, name) for name in whole.told()} == pytest.approx(whole.told(), abs=1e-6)
    assert PageMinute.from_json(newest.to_json()) == newest


def test_a_title_that_is_withdrawn_is_no_part_of_the_catalogue_any_more() -> None:
    asked, outlet = Asked(), Kept()
    pages, asked.looking = asked.pages(outlet), ["ann", "cleo"]
    keep(pages, outlet, MINUTE_MS)
    assert outlet.breadth[-1].coverage == 1.0
    asked.titles, asked.looking = {"a": TITLES["a"], "d": Title("d")}, ["ann"]
    keep(pages, outlet, 2 * MINUTE_MS)
    assert outlet.breadth[-1].coverage == 0.5


@pytest.fixture
def broker() -> Iterator[tuple[Producer, str]]:
    with a_broker(topics.facts("hover")) as found:
        yield found


def test_viewers_are_those_who_looked_last_each_once(
    broker: tuple[Producer, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    producer, kafka = broker
    # This broker tells nothing of times.
    monkeypatch.setattr(pages_module, "since", lambda reader, times_ms: dict.fromkeys(times_ms, 0))
    assert viewers(kafka, 0) == []
    for n in range(100):
        fact = {
            "member_id": f"m{n % 70}",
            "profile_id": f"m{n % 70}-p2",
            "country": "BR",
            "utc_offset_min": -180,
        }
        producer.produce(topics.facts("hover"), json.dumps(fact).encode(), partition=0)
    producer.produce(topics.facts("hover"), None, partition=0)
    assert producer.flush(10) == 0
    lanes = len(producer.list_topics(topics.facts("hover"), 10).topics[topics.facts("hover")].partitions)
    found = viewers(kafka, 0, most=20 * lanes)
    assert {viewer.member_id for viewer in found} == {f"m{n % 70}" for n in range(81, 100)}
    assert found[0] == Viewer(found[0].member_id, f"{found[0].member_id}-p2", None, "BR", -180)


def test_a_report_has_a_curve_for_each_figure() -> None:
    minutes = [PageMinute(n * MINUTE_MS, 40, n / 500, None, 0.5, 0.7) for n in range(500)]
    (chart,) = report(minutes).charts
    assert [curve.name for curve in chart.curves] == list(report(minutes).rows[0])
    assert len(chart.xs) <= 60
    assert chart.curves[0].ys[-1] == 499 / 500
