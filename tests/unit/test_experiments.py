"""Experiments: outcomes are read as they happened, nothing is told too early, and figures are right."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from headwater.cli import app
from headwater.errors import HeadwaterError
from headwater.experiments.cold_start import joined_later
from headwater.experiments.freshness import DELAYS_MS, freshness
from headwater.experiments.picture import page, svg
from headwater.experiments.quality import quality, way
from headwater.experiments.rankers import Popularity, Rates
from headwater.experiments.replay import predictions
from headwater.experiments.result import Chart, Curve
from headwater.experiments.stream import START_MS, Outcomes, Plan, simulate
from headwater.traffic.sessions import happenings
from online_models.examples import Examples, Numbers
from online_models.measures.exact import auc, ndcg

pytestmark = pytest.mark.unit

PLAN = Plan(rate_per_s=50, seconds=240, members=60, titles=40)
TAKES, COMPLETIONS = simulate(PLAN)


def test_the_outcomes_are_those_of_the_stream() -> None:
    stream = list(happenings(PLAN.world(), PLAN.rate_per_s, PLAN.seconds, START_MS, PLAN.seed))
    sessions: dict[str, list[int]] = {}
    for n, (_, record, _) in enumerate(stream):
        sessions.setdefault(record["session_id"], []).append(n)
    expected = []
    for places in sessions.values():
        for here, following in pairwise(places):
            (event, record, chance), (then, later, _) = stream[here], stream[following]
            if event == "hover":
                taken = then == "play" and later["row"] is not None
                expected.append(
                    (record["event_time"], record["title_id"], taken, chance, later["event_time"])
                )
    told = TAKES.examples
    found = zip(
        told.event_time_ms.tolist(),
        told.columns["title_id"].tolist(),
        told.label.tolist(),
        TAKES.chance.tolist(),
        TAKES.known_ms.tolist(),
        strict=True,
    )
    assert sorted(found) == sorted(expected)
    assert len(COMPLETIONS) > 300
    assert COMPLETIONS.examples.label.mean() == pytest.approx(COMPLETIONS.chance.mean(), abs=0.08)


def test_a_page_has_one_take_at_most_which_is_its_last() -> None:
    for number in np.unique(TAKES.page):
        label = TAKES.examples.label[TAKES.page == number]
        assert label[:-1].sum() == 0
    assert len(np.unique(TAKES.page)) < len(TAKES) / 1.5


def test_no_example_tells_what_no_model_may_see() -> None:
    assert not {"chance", "known_ms", "page"} & TAKES.examples.columns.keys()


class Spy:
    """Remembers when it was asked, and what it was told by then."""

    def __init__(self) -> None:
        self.told: list[float] = []
        self.asked: list[tuple[float, int]] = []

    def predict(self, examples: Examples) -> Numbers:
        self.asked += [(at_ms, len(self.told)) for at_ms in examples.event_time_ms.tolist()]
        return np.zeros(len(examples))

    def learn(self, examples: Examples) -> None:
        self.told += examples.columns["known_ms"].tolist()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 3_000)), max_size=30),
    st.integers(0, 3_000),
    st.sampled_from([1, 500, 1_000]),
)
def test_a_ranker_is_told_what_is_known_and_nothing_sooner_than_the_delay(
    drawn: list[tuple[int, int]], delay_ms: int, step_ms: int
) -> None:
    rows = [(at, f"{n}", 0.0, float(at + more)) for n, (at, more) in enumerate(drawn)]
    examples = Examples.of(rows, numbers=("known_ms",))
    known = examples.columns["known_ms"]
    spy = Spy()
    predictions(Outcomes(examples, known, known, np.arange(len(known), dtype=float)), spy, delay_ms, step_ms)
    assert [at for at, _ in spy.asked] == examples.event_time_ms.tolist()
    assert spy.told == sorted(spy.told)
    for at_ms, many in spy.asked:
        assert many <= (known + delay_ms <= at_ms).sum()
        assert many >= (known + delay_ms <= at_ms - step_ms).sum()


def test_a_page_is_ranked_before_anything_on_it_is_told() -> None:
    class Counted(Spy):
        """Tells how much it was told by then."""

        def predict(self, examples: Examples) -> Numbers:
            return np.full(len(examples), len(self.told), float)

        def learn(self, examples: Examples) -> None:
            self.told += examples.label.tolist()

    told = predictions(TAKES, Counted(), 0, 1_000)
    for number in np.unique(TAKES.page):
        of = TAKES.page == number
        assert len({*told[of].tolist()}) == 1
        assert told[of][0] <= (TAKES.known_ms <= TAKES.examples.event_time_ms[of][0]).sum()
    assert told.max() > len(TAKES) - 100


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 4)), max_size=40))
def test_exact_figures_are_those_of_their_definitions(rows: list[tuple[int, bool, int]]) -> None:
    scores, labels, lists = (np.array([row[n] for row in rows], float) for n in range(3))
    pairs = [(p, q) for p, y, _ in rows if y for q, z, _ in rows if not z]
    wins = [1.0 if p > q else 0.5 if p == q else 0.0 for p, q in pairs]
    assert auc(scores, labels) == pytest.approx(np.mean(wins) if wins else np.nan, nan_ok=True)
    # With one that came true in a list, the definition is plain.
    single = {n for n in lists.tolist() if labels[lists == n].sum() == 1 and (lists == n).sum() > 1}
    mine = np.isin(lists, list(single))
    gains = []
    for n in single:
        own, (of,) = scores[lists == n], scores[(lists == n) & (labels > 0)]
        gains.append(1 / np.log2(1 + (own > of).sum() + ((own == of).sum() + 1) / 2))
    found = ndcg(scores[mine], labels[mine], lists[mine])
    assert found == pytest.approx(np.mean(gains) if gains else np.nan, nan_ok=True)


def test_what_knows_more_ranks_better() -> None:
    late = np.arange(len(TAKES)) > len(TAKES) / 2
    label = TAKES.examples.label[late]
    found = [auc(predictions(TAKES, r, 0, 1_000)[late], label) for r in (Popularity(), Rates(np.inf))]
    assert found[0] < found[1] < auc(TAKES.chance[late], label)
    assert way(0.75, 0.5, 0.75) == 1.0


def test_who_joins_later_was_not_there_before() -> None:
    later = joined_later(TAKES, PLAN)
    half_ms = START_MS + PLAN.seconds * 500
    first = {m: t for t, m in zip(*_times(later), strict=True)}
    new = [m for m, t in first.items() if t >= half_ms]
    assert 5 < len(new) < 40
    assert len(joined_later(TAKES, PLAN)) == len(later) < len(TAKES)


def _times(outcomes: Outcomes) -> tuple[list[int], list[str]]:
    # From the last to the first, so that a dictionary keeps the first.
    told = outcomes.examples
    return told.event_time_ms.tolist()[::-1], told.columns["member_id"].tolist()[::-1]


def test_old_news_ranks_worse() -> None:
    plan = Plan(rate_per_s=20, seconds=600, members=30, titles=10, new_titles=30, turn_s=600)
    told = [0]
    result = freshness(plan, 300, lambda: told.append(1))
    by = {(row["by"], row["delay"]): row["AUC"] for row in result.rows}
    assert by["rates", "1 s"] > by["rates", "1 h"] == 0.5
    assert by["model", "1 s"] > by["model", "1 h"]
    assert len(by) == 2 * len(DELAYS_MS) + 2
    assert sum(told) == 2 * len(DELAYS_MS) + 1


def test_the_same_seed_finds_the_same() -> None:
    found = [json.dumps(quality(PLAN, lambda: None).to_json(), allow_nan=False) for _ in range(2)]
    assert found[0] == found[1]


CURVES = st.lists(st.none() | st.floats(-1e6, 1e6), min_size=3, max_size=3).map(tuple)


@example([Curve("", (None, 0.0, 2.2250738585072014e-308))])
@given(
    st.lists(
        st.builds(Curve, st.text(st.characters(codec="ascii", categories=["L", "S"])), CURVES), max_size=7
    )
)
def test_any_chart_is_a_picture_with_all_its_points(curves: list[Curve]) -> None:
    root = ET.fromstring(svg(Chart("a < b", "x", ("1", "2", "3"), tuple(curves))))
    points = [y for curve in curves for y in curve.ys if y is not None]
    assert len([e for e in root.iter() if e.tag.endswith("circle")]) == len(points)
    for circle in (e for e in root.iter() if e.tag.endswith("circle")):
        assert 0 <= float(circle.attrib["cy"]) <= float(root.attrib["height"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder"


@pytest.mark.parametrize(
    ("name", "charts"), [("quality", 2), ("freshness", 2), ("cold-start", 2), ("bandit", 3), ("members", 2)]
)
def test_a_command_tells_people_and_programs_and_writes_pictures(
    name: str, charts: int, folder: Path
) -> None:
    small = ["--hours", "0.02", "--rate", "20", "--members", "20", "--titles", "10"]
    ran = CliRunner().invoke(app, ["experiment", name, *small, "--json", "--out", str(folder)])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert {"rows", "charts", "about", "name"} == told.keys()
    assert (folder / f"{name}.html").read_text().count("<svg") == len(told["charts"]) == charts
    assert len(list(folder.glob("*.svg"))) == charts
    assert CliRunner().invoke(app, ["experiment", name, *small]).stdout.startswith(f"{name}: ")


def test_a_folder_that_cannot_be_is_told_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    error = CliRunner().invoke(app, ["experiment", "quality", "--out", str(tmp_path / "file")]).exception
    assert isinstance(error, HeadwaterError)
    assert "--out" in str(error)


def test_a_page_tells_every_figure() -> None:
    result = quality(PLAN, lambda: None)
    html = page(result)
    assert html.count("<tr>") == 1 + len(result.rows) == 9
    assert "best possible" in html
