"""`headwater skew`: what it tells, when it ends with 1, and what is said of files that will not do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from features.catalog import VIEWS
from headwater.cli import app
from headwater.errors import HeadwaterError
from tests.offline import tables
from tests.skewed import happened, serve

pytestmark = pytest.mark.unit

VIEW = VIEWS["member_activity"]
PLAYS = "member_activity__plays_10m"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """What was served, and the events."""
    events, at = happened(VIEW)
    serve(VIEW, events, at, tmp_path / "served")
    (tmp_path / "log").mkdir()
    for name, table in tables(events).items():
        pq.write_table(table, tmp_path / "log" / f"{name}.parquet")
    return tmp_path / "served", tmp_path / "log"


def run(folders: tuple[Path, Path], *more: object, view: str = VIEW.name) -> Result:
    served, log = folders
    given = ["skew", view, "--served", str(served), "--events", str(log), *map(str, more)]
    found = CliRunner().invoke(app, given, catch_exceptions=True)
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def change(folder: Path, column: str, change: Any) -> None:
    (file,) = folder.glob("*/*/*.parquet")
    table = pq.read_table(file)
    place = table.column_names.index(column)
    changed = pa.array(change(table[column].to_pylist()), table.field(place).type)
    pq.write_table(table.set_column(place, table.field(place), changed), file)


def test_without_skew_it_ends_with_0(folders: tuple[Path, Path]) -> None:
    found = run(folders, "--json", "--settle", "0")
    told = json.loads(found.stdout)
    assert found.exit_code == 0
    assert (told["view"], told["read"], told["compared"], told["apart"]) == ("member_activity@1", 15, 15, {})
    assert told["share"] == 0
    assert [one["value"] for one in told["values"]] == [*VIEW.value_names]
    assert {one["equal"] for one in told["values"]} == {15}


def test_an_archive_may_be_named_instead_of_its_judged_events(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    served, log = folders
    (tmp_path / "archive").mkdir()
    log.rename(tmp_path / "archive" / "valid")
    found = run((served, tmp_path / "archive"), "--json")
    assert (found.exit_code, json.loads(found.stdout)["compared"]) == (0, 15)


def test_skew_is_told_by_value_with_the_worst_and_ends_with_1(folders: tuple[Path, Path]) -> None:
    change(folders[0], PLAYS, lambda values: [values[0] + 1, *values[1:-1], values[-1] + 50])
    found = run(folders, "--json")
    told = json.loads(found.stdout)
    wrong = {one["value"]: one for one in told["values"] if one["share"]}
    assert found.exit_code == 1
    assert [*wrong] == ["plays_10m"]
    assert wrong["plays_10m"]["equal"] == 13
    assert told["share"] == pytest.approx(2 / 15)
    (worst,) = [one for one in wrong["plays_10m"]["worst"] if one["entity"] == ["m3"]]
    assert worst["served"] == worst["offline"] + 50
    shown = run(folders, "--most", "0.2")
    assert shown.exit_code == 0
    assert "plays_10m" in shown.stdout
    assert f"served {worst['served']}, offline {worst['offline']}\n" in shown.stdout
    assert "15 rows of member_activity@1: 15 compared" in shown.stderr


def test_lists_and_what_is_none_are_shown(tmp_path: Path, folders: tuple[Path, Path]) -> None:
    view = VIEWS["member_history"]
    serve(view, *happened(view), tmp_path / "lists")
    change(tmp_path / "lists", "member_history__watched", lambda values: [[] for _ in values])
    events = tmp_path / "more"
    events.mkdir()
    for name, table in tables(happened(view)[0]).items():
        pq.write_table(table, events / f"{name}.parquet")
    shown = run((tmp_path / "lists", events), view=view.name)
    assert shown.exit_code == 1
    assert "offline [{'item': 't" in shown.stdout


def test_what_was_served_as_not_to_be_trusted_is_counted_apart(folders: tuple[Path, Path]) -> None:
    change(folders[0], "member_activity__status", lambda of: ["stale", "degraded", "degraded", *of[3:]])
    told = json.loads(run(folders, "--json").stdout)
    assert (told["compared"], told["apart"]) == (12, {"stale": 1, "degraded": 2})
    change(folders[0], "member_activity__status", lambda of: ["rebuilding" for _ in of])
    found = run(folders, "--json")
    assert (found.exit_code, json.loads(found.stdout)["compared"]) == (0, 0)


def test_what_will_not_do_is_told_in_a_line(folders: tuple[Path, Path], tmp_path: Path) -> None:
    served, log = folders
    (tmp_path / "text/member_activity@1/2026-05-28").mkdir(parents=True)
    (tmp_path / "text/member_activity@1/2026-05-28/a.parquet").write_text("no Parquet")
    cases: list[tuple[str, Any]] = [
        ("has nothing of session@2", lambda: run(folders, view="session")),
        ("cannot be read", lambda: run((tmp_path / "text", log))),
        ("holds no events", lambda: run((served, tmp_path))),
        ("--settle is 'soon'", lambda: run(folders, "--settle", "soon")),
        ("not made of events alone", lambda: run(folders, view="account_flags")),
        ("counts hover", lambda: ((log / "hover.parquet").unlink(), run(folders))),
    ]
    for problem, case in cases:
        with pytest.raises(HeadwaterError, match=problem) as told:
            case()
        assert "\n" not in str(told.value)
