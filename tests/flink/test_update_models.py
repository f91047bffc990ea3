"""The plan of update_models."""

from __future__ import annotations

import pytest
from pyflink.table import ExplainDetail

from flink_jobs import update_models
from flink_jobs.environment import table_environment
from flink_jobs.options import Options
from online_models.catalog import MODELS

pytestmark = pytest.mark.flink


def test_the_plan_forgets_and_never_takes_back() -> None:
    tables = table_environment(Options(), **update_models.SETTINGS)
    plan = update_models.build(tables, Options()).explain(ExplainDetail.CHANGELOG_MODE)
    physical = plan.split("== Optimized Physical Plan ==")[1].split("== Optimized Execution Plan ==")[0]
    assert "IntervalJoin(joinType=[LeftOuterJoin]" in physical
    assert " Join(" not in physical
    assert "UB" not in physical
    models_and_snapshots, their_union = 2 * len(MODELS), 1
    assert physical.count("[I,UA]") == models_and_snapshots + their_union, "nothing else is ever updated"
    for name in MODELS:
        assert physical.count(f"learn_{name}(") == physical.count(f"publish_{name}(") == 1


def test_outcomes_are_joined_once_for_all_models() -> None:
    tables = table_environment(Options(), **update_models.SETTINGS)
    execution = update_models.build(tables, Options()).explain().split("== Optimized Execution Plan ==")[1]
    joins = [line for line in execution.splitlines() if "IntervalJoin(" in line]
    assert len(joins) == len({model.outcome for model in MODELS.values()})
