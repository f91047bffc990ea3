"""What the planner makes of the jobs: each function once, each source once, and no hidden state."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from pyflink.table import ExplainDetail

from features.catalog import VIEWS
from features.distinct import Distinct
from features.listing_sql import list_query, list_table
from features.ring import STATE_TTL_MS
from features.sql import table_name, tile_query
from flink_jobs import audit_streams, compute_features, quality_counts, validate_events
from flink_jobs.environment import table_environment
from flink_jobs.options import Options
from schemas.events import EVENT_NAMES
from schemas.topics import LATENESS_HORIZON_MS, MINUTE_MS
from tests.gallery import EVERY, GALLERY
from validators.stream_ruleset import shipped as stream_rules

pytestmark = pytest.mark.flink

OPTIONS = Options()
TABLES = {
    job: [table_name(view, ring) for view in views for ring in view.rings]
    + [list_table(view, feature) for view in views for feature in view.listed]
    for job, views in {"features": [*VIEWS.values()], "gallery": [GALLERY]}.items()
}
each_features = pytest.mark.parametrize("job", TABLES)


@pytest.fixture(scope="module")
def gate() -> str:
    job = validate_events.build(table_environment(OPTIONS), OPTIONS)
    return str(job.explain(ExplainDetail.CHANGELOG_MODE))


@pytest.fixture(scope="module")
def features() -> str:
    job = compute_features.build(table_environment(OPTIONS), OPTIONS)
    return str(job.explain(ExplainDetail.CHANGELOG_MODE))


@pytest.fixture(scope="module")
def gallery() -> str:
    job = compute_features.build(table_environment(OPTIONS), OPTIONS, (GALLERY,))
    return str(job.explain(ExplainDetail.CHANGELOG_MODE))


@pytest.fixture(scope="module")
def audit() -> str:
    job = audit_streams.build(table_environment(OPTIONS, **audit_streams.SETTINGS), OPTIONS)
    return str(job.explain(ExplainDetail.CHANGELOG_MODE))


def executed(plan: str) -> str:
    """The part of an explanation that runs: what is shared stands there once."""
    return plan.split("== Optimized Execution Plan ==")[1]


def operators(plan: str) -> Counter[str]:
    """How many operators there are of each kind."""
    return Counter(re.findall(r"^[ :|+-]*([A-Z]\w+)\(", executed(plan), flags=re.MULTILINE))


def calls(plan: str, prefix: str) -> list[str]:
    """The Python functions of a name that begins so, once for each time that they run."""
    return sorted(re.findall(rf"\b({prefix}\w*)\(", executed(plan)))


def scans(plan: str) -> list[str]:
    """The tables that are read, once for each time."""
    return sorted(re.findall(r"TableSourceScan\(table=\[\[\w+, \w+, (\w+)", executed(plan)))


def test_the_gate_judges_each_record_once(gate: str) -> None:
    assert operators(gate) == {"Sink": 1, "Calc": 2, "PythonCalc": 1, "TableSourceScan": 1}
    assert calls(gate, "judge") == ["judge"]
    assert scans(gate) == ["raw_events"]


def test_the_gate_keeps_no_state(gate: str) -> None:
    assert not {"GroupAggregate", "OverAggregate", "Join", "Exchange"} & operators(gate).keys()


@each_features
def test_each_writer_runs_once_a_row(job: str, request: pytest.FixtureRequest) -> None:
    plan, tables = request.getfixturevalue(job), TABLES[job]
    assert calls(plan, "write_") == sorted(["write_ledger", *(f"write_{t}" for t in tables)])
    assert operators(plan)["PythonCalc"] == operators(plan)["Sink"] == len(tables) + 1


@pytest.mark.parametrize("job", ["features", "gallery", "audit"])
def test_each_topic_is_read_once(job: str, request: pytest.FixtureRequest) -> None:
    found = scans(request.getfixturevalue(job))
    assert found == sorted(["quarantined", *(f"valid_{event}" for event in EVENT_NAMES)])


def test_the_audit_runs_no_python(audit: str) -> None:
    assert not [kind for kind in operators(audit) if "Python" in kind]


def test_the_audit_tells_repeats_once_and_waits_for_event_time(audit: str) -> None:
    """On their own, counts and rules would batch by different clocks, and read everything twice."""
    plan = executed(audit)
    assert plan.count("orderBy=[arrived ASC]") == 2
    assert operators(audit)["MiniBatchAssigner"] == plan.count("mode=[RowTime]") == len(EVENT_NAMES) + 1
    assert "mode=[ProcTime]" not in plan


def test_rules_of_order_remember_the_last_first_once(audit: str) -> None:
    assert sum(rule.kind == "order" for rule in stream_rules()) == 3
    of_play, of_end = ("time", "session", "title", "position"), ("time", "session")
    assert executed(audit).count("LAST_VALUE($") == len((*of_play, *of_end))
    assert operators(audit)["OverAggregate"] == 9


def test_violations_are_told_and_never_taken_back(audit: str) -> None:
    physical = audit.split("== Optimized Physical Plan ==")[1].split("== Optimized Execution")[0]
    of_violations = physical[physical.index("Sink(table=[default_catalog.default_database.violations]") :]
    assert set(re.findall(r"changelogMode=\[([A-Z,]+)\]", of_violations)) == {"NONE", "I"}


def test_the_audit_forgets(audit: str) -> None:
    """Windows, joins with both bounds, last events and counts for as long as the job keeps state."""
    assert not {"Join", "GroupAggregate", "Match", "Rank"} & operators(audit).keys()
    assert executed(audit).count("leftLowerBound=-") == operators(audit)["IntervalJoin"] == 2
    assert audit.count(f"stateTtlHints=[[[STATE_TTL options:[{quality_counts.STATE_TTL_MS} ms]]]]") == 2
    longest_ms = max(rule.window_ms for rule in stream_rules())
    assert LATENESS_HORIZON_MS + audit_streams.WAIT_MS < audit_streams.STATE_TTL_MS
    assert longest_ms + audit_streams.WAIT_MS < audit_streams.STATE_TTL_MS


@each_features
def test_repeats_are_told_once_for_all_views(job: str, request: pytest.FixtureRequest) -> None:
    """A running MAX and its LAG; a branch with columns of its own would have copies of both."""
    plan = request.getfixturevalue(job)
    assert operators(plan)["OverAggregate"] == 2
    assert operators(plan)["Reused"] >= len(TABLES[job]) + 1


@each_features
def test_state_is_that_of_the_aggregates_alone(job: str, request: pytest.FixtureRequest) -> None:
    allowed = {
        *("Sink", "PythonCalc", "Calc", "GlobalGroupAggregate", "LocalGroupAggregate", "Exchange"),
        *("OverAggregate", "Union", "MiniBatchAssigner", "TableSourceScan", "Reused", "Join", "Correlate"),
    }
    assert operators(request.getfixturevalue(job)).keys() <= allowed


def test_what_an_event_led_to_is_forgotten_and_never_taken_back(features: str) -> None:
    """A join without a time to live would keep both sides for ever."""
    physical = features.split("== Optimized Physical Plan ==")[1].split("== Optimized Execution")[0]
    joins = [line for line in physical.splitlines() if re.match(r"[ :|+-]*Join\(", line)]
    assert joins
    for line in joins:
        assert re.search(
            r"changelogMode=\[I\], stateTtlHints=\[\[\[STATE_TTL .*LEFT=\d+ ms, RIGHT=\d+ ms", line
        )


@each_features
def test_no_retraction_reaches_a_writer(job: str, request: pytest.FixtureRequest) -> None:
    physical = (
        request.getfixturevalue(job)
        .split("== Optimized Physical Plan ==")[1]
        .split("== Optimized Execution")[0]
    )
    modes = {
        mode
        for line in physical.splitlines()
        if re.match(r"[ +:-]*(Sink|PythonCalc|GlobalGroupAggregate)\(", line)
        for mode in re.findall(r"changelogMode=\[([A-Z,]+)\]", line)
    }
    assert modes <= {"NONE", "I,UA"}
    assert "I,UA" in modes


def test_state_outlives_the_lateness_horizon_and_every_tile() -> None:
    rings = [(view, ring) for view in EVERY.values() for ring in view.rings]
    lists = [(view, feature) for view in EVERY.values() for feature in view.listed]
    tiles_ms = [ring.tile_ms for _, ring in rings] + [feature.tile_ms for _, feature in lists]
    assert max(tiles_ms) + LATENESS_HORIZON_MS < STATE_TTL_MS
    counts = [tile_query(*of) for of in rings] + [list_query(v, f) for v, f in lists if f.counts]
    assert all(f"'counted' = '{STATE_TTL_MS} ms'" in query for query in counts)
    greatest = [list_query(v, f) for v, f in lists if not f.counts]
    assert all(f"'counted' = '{MINUTE_MS} ms'" in query for query in greatest)
    assert all("COUNT(" not in f.weight() or isinstance(f, Distinct) for _, f in lists if not f.counts)
