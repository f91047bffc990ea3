"""``headwater features diff`` and ``release``: views held against what was released."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from features.catalog import CATALOG, NAMED
from features.released import RELEASED, Change, compare, definitions, dumps, load
from headwater.commands.feature_views import MaybeView
from headwater.commands.runtime import Json, say
from headwater.errors import HeadwaterError


def diff(view: MaybeView = None, as_json: Json = False) -> None:
    """Show what differs between the views as they are declared and as they were released.

    Ends with 1 if a released version has been edited so that stored bytes or values would be read wrongly:
    raise its `version` instead. New versions, retired ones and features that store nothing are compatible.
    """
    changes = since_release(RELEASED)
    if view is not None:
        changes = [change for change in changes if view in (change.view, change.view.partition("@")[0])]
        if view not in NAMED and not changes:
            raise HeadwaterError(f"there is no view {view!r}", f"use one of {', '.join(NAMED)}")
    if as_json:
        print(json.dumps([_described(change) for change in changes]))
    else:
        for change in changes:
            print(told(change))
    if not changes:
        say("nothing differs from what was released")
    if any(not change.compatible for change in changes):
        raise typer.Exit(1)


def release(as_json: Json = False) -> None:
    """Pin the views as they are declared, so that `headwater features diff` and the tests know later edits.

    Writes `features/released.json`, which belongs into version control. Versions that are no longer in the
    catalogue leave it. An incompatible edit of a released version is refused: raise its `version`.
    """
    changes = since_release(RELEASED)
    refuse(changes)
    _write(RELEASED, dumps(definitions(CATALOG)))
    if as_json:
        print(json.dumps([_described(change) for change in changes]))
    for change in changes:
        say(f"{change.view} is {change.kind}")
    say(f"{len(CATALOG)} versions of views are released")


def since_release(path: Path) -> list[Change]:
    """What differs from the file of what was released. HeadwaterError where that cannot be read."""
    try:
        return compare(load(path.read_text()), definitions(CATALOG))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HeadwaterError(f"{path} cannot be used ({error})", "restore it from version control") from None


def refuse(changes: Sequence[Change]) -> None:
    """HeadwaterError at the first change that would have stored bytes or values read wrongly."""
    if broken := [change for change in changes if not change.compatible]:
        line = (broken[0].removed or broken[0].added)[0]
        raise HeadwaterError(
            f"{broken[0].view} is not as it was released ({line})",
            "raise the version of the view, or undo it",
        )


def told(change: Change) -> str:
    """A change as text, its old and new lines below."""
    verdict = "compatible" if change.compatible else "incompatible: raise the version of the view"
    lines = [f"  - {line}" for line in change.removed] + [f"  + {line}" for line in change.added]
    return "\n".join([f"{change.kind} {change.view}, {verdict}", *lines])


def _described(change: Change) -> dict[str, Any]:
    return asdict(change) | {"compatible": change.compatible}


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        raise HeadwaterError(f"{path} cannot be written: {error.strerror}", "run it in a checkout") from None
