"""Rule files that somebody names: read, or told in one line why not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from headwater.errors import HeadwaterError
from schemas.events import EVENTS, EventType
from schemas.json_lines import Lines
from validators.jsonl import Event, parse
from validators.ruleset import RULES_DIR, RuleSet, files_of, united
from validators.source import RuleError, read

Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[FILE]...", help="Rule files or directories of them; the shipped rules unless given."
    ),
]
T = TypeVar("T")

EventName = Annotated[str | None, typer.Option("--event", help="One event type, such as play.")]


def texts(paths: Sequence[Path] | None) -> list[tuple[str, str]]:
    """Name and text of each rule file, those of directories one by one. Raises HeadwaterError."""
    files = [file for path in paths or [RULES_DIR] for file in _files(path)]
    return [(_name(file), text(file)) for file in dict.fromkeys(files)]


def rule_set(paths: Sequence[Path] | None) -> RuleSet:
    """The rules of all files together. Raises HeadwaterError where a gate would not start."""
    try:
        return united([read(name, text) for name, text in texts(paths)])
    except RuleError as error:
        raise HeadwaterError(str(error), "see `headwater rules lint`") from None


def event_type(name: str | None) -> EventType:
    """The event type of that name. Raises HeadwaterError, as for none."""
    if name is None:
        raise HeadwaterError("--event is not given", f"use one of {', '.join(EVENTS)}")
    if name not in EVENTS:
        raise HeadwaterError(f"there is no event type {name!r} (--event)", f"use one of {', '.join(EVENTS)}")
    return EVENTS[name]


def event_lines(path: Path, name: str | None) -> tuple[EventType, Lines[Event]]:
    """The events of a file of JSON lines. Raises HeadwaterError."""
    event = event_type(name)
    return event, json_lines(path, partial(parse, event))


def json_lines(path: Path, read: Callable[[Iterable[bytes]], Lines[T]]) -> Lines[T]:
    """What the lines of a file tell. Raises HeadwaterError."""
    try:
        with path.open("rb") as lines:
            return read(lines)
    except OSError as error:
        raise HeadwaterError(
            f"{path} cannot be read: {error.strerror}", "give a file of JSON lines"
        ) from None


def _files(path: Path) -> list[Path]:
    files = files_of(path)
    if not files:
        raise HeadwaterError(f"{path} holds no rules", "give a directory with *.yaml, or a file")
    return files


def _name(path: Path) -> str:
    """As short as it can be found by from here."""
    name = os.path.relpath(path)
    return str(path) if name.startswith("..") else name


def text(path: Path) -> str:
    """The text of a file. Raises HeadwaterError."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise HeadwaterError(f"{path} cannot be read: {error.strerror}", "give a rule file") from None
    except UnicodeDecodeError as error:
        raise HeadwaterError(f"{path} is no text: {error.reason}", "give a rule file in UTF-8") from None
