"""`headwater top`, and `--watch` of others: the same again and again."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, Group
from rich.text import Text
from typer.testing import CliRunner

from headwater import console
from headwater.cli import app
from headwater.commands import status, top
from headwater.errors import HeadwaterError
from tests.pages import Overview

pytestmark = pytest.mark.unit


class EnoughError(Exception):
    """The user has seen enough."""


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The rests between looks; after the third the user goes."""
    rests: list[float] = []

    def sleep(seconds: float) -> None:
        rests.append(seconds)
        if len(rests) == 3:
            raise EnoughError

    monkeypatch.setattr(console.time, "sleep", sleep)
    return rests


def test_what_is_watched_is_asked_for_anew(looks: list[float]) -> None:
    shown = iter(range(9))
    with pytest.raises(EnoughError):
        console.watched(lambda: Text(str(next(shown))))
    assert next(shown) == 3
    assert all(rest > 0 for rest in looks)


@pytest.mark.usefixtures("looks")
def test_status_is_watched_where_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_RUNTIME_DIR", str(tmp_path))
    ran = CliRunner().invoke(app, ["status", "--watch"])
    assert isinstance(ran.exception, EnoughError)
    assert "nothing is running" in ran.output
    assert "down" in CliRunner().invoke(app, ["status"]).output


def test_top_needs_something_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_RUNTIME_DIR", str(tmp_path))
    assert isinstance(CliRunner().invoke(app, ["top"]).exception, HeadwaterError)


def printed(shown: Group) -> str:
    paper = StringIO()
    Console(width=110, file=paper).print(shown)
    return paper.getvalue()


def test_top_tells_the_busiest_parts_first() -> None:
    lines = printed(top.picture(Overview(None).look())).splitlines()
    busy = [line.split("%")[0].split()[-1] for line in lines if "%" in line]
    assert busy == ["78"] * 3 + ["44"] * 3
    told = "\n".join(lines)
    assert all(
        word in told for word in ("2,000 events/s", "compute_features 310", "title_engagement@1", "fresh")
    )


def test_top_says_what_is_down() -> None:
    assert "no Kafka answers" in printed(top.picture(Overview("no Kafka answers: headwater up").look()))


def test_status_as_a_picture_has_all_that_was_collected() -> None:
    look = Overview(None).look()
    found = look["progress"] | {name: look[name] for name in ("processes", "jobs")}
    told = printed(status.picture(found | {"endpoints": {"kafka": "here:1"}, "problem": None}, parts=True))
    assert all(word in told for word in ("here:1", "taskmanager", "Join … Writer", "hover", "✓"))
