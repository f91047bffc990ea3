"""Replaying ratings: their times, their truth, and files that are not as they should be."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from headwater.cli import app
from headwater.errors import HeadwaterError
from headwater.traffic.delivery import MemorySink, deliver
from headwater.traffic.message import Message
from headwater.traffic.ratings import BadRow, Rating, read_ratings
from headwater.traffic.replay import replayed
from headwater.traffic.truth import Truth
from schemas.codec import decode_batch
from schemas.events import EVENTS

pytestmark = pytest.mark.unit

NOW_MS = 1_780_000_000_000
HEADER = "userId,movieId,rating,timestamp"
MOVIELENS = Path(__file__).parents[3] / "shared/data/movielens/ratings.csv"

ratings_of = st.lists(
    st.builds(Rating, st.integers(1, 50), st.integers(1, 50), st.floats(0, 5), st.integers(0, 1_700_000_000)),
    max_size=20,
)


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def replay(ratings: list[Rating], speed: float = 0.0, shift_to_now: bool = True) -> list[Message]:
    return list(replayed(ratings, NOW_MS, speed, shift_to_now))


def times(messages: list[Message]) -> list[int]:
    return [m.record["event_time"] for m in messages]


def test_a_rating_is_a_play_and_a_pause_where_it_says() -> None:
    play, pause = replay([Rating(7, 12, 4.0, 1_000)])
    assert [play.event, pause.event] == ["play", "pause"]
    assert [play.record["event_id"], pause.record["event_id"]] == ["ml-7-12-play", "ml-7-12-pause"]
    assert play.record["position_ms"] == 0
    assert pause.record["position_ms"] == int(pause.record["runtime_ms"] * 4 / 5)
    assert pause.record["event_time"] - play.record["event_time"] == pause.record["position_ms"]
    assert {(m.key, m.record["member_id"], m.record["title_id"]) for m in (play, pause)} == {
        (b"m7", "m7", "t12")
    }


@settings(max_examples=60, deadline=None)
@given(ratings=ratings_of, speed=st.sampled_from([0.0, 1.0, 3_600.0, 1e7]), shift=st.booleans())
def test_replays_keep_the_order_and_repeat(ratings: list[Rating], speed: float, shift: bool) -> None:
    found = replay(ratings, speed, shift)
    assert found == replay(ratings, speed, shift)
    assert len(found) == 2 * len(ratings)
    assert times(found) == sorted(times(found))
    assert all(one.due_ms <= two.due_ms for one, two in pairwise(found))
    assert all(shift is False or m.record["event_time"] <= m.due_ms for m in found)
    pairs: dict[str, list[str]] = {}
    for m in found:
        assert decode_batch(EVENTS[m.event], [m.value]).reasons == {}
        pairs.setdefault(f"{m.record['member_id']}/{m.record['title_id']}", []).append(m.event)
    assert all(viewing[0] == "play" for viewing in pairs.values())


def test_at_speed_events_carry_the_time_at_which_they_are_due() -> None:
    hour_s = 3_600
    found = replay([Rating(1, n, 0.0, n * hour_s) for n in range(3)], speed=3_600)
    assert [m.due_ms - NOW_MS for m in found] == [0, 0, 1_000, 1_000, 2_000, 2_000]
    assert times(found) == [m.due_ms for m in found]
    assert {m.outcome for m in found} == {"valid"}


def test_at_once_the_last_is_now_and_what_is_older_than_the_horizon_is_late() -> None:
    found = replay([Rating(1, 1, 0.0, 0), Rating(1, 2, 0.0, 3_000), Rating(1, 3, 0.0, 5_000)])
    assert {m.due_ms for m in found} == {NOW_MS}
    assert times(found)[-1] == NOW_MS
    assert [m.outcome for m in found] == ["late", "late", "valid", "valid", "valid", "valid"]


def test_without_a_shift_times_are_those_of_the_file_and_judged_so() -> None:
    old, late, ahead = 1_000_000_000, 1_700_000_000, NOW_MS // 1000 + 3_600
    found = replay([Rating(1, n, 0.0, at) for n, at in enumerate((old, late, ahead))], 1e9, False)
    assert times(found)[::2] == [old * 1000, late * 1000, ahead * 1000]
    assert [m.outcome for m in found][::2] == ["quarantined", "late", "quarantined"]


def test_a_pair_that_comes_twice_is_a_duplicate() -> None:
    found = replay([Rating(1, 1, 3.0, 100), Rating(1, 1, 4.0, 90_000)], speed=1e6)
    assert [m.outcome for m in found] == ["valid", "valid", "duplicate", "duplicate"]


def test_rows_are_read_in_the_order_of_their_times_whatever_the_order_of_columns(tmp_path: Path) -> None:
    path = written(tmp_path, "timestamp,rating,note,movieId,userId", "20,4.5,x,2,1", "", "10,3,,1,1")
    assert read_ratings(path) == ([Rating(1, 1, 3.0, 10), Rating(1, 2, 4.5, 20)], [])
    assert read_ratings(path, limit=1) == ([Rating(1, 2, 4.5, 20)], [])


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("x,1,3,10", "userId", "x"),
        ("-1,1,3,10", "userId", "-1"),
        ("1,,3,10", "movieId", ""),
        ("1,2.5,3,10", "movieId", "2.5"),
        ("1,1,good,10", "rating", "good"),
        ("1,1,5.5,10", "rating", "5.5"),
        ("1,1,nan,10", "rating", "nan"),
        ("1,1,3", "timestamp", ""),
        ("1,1,3,1e9", "timestamp", "1e9"),
        ("1,1,3,964982703000", "timestamp", "964982703000"),
    ],
)
def test_a_bad_row_is_named_and_passed_over(tmp_path: Path, row: str, column: str, value: str) -> None:
    good, bad = read_ratings(written(tmp_path, HEADER, "1,1,3,10", row, "1,2,3,20"))
    assert len(good) == 2
    assert [(b.line, b.column, b.value) for b in bad] == [(3, column, value)]
    assert isinstance(bad[0], BadRow)


@pytest.mark.parametrize("missing", HEADER.split(","))
def test_a_header_without_a_column_names_it(tmp_path: Path, missing: str) -> None:
    path = written(tmp_path, HEADER.replace(missing, "other"), "1,1,3,10")
    with pytest.raises(HeadwaterError, match=f"no column {missing}"):
        read_ratings(path)


def test_an_empty_file_a_folder_and_no_file_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    with pytest.raises(HeadwaterError, match="no column userId"):
        read_ratings(tmp_path / "empty.csv")
    with pytest.raises(HeadwaterError, match="Is a directory"):
        read_ratings(tmp_path)
    with pytest.raises(HeadwaterError, match="No such file"):
        read_ratings(tmp_path / "none.csv")


@settings(max_examples=60)
@given(content=st.binary(max_size=200))
def test_no_bytes_give_a_trace_back(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "ratings.csv"
    path.write_bytes(HEADER.encode() + b"\n" + content)
    try:
        good, _ = read_ratings(path)
    except HeadwaterError:
        return
    assert all(0 <= rating.stars <= 5 for rating in good)


def test_the_command_reports_bad_rows_and_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = MemorySink()
    monkeypatch.setattr("headwater.commands.traffic.KafkaSink", lambda *_: sink)
    path = written(tmp_path, HEADER, "1,1,3,10", *["1,1,bad,10"] * 12)
    ran = CliRunner().invoke(app, ["replay", str(path), "--kafka", "k:1", "--shift-to-now", "--speed", "1e6"])
    assert ran.exit_code == 1
    assert "sent 2 events: 2 valid" in ran.stdout
    assert "line 3: rating is 'bad', not a number from 0 to 5" in ran.stderr
    assert "12 rows were passed over" in ran.stderr
    assert [topic for topic, _, _ in sink.sent] == ["titles", "events.play", "events.pause"]


def test_the_command_says_how_to_make_old_ratings_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.commands.traffic.KafkaSink", lambda *_: MemorySink())
    path = written(tmp_path, HEADER, "1,1,3,600", "1,2,3,1200")
    ran = CliRunner().invoke(app, ["replay", str(path), "--kafka", "k:1"])
    assert ran.exit_code == 0
    assert "sent 4 events: 4 quarantined" in ran.stdout
    assert "--shift-to-now --speed 10" in ran.stderr


@pytest.mark.skipif(not MOVIELENS.exists(), reason="MovieLens is not beside the repository (its licence)")
def test_real_ratings_replay_whole() -> None:
    ratings, bad = read_ratings(MOVIELENS, limit=5_000)
    sink = MemorySink()
    clock = iter(range(NOW_MS, NOW_MS + 10_000_000, 5))
    truth = deliver(
        replayed(ratings, NOW_MS, 1e8, True), sink, Truth(), lambda: next(clock), lambda seconds: None
    )
    assert (len(ratings), bad) == (5_000, [])
    assert truth.sent == truth.of("valid") == len(sink.sent) == 10_000
