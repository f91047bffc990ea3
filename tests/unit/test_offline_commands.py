"""Backfills and training sets by command: what they write, and what is said of files that will not do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.catalog import VIEWS
from features.layout import entity_text
from headwater.errors import HeadwaterError
from tests.commands import run
from tests.naive import Event, alike
from tests.offline import naive_at, tables
from tests.reading import ENTITIES, NOW_MS, SAMPLE, event, same

pytestmark = pytest.mark.unit

MINUTE_MS = 60_000
DAY = ["--from", "2026-05-28", "--to", "2026-05-29"]
#: A view of each kind: tiles, lists with and without tiles, what was followed, parts of a text.
SHIPPED = ["title_engagement", "country_top", "member_history", "member_title", "member_genre"]


def happened() -> list[Event]:
    earlier = [
        event(
            name, record["event_time"] - ago * MINUTE_MS, event_id=f"{name}{ago}", title_id=f"t{1 + ago % 2}"
        )
        for ago in (1, 7, 90, 700)
        for name, record in SAMPLE
    ]
    return [*SAMPLE, *earlier]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    for i, (name, table) in enumerate(tables(happened()).items()):
        file = tmp_path / "log" / (f"{name}.parquet" if i % 2 else f"{name}/2026/part.parquet")
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, file)
    return tmp_path / "log"


def rows_of(view: str) -> pa.Table:
    entity = VIEWS[view].entity
    parts = [(e,) if isinstance(e, str) else e for e in ENTITIES[view]]
    asked = [(*part, NOW_MS - ago_ms) for part in parts for ago_ms in (-1, 0, MINUTE_MS, 500 * MINUTE_MS)]
    columns = dict(zip((*entity, "at"), map(list, zip(*asked, strict=True)), strict=True))
    return pa.table(columns | {"label": list(range(len(asked)))})


def made(view: str, rows: pa.Table, log: Path, tmp_path: Path, *more: object) -> pa.Table:
    pq.write_table(rows, tmp_path / "rows.parquet")
    files = "--entities", tmp_path / "rows.parquet", "--events", log, "--out", tmp_path / "set.parquet"
    told = run("training-set", "--views", view, "--as-of", "at", *files, *more)
    found = pq.read_table(tmp_path / "set.parquet")
    assert (told["rows"], told["columns"]) == (len(rows), found.num_columns)
    return found


@pytest.mark.parametrize("view", SHIPPED)
@pytest.mark.parametrize("at", [pa.int64(), pa.timestamp("us"), pa.timestamp("ms", "Asia/Tokyo")], ids=str)
def test_a_training_set_is_its_rows_and_what_was_known(
    view: str, at: pa.DataType, log: Path, tmp_path: Path
) -> None:
    rows = rows_of(view)
    at_ms = rows["at"]
    told = at_ms if at == pa.int64() else at_ms.cast(pa.timestamp("ms")).cast(pa.timestamp(at.unit))
    told = told.cast(pa.int64()).cast(at) if at != pa.int64() else told
    found = made(view, rows.set_column(rows.column_names.index("at"), "at", told), log, tmp_path)
    assert found["label"].to_pylist() == list(range(len(rows)))
    for row, instant in zip(found.to_pylist(), at_ms.to_pylist(), strict=True):
        entity = entity_text([row[column] for column in VIEWS[view].entity])
        expected = naive_at(VIEWS[view], happened(), entity, instant)
        values = {name: row[f"{view}__{name}"] for name in expected}
        assert [n for n in expected if not alike(expected[n], values[n], same)] == []


def test_views_are_made_side_by_side_and_each_once(log: Path, tmp_path: Path) -> None:
    rows = pa.table({"title_id": ["t1", "t2"], "member_id": ["m1", "m2"], "at": [NOW_MS, NOW_MS]})
    views = ["title_engagement", "member_history", "title_popularity"]
    found = made(",".join([*views, views[0]]), rows, log, tmp_path)
    alone = [made(view, rows, log, tmp_path) for view in views]
    assert found.column_names == [*rows.column_names, *(n for t in alone for n in t.column_names[3:])]
    for table in alone:
        assert str(found.select(table.column_names).to_pylist()) == str(table.to_pylist())  # nan is not nan
    assert not [*tmp_path.glob(".*")], "what they waited in is gone"


def test_no_rows_are_a_training_set_too(log: Path, tmp_path: Path) -> None:
    for view in SHIPPED:
        found = made(view, rows_of(view).slice(0, 0), log, tmp_path)
        assert {f"{view}__{name}" for name in VIEWS[view].value_names} <= {*found.column_names}


@pytest.mark.parametrize("view", SHIPPED)
def test_a_backfill_has_every_event_once_in_each_ring(view: str, log: Path, tmp_path: Path) -> None:
    told = run("backfill", view, *DAY, "--events", log, "--out", tmp_path / "tiles.parquet")
    found = pq.read_table(tmp_path / "tiles.parquet")
    assert told["rows"] == len(found) > 0
    plain = [e for e in VIEWS[view].events if e in {name for name, _ in SAMPLE}]
    counted = [1 for name, _ in happened() if name in plain]
    for ring in VIEWS[view].rings:
        n = sum(row["n"] for row in found.to_pylist() if row["part"] == ring.name)
        assert n >= len(counted)
        assert n == len(counted) or {*VIEWS[view].events} != {*plain}


def test_a_stretch_is_of_whole_tiles(log: Path, tmp_path: Path) -> None:
    out = ("--events", log, "--out", tmp_path / "tiles.parquet")
    told = run(
        "backfill", "country_top", "--from", "2026-05-28T20:16", "--to", "2026-05-28T20:17+00:00", *out
    )
    assert told["to_ms"] - told["from_ms"] == 15 * MINUTE_MS
    assert told["from_ms"] % (15 * MINUTE_MS) == 0
    found = pq.read_table(tmp_path / "tiles.parquet")["begins_ms"].to_pylist()
    assert all(told["from_ms"] <= begins < told["to_ms"] for begins in found)


def test_what_will_not_do_is_told_in_a_line(log: Path, tmp_path: Path) -> None:
    out = ("--events", log, "--out", tmp_path / "out.parquet")
    rows = rows_of("title_engagement")
    view, at = "title_engagement", rows.column_names.index("at")
    (tmp_path / "plain.txt").write_text("no Parquet")
    asked = (
        "training-set",
        "--views",
        "session",
        "--as-of",
        "at",
        *out,
        "--entities",
        tmp_path / "plain.txt",
    )
    texts, nulls = pa.array(["noon"] * len(rows)), pa.array([None] * len(rows), pa.int64())
    cases: list[tuple[str, Any]] = [
        ("is not before --to", lambda: run("backfill", view, "--from", "2026-05-29", *DAY[2:], *out)),
        ("--from is 'noon'", lambda: run("backfill", view, "--from", "noon", *DAY[2:], *out)),
        ("holds no events", lambda: run("backfill", view, *DAY, "--events", tmp_path, *out[2:])),
        ("cannot be read", lambda: run(*asked)),
        ("an entity of session", lambda: made("session", rows, log, tmp_path)),
        ("no column at", lambda: made(view, rows.drop_columns(["at"]), log, tmp_path)),
        ("is of string", lambda: made(view, rows.set_column(at, "at", texts), log, tmp_path)),
        ("12 nulls", lambda: made(view, rows.set_column(at, "at", nulls), log, tmp_path)),
    ]
    for problem, case in cases:
        with pytest.raises(HeadwaterError, match=problem) as told:
            case()
        assert "\n" not in str(told.value)


def test_files_that_lack_a_type_or_a_column_or_hold_another_are_told(log: Path, tmp_path: Path) -> None:
    play = next(log.glob("play*/**/*.parquet"), log / "play.parquet")
    table = pq.read_table(play)
    for problem, other in (
        ("no column verdict", table.drop_columns(["verdict"])),
        ("no column genres", table.drop_columns(["genres"])),
        ("event_time", table.set_column(1, "event_time", pa.array(["noon"] * len(table)))),
    ):
        pq.write_table(other, play)
        with pytest.raises(HeadwaterError, match=problem):
            made("member_genre", rows_of("member_genre"), log, tmp_path)
    play.unlink()
    with pytest.raises(HeadwaterError, match="counts play"):
        made("member_genre", rows_of("member_genre"), log, tmp_path)
