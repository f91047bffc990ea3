"""What is served is kept as it was: by every reader, whole, within bounds, under names that are its own."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.catalog import CATALOG, READABLE, VIEWS
from features.live import Live
from features.view import View
from headwater.served_rows import rows_of
from online_models.known import Known
from serving import AsyncFeatureReader, FeatureReader, ResilientReader, known
from serving.arrow import column_of
from serving.served_log import ServedLog
from serving.served_rows import schema
from sinks.memory import MemoryTiles
from sinks.memory_flags import MemoryFlags
from tests.gallery import EVERY
from tests.reading import ENTITIES, NOW_MS, SAMPLE, of_view
from tests.served import PATIENCE_S, Redis, unreachable
from tests.tiles import write_all

pytestmark = pytest.mark.unit

ALL = {view.id: view for view in (*READABLE, *EVERY.values())}
views = pytest.mark.parametrize("view", ALL.values(), ids=ALL)
READ_MS = NOW_MS + 7


def log_in(folder: Path, share: float = 1.0, **more: Any) -> ServedLog:
    return ServedLog(folder, share, Random(1), clock_ms=lambda: READ_MS, **more)


def asked(view: View) -> list[Any]:
    odd = ["a|b", "%7C", "é"] if len(view.entity) == 1 else [("a|b",) * len(view.entity)]
    return [*ENTITIES.get(view.name, ["m1"]), *odd]


def stored(view: View) -> MemoryTiles:
    tiles = MemoryTiles(generation=3)
    if view.windows:
        write_all(tiles, view, of_view(view, SAMPLE))
    return tiles


def kept(folder: Path, view: View) -> pa.Table:
    return pa.concat_tables([pq.read_table(file) for file in sorted((folder / view.id).glob("*/*.parquet"))])


@views
def test_rows_are_what_was_read(view: View, tmp_path: Path) -> None:
    log = log_in(tmp_path)
    reader = FeatureReader(stored(view), MemoryFlags(), log)
    answers = [reader.read(view, asked(view), at_ms) for at_ms in (NOW_MS, NOW_MS + 60_000)]
    log.close()
    found, n = kept(tmp_path, view), len(asked(view))
    parts = [(e,) if isinstance(e, str) else tuple(e) for e in asked(view)] * 2
    assert list(zip(*(found[name].to_pylist() for name in view.entity), strict=True)) == parts
    assert found["at_ms"].to_pylist() == [NOW_MS] * n + [NOW_MS + 60_000] * n
    assert set(found["read_ms"].to_pylist()) == {READ_MS}
    assert set(found[f"{view.name}__version"].to_pylist()) == {view.version}
    assert set(found[f"{view.name}__generation"].to_pylist()) == {3}
    for name in ("status", "age_s", *view.value_names):
        told = [{"status": a.status, "age_s": a.age_s, **a.values}[name] for a in answers]
        expected = [value for column in told for value in column_of(column).to_pylist()]
        assert repr(found[f"{view.name}__{name}"].to_pylist()) == repr(expected)


@pytest.mark.parametrize("view", CATALOG, ids=lambda view: view.id)
def test_files_of_a_view_have_its_schema_also_where_lists_are_empty(view: View, tmp_path: Path) -> None:
    log = log_in(tmp_path)
    FeatureReader(MemoryTiles(), served=log).read(view, ENTITIES[view.name], NOW_MS)
    log.close()
    assert kept(tmp_path, view).schema == schema(view)


def test_every_reader_keeps_the_same_and_a_fall_back_says_that_it_is_one(tmp_path: Path) -> None:
    view, question = VIEWS["member_history"], [("member_history", ["m1", "m2"])]
    store, log = Redis(stored(view)), log_in(tmp_path)
    resilient = ResilientReader(store, MemoryFlags(), lambda: NOW_MS / 1_000, PATIENCE_S, served=log)
    for folder, reader in ("async", AsyncFeatureReader(store, MemoryFlags(), log)), ("resilient", resilient):
        asyncio.run(reader.read_many(question, NOW_MS))
        log.flush()
        (file,) = tmp_path.glob("*/*/*.parquet")
        file.rename(tmp_path / folder)
    alone, in_api = (repr(pq.read_table(tmp_path / name).to_pylist()) for name in ("async", "resilient"))
    assert alone == in_api
    unreachable(store)
    asyncio.run(resilient.read_many(question, NOW_MS, "last_good"))
    asyncio.run(resilient.read_many(question, NOW_MS, "prior"))
    with pytest.raises(Exception, match="gone"):
        asyncio.run(resilient.read_many(question, NOW_MS))
    log.close()
    found = kept(tmp_path, view)
    assert found["member_history__status"].to_pylist() == ["last good", "last good", "prior", "prior"]
    assert set(found["member_history__generation"].to_pylist()) == {3}


@pytest.mark.parametrize("part_first", [True, False])
def test_what_is_read_of_a_part_of_a_view_is_kept_beside_what_is_whole(
    part_first: bool, tmp_path: Path
) -> None:
    view, log = VIEWS["title_popularity"], log_in(tmp_path)
    reader, titles = FeatureReader(stored(view), served=log), ENTITIES[view.name]
    wanted = [Known(view.name, "completion_rate_24h", of=("title_id",))]
    if not part_first:
        reader.read(view, titles, NOW_MS)
    known(reader, wanted, {"title_id": np.array(titles, object)}, NOW_MS)
    if part_first:
        reader.read(view, titles, NOW_MS)
    log.close()
    held = [pq.read_table(file) for file in tmp_path.glob(f"{view.id}/*/*.parquet")]
    assert sorted(f"{view.name}__members" in table.column_names for table in held) == [False, True]
    rows = rows_of(view, tmp_path, most=1_000)
    assert rows.read == 2 * len(titles)
    assert Counter(value is None for value in rows.values(view)["members"])[True] * 2 == len(rows.at_ms)


def test_a_deployment_is_seen_in_the_rows(tmp_path: Path) -> None:
    view, tiles, log = VIEWS["title_engagement"], MemoryTiles(), log_in(tmp_path)
    reader = FeatureReader(tiles, served=log)
    reader.read(view, ["t1"], NOW_MS)
    tiles.point_at(Live(8))
    reader.read(view, ["t1"], NOW_MS)
    log.close()
    assert kept(tmp_path, view)["title_engagement__generation"].to_pylist() == [0, 8]


def test_what_a_reader_does_with_its_arrays_is_not_kept(tmp_path: Path) -> None:
    view, log = VIEWS["title_engagement"], log_in(tmp_path)
    answer = FeatureReader(stored(view), served=log).read(view, ["t1"], NOW_MS)
    before = answer.values["plays_1h"].tolist()
    answer.values["plays_1h"][:] = 999
    answer.status[:] = "odd"
    log.close()
    found = kept(tmp_path, view)
    assert found["title_engagement__plays_1h"].to_pylist() == before
    assert "odd" not in found["title_engagement__status"].to_pylist()


@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_a_share_of_reads_is_kept_whole_and_the_same_by_the_same_seed(share: float, tmp_path: Path) -> None:
    counts = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        log = log_in(folder, share)
        read(log, 2_000)
        log.close()
        times = kept(folder, VIEWS["title_engagement"])["at_ms"].to_pylist() if share else []
        counts.append(Counter(times))
    assert counts[0] == counts[1]
    assert set(counts[0].values()) <= {2}
    assert abs(len(counts[0]) - 2_000 * share) <= 4 * (2_000 * share * (1 - share)) ** 0.5


def told() -> tuple[Counter[str], Any]:
    counts: Counter[str] = Counter()
    return counts, lambda fate, rows: counts.update({fate: rows})


def read(log: ServedLog, times: int) -> None:
    """As if two titles were read so often, a millisecond after the other."""
    answer = FeatureReader(MemoryTiles()).read("title_engagement", ["t1", "t2"], NOW_MS)
    for n in range(times):
        log.add([answer], NOW_MS + n, 0)


def test_what_is_too_much_for_its_memory_is_dropped_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts, count = told()
    log = log_in(tmp_path, told=count, most_bytes=10_000)
    with monkeypatch.context() as stuck:
        stuck.setattr("serving.served_log.ServedLog.flush", lambda self: None)
        read(log, 100)
    assert 0 < counts["dropped"] < 200
    assert log._bytes <= 10_000
    log.close()
    read(log, 1)
    assert counts["written"] + counts["dropped"] == 202
    assert len(kept(tmp_path, VIEWS["title_engagement"])) == counts["written"]


def test_it_is_written_without_waiting_for_the_end(tmp_path: Path) -> None:
    counts, count = told()
    log = log_in(tmp_path, told=count, most_bytes=200_000)
    read(log, 1_500)
    deadline_s = time.monotonic() + 60
    while not [*tmp_path.glob("*/*/*.parquet")]:
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    read(log, 1_500)
    log.close()
    assert len([*tmp_path.glob("*/*/*.parquet")]) > 1
    assert counts.total() == 6_000


def test_what_cannot_be_written_is_dropped_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    counts, count = told()
    log = log_in(tmp_path / "file", told=count)
    (tmp_path / "file").write_text("no folder")
    read(log, 1)
    log.flush()
    assert counts == {"dropped": 2}
    assert "was not written" in caplog.text
    (tmp_path / "file").unlink()
    read(log, 1)
    log.close()
    assert counts == {"dropped": 2, "written": 2}


def test_no_two_logs_clash_and_nothing_unfinished_is_left(tmp_path: Path) -> None:
    logs = [log_in(tmp_path) for _ in range(3)]
    for log in logs:
        read(log, 2)
        log.flush()
        read(log, 2)
        log.close()
    files = [*tmp_path.glob("*/*/*")]
    assert len(files) == 6
    assert {file.suffix for file in files} == {".parquet"}
    assert {file.parent.name for file in files} == {"2026-05-28"}
    assert len(kept(tmp_path, VIEWS["title_engagement"])) == 24
