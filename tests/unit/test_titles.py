"""The catalogue of titles: what its records may be, what a gate makes of them, and what rules see."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from flink_jobs.kept_topic import Written
from flink_jobs.live_titles import LiveTitles
from headwater import titles as catalogue
from headwater.cli import app
from headwater.traffic.delivery import MemorySink
from schemas.codec import encode
from schemas.events import EVENT_NAMES
from schemas.titles import MAX_GENRE_CHARS, MAX_GENRES, MAX_ID_CHARS, Title
from schemas.topics import TITLES, raw
from tests.doubles import MemoryTopic
from tests.samples import sound
from validators.gate import Gate, NoLog, Records, Unchanging
from validators.judge import Judgement
from validators.ruleset import load
from validators.titles import LOOKED_UP, Told, genres_of, look_up

pytestmark = pytest.mark.unit

IDS = st.text("ab", min_size=1, max_size=2)
LETTERS = st.characters(codec="utf-8", exclude_characters=",")
GENRES = st.lists(st.text(LETTERS, min_size=1, max_size=MAX_GENRE_CHARS), max_size=3)
MADE = st.builds(Title, IDS, GENRES.map(tuple), st.none() | st.integers(1, 2**53 - 1))
WHY = {
    b"": "no JSON",
    b"{": "no JSON",
    b"3": "no object: give title_id",
    b"{}": "title_id is None: give 1 to 64 characters",
    b'{"title_id": ""}': "title_id is '': give 1 to 64 characters",
    b'{"title_id": "' + b"x" * (MAX_ID_CHARS + 1) + b'"}': "title_id is 'xxx",
    b'{"title_id": "a", "runtime_ms": 0}': "runtime_ms is 0: give milliseconds",
    b'{"title_id": "a", "runtime_ms": true}': "runtime_ms is True: give milliseconds",
    b'{"title_id": "a", "runtime_ms": 1.5}': "runtime_ms is 1.5: give milliseconds",
    b'{"title_id": "a", "genres": "noir"}': "genres is 'noir': give a list",
    b'{"title_id": "a", "genres": [""]}': "genres is .*: give a list",
    b'{"title_id": "a", "genres": ["film,noir"]}': "genres is .*: give a list of .* without commas",
    b'{"title_id": "a", "genres": ["' + b"x" * (MAX_GENRE_CHARS + 1) + b'"]}': "genres is .*: give a list",
    b'{"title_id": "a", "genres": ['
    + b'"x",' * MAX_GENRES
    + b'"x"]}': "genres is .*: give a list of at most",
    b'{"title_id": "a", "genre": ["noir"]}': "genre is no field: give title_id",
}
BAD = list(WHY)
TAKEN_OUT = IDS.map(lambda i: (i.encode(), None))
SAID = MADE.map(lambda title: (title.title_id.encode(), title.to_json()))
OF_ANOTHER = b'{"title_id": "c"}'
SPOILT = st.tuples(st.sampled_from([None, b"a", b"\xff"]), st.sampled_from([*BAD[1:], OF_ANOTHER]))


def followed(topic: MemoryTopic, count: int) -> LiveTitles:
    """The titles of a topic, once so many records were taken."""
    live = LiveTitles(topic)
    live.start()
    deadline_s = time.monotonic() + 10
    while len(topic.all) < count and time.monotonic() < deadline_s:
        time.sleep(0.001)
    live.stop()
    return live


@given(MADE)
def test_a_title_comes_back_from_its_record(title: Title) -> None:
    assert Title.from_json(title.to_json()) == title


@pytest.mark.parametrize(("text", "why"), WHY.items())
def test_what_is_no_title_is_refused_with_field_value_and_remedy(text: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Title.from_json(text)


@given(st.lists(SAID | TAKEN_OUT | SPOILT, max_size=12), st.integers(0, 12))
def test_a_gate_and_a_command_have_the_last_record_of_each_title(
    held: list[tuple[bytes | None, bytes | None]], at_first: int
) -> None:
    expected: dict[str, dict[str, Any]] = {}
    for key, value in held:
        if key is None or key == b"\xff" or (value in BAD and value) or value == OF_ANOTHER:
            continue
        if value is None:
            expected.pop(key.decode(), None)
        else:
            expected[key.decode()] = json.loads(value)
    topic = MemoryTopic.keyed(held[:at_first])
    for key, value in held[at_first:]:
        topic.add(value, key)
    live = followed(topic, len(held))
    assert live.current() == {
        i: (told["runtime_ms"] or 0, ",".join(told["genres"]) or None) for i, told in expected.items()
    }
    of_topic = catalogue.of(topic.all)
    assert {i: json.loads(title.to_json()) for i, title in of_topic.items()} == expected
    assert catalogue.for_rules(of_topic) == live.current()


def test_saying_the_same_again_changes_nothing() -> None:
    same = (b"a", Title("a", (), 60_000).to_json())
    live = LiveTitles(MemoryTopic.keyed([same, (b"b", Title("b").to_json()), same]))
    assert live.changed_ms() == 0
    live.start()
    live.stop()
    assert live.changed_ms() == 1_001


OF_ID = st.dictionaries(IDS, st.builds(Told, st.integers(0, 2**53), st.none() | st.just("noir,war")))


@given(st.lists(st.none() | IDS), OF_ID)
def test_a_look_up_is_that_of_each_id_alone(ids: list[str | None], titles: dict[str, Told]) -> None:
    found = look_up(pa.array(ids, pa.string()), titles)
    known = [None if i is None or not titles else i in titles for i in ids]
    runtimes = [titles[i].runtime_ms or None if i in titles else None for i in ids]
    assert [column.to_pylist() for column in found.values()] == [known, runtimes]
    assert list(found) == [column.name for column in LOOKED_UP]
    assert genres_of(ids, titles) == [titles[i].genres if i in titles else None for i in ids]


def judged(titles: dict[str, Told], events: list[tuple[str, dict[str, Any]]]) -> Judgement:
    gate = Gate(Unchanging(load()), NoLog(), lambda: titles)
    n = len(events)
    made = Records(
        [raw(event) for event, _ in events],
        np.zeros(n, np.int64),
        np.arange(n),
        np.full(n, sound("play")["event_time"]),
        [encode(event, record) for event, record in events],
    )
    return gate.judge(made)


def reasons(titles: dict[str, int], events: list[tuple[str, dict[str, Any]]]) -> list[str | None]:
    told = {title_id: Told(runtime_ms) for title_id, runtime_ms in titles.items()}
    found: list[str | None] = judged(told, events).reasons.tolist()
    return found


@given(st.lists(st.tuples(st.sampled_from(EVENT_NAMES), st.none() | IDS, st.booleans()), max_size=12), OF_ID)
def test_what_passes_has_the_genres_of_its_title(
    drawn: list[tuple[str, str | None, bool]], titles: dict[str, Told]
) -> None:
    """None stands for an id that the rules refuse."""
    events, expected = [], []
    for n, (event, title_id, passes) in enumerate(drawn):
        record = sound(event, event_id=f"e{n}", country="BR" if passes else "br")
        if "title_id" in record:
            record["title_id"] = title_id or ""
        events.append((event, record))
        known = titles.get(record.get("title_id", ""))
        expected.append(known.genres if known and passes else None)
    assert (judged(titles, events).genres.tolist() if events else []) == expected


def test_events_are_held_against_the_catalogue_whatever_comes_with_them() -> None:
    title, runtime_ms = sound("play")["title_id"], sound("play")["runtime_ms"]
    events = [
        ("search", sound("search")),
        ("play", sound("play")),
        ("play", sound("play", event_id="e2", title_id="nobody knows")),
        ("pause", sound("pause", event_id="e3", runtime_ms=runtime_ms + 60_001)),
        ("hover", sound("hover", event_id="e4")),
    ]
    assert reasons({}, events) == [None] * 5
    found = reasons({title: runtime_ms}, events)
    assert found == [None, None, "title_in_catalogue", "runtime_as_catalogued", None]
    assert reasons({title: 0}, events) == [None, None, "title_in_catalogue", None, None]
    assert reasons({title: runtime_ms}, events[:1]) == [None]


def test_the_time_of_a_change_does_not_go_back() -> None:
    topic = MemoryTopic.keyed((b"a", Title("a", (), runtime).to_json()) for runtime in (1, 2))
    topic.all[1] = topic.all[1]._replace(at_ms=5)
    live = followed(topic, 2)
    assert (live.current(), live.changed_ms()) == ({"a": (2, None)}, 1_000)


def test_what_a_batch_looks_up_does_not_change() -> None:
    topic = MemoryTopic.keyed([(b"a", Title("a").to_json())])
    live = LiveTitles(topic)
    live.start()
    before = live.current()
    topic.add(Title("b").to_json(), b"b")
    deadline_s = time.monotonic() + 10
    while live.current() is before and time.monotonic() < deadline_s:
        time.sleep(0.001)
    live.stop()
    assert (before, live.current()) == ({"a": Told()}, {"a": Told(), "b": Told()})


def test_a_title_that_is_announced_is_known_to_the_gate_that_runs() -> None:
    titles = {"another": Told()}
    assert judged(titles, [("hover", sound("hover"))]).reasons == ["title_in_catalogue"]
    titles[sound("hover")["title_id"]] = Told()
    assert judged(titles, [("hover", sound("hover"))]).reasons == [None]


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> MemorySink:
    """What the command writes is what it reads."""
    sink = MemorySink()

    def held(_: str) -> dict[str, Title]:
        return catalogue.of([Written(i, i, value, key) for i, (_, key, value) in enumerate(sink.sent)])

    monkeypatch.setenv("HEADWATER_KAFKA", "memory:9092")
    monkeypatch.setattr("headwater.commands.titles.KafkaSink", lambda *_: sink)
    monkeypatch.setattr(catalogue, "held", held)
    return sink


def test_titles_are_loaded_shown_and_removed(sink: MemorySink, tmp_path: Path) -> None:
    run, file = CliRunner().invoke, tmp_path / "titles.jsonl"
    first, second = '{"title_id": "t1", "genres": ["noir"], "runtime_ms": 5400000}', '{"title_id": "t2"}'
    file.write_text("\n".join([first, "", second, second]))
    assert "2 titles are loaded" in run(app, ["titles", "load", str(file)]).output
    assert {topic for topic, _, _ in sink.sent} == {TITLES}
    assert "noir" in run(app, ["titles", "list"]).stdout
    ran = run(app, ["titles", "list", "t2", "t3", "--json"])
    assert (ran.exit_code, json.loads(ran.stdout)) == (
        1,
        [{"title_id": "t2", "genres": [], "runtime_ms": None}],
    )
    assert "not in the catalogue: t3" in ran.stderr
    assert run(app, ["titles", "remove", "t1"]).exit_code == 0
    assert [t["title_id"] for t in json.loads(run(app, ["titles", "list", "--json"]).stdout)] == ["t2"]
    assert "not in the catalogue: t1" in str(run(app, ["titles", "remove", "t1"]).exception)


def test_a_file_with_a_line_that_is_no_title_is_refused_whole(sink: MemorySink, tmp_path: Path) -> None:
    file = tmp_path / "titles.jsonl"
    file.write_text('{"title_id": "t1"}\n{"title_id": "t2", "runtime_ms": -3}\n')
    ran = CliRunner().invoke(app, ["titles", "load", str(file)])
    assert (ran.exit_code, sink.sent) == (1, [])
    assert f"{file}:2: runtime_ms is -3: give milliseconds, or null" in ran.stderr
    missing = CliRunner().invoke(app, ["titles", "load", str(tmp_path / "none")]).exception
    assert "cannot be read" in str(missing)
