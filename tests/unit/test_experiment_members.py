"""The experiment of scores: its rows are those of a naive reading, and its parts tell what they are given."""

from __future__ import annotations

import numpy as np
import pytest

from headwater.experiments.anomalies import anomalies
from headwater.experiments.conduct import Deeds, simulate
from headwater.experiments.followed import HORIZON_MS, Said
from headwater.experiments.leaving import leaving
from headwater.experiments.stream import START_MS as OF_STREAMS
from headwater.experiments.stream import Plan
from headwater.experiments.tastes import tastes
from headwater.traffic.misconduct import MISCONDUCT
from online_models.members.scorer import Kind
from tests.conduct import HORIZON_MS as SHORT_MS
from tests.conduct import KINDS, START_MS
from tests.naive_conduct import MINUTES, naive, some_events

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_rows_are_those_of_a_naive_reading(kind: Kind) -> None:
    events = [e | {"verdict": "valid", "genres": None} for e in some_events(600)]
    until_ms = START_MS + MINUTES * 60_000 + 5 * SHORT_MS
    deeds = Deeds.of(((e["event"], e, None) for e in events), {}, until_ms)
    found = {
        (rows.at_ms, member): value
        for rows, _ in deeds.rows(kind, START_MS)
        for member, value in zip(rows.member, rows.value.astype(int).tolist(), strict=True)
    }
    assert found == {key: value[1:] for key, value in naive(kind, events).items()}
    assert len(found) > 60


def test_misconduct_and_leaving_are_in_the_world_and_told() -> None:
    world, deeds = simulate(Plan(50, 240, 60, 40), misconduct=0.05, leave=0.4)
    assert world.leaving is not None
    assert world.leaving.leaves_s
    kinds = {kind for (kind,) in deeds.database.sql("SELECT DISTINCT misdeed FROM deeds").fetchall()}
    assert kinds == {None, *(kind.name for kind in MISCONDUCT)}
    assert deeds.until_ms == OF_STREAMS + 240_000


def test_a_score_that_knows_tells_all_and_one_that_does_not_tells_nothing() -> None:
    misdeeds = np.array(["", "burst", "", "sharing"], object)
    rows, chart = anomalies({"knows": np.array([0.0, 1, 0, 1]), "not": np.zeros(4)}, misdeeds)
    assert [(row["AUC"], row["precision at k"]) for row in rows[:2]] == [(1.0, 1.0), (0.5, 0.5)]
    assert dict(zip(chart.xs, chart.curves[0].ys, strict=True))["burst"] == 1.0
    assert dict(zip(chart.xs, chart.curves[1].ys, strict=True))["resent"] is None


def test_who_is_not_there_one_horizon_later_was_gone() -> None:
    said = [
        Said(at_ms, {"m1": 0.9, "m2": 0.1}, {"m1": 0.2, "m2": 1.0}, {}, frozenset(there))
        for at_ms, there in ((0, ["m1", "m2"]), (HORIZON_MS, ["m2"]))
    ]
    (risk, base, ratio), _ = leaving(said, 0)
    assert (risk["rows"], risk["positive"], risk["AUC"], ratio["AUC"]) == (2, 1, 1.0, 1.0)
    assert risk["log-loss"] == pytest.approx(-np.log(0.9))
    assert base["log-loss"] == pytest.approx(np.log(2))


def test_clusters_that_are_tastes_agree_with_them() -> None:
    world = Plan(1, 1, 30, 5).world()
    same = {member.member_id: n % 2 for n, member in enumerate(world.members)}
    said = [Said(0, {}, {}, same, frozenset()), Said(1, {}, {}, same, frozenset())]
    rows = {(row["what"], row["by"]): row for row in tastes(world, said, same)}
    assert rows["clusters", "half-way"]["adjusted Rand"] == 1.0
    assert rows["clusters", "tastes"]["explained"] < rows["clusters of tastes", "tastes"]["explained"] < 1
