"""What was released: of each view's version the definition, pinned, so that no edit changes it unseen.

A pinned definition is what stored bytes and read values depend on, as lines to read and to compare. What a
view is for, who owns it, its SLO and its tags may change at any time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from features.aggregate import DERIVED, Feature
from features.followed import Followed
from features.partial import Partial
from features.view import View

RELEASED = Path(__file__).parent / "released.json"
Kind = Literal["added", "retired", "changed"]
#: The lines of a definition, by `name@version`.
Definitions = Mapping[str, tuple[str, ...]]
#: A feature that stores nothing may be added: what is stored, and every other value, stays as it is.
_ADDABLE = "derives "


def definition(view: View) -> tuple[str, ...]:
    """What the bytes of a view and its values depend on, a line each."""
    return (
        f"entity {', '.join(view.entity)}",
        f"events {', '.join(sorted(view.events))}",
        *([f"where {view.where}"] if view.where else []),
        *(f"derived {name}: {sql}" for name, sql in view.derived.items()),
        *([f"each {view.each.name} of {view.each.of} by {view.each.separator!r}"] if view.each else []),
        *map(_joined, view.followed),
        *(f"window {window} of tiles of {tile}" for window, tile in sorted(view.windows.items())),
        *(f"ring {ring.name} of {ring.slots} slots" for ring in view.rings),
        *(f"column {i} {_column(partial)}" for i, partial in enumerate(view.partials, start=1)),
        *(f"list {f.name}: {f.entry.descr}, {f.kept} in {f.ring.slots} slots" for f in view.listed),
        *sorted(f"{'derives' if isinstance(f, DERIVED) else 'reads'} {told(f)}" for f in view.features),
    )


def _joined(followed: Followed) -> str:
    given = {k: v for k, v in asdict(followed).items() if v and k not in ("name", "description")}
    return f"followed {followed.name}: {', '.join(f'{k}={v}' for k, v in given.items())}"


def _column(partial: Partial) -> str:
    half_life = f" by {partial.half_life_ms} ms" if partial.half_life_ms else ""
    return f"{partial.name}: {partial.dtype}, {partial.merge}{half_life}, {partial.sql}"


def told(feature: Feature) -> str:
    """A feature as one line: what it is and all that it is given.

    >>> from features.sums import Count
    >>> told(Count("plays", on="play"))
    'plays: Count(on=play)'
    """
    given = {k: v for k, v in asdict(feature).items() if k != "name" and v is not None}
    return f"{feature.name}: {type(feature).__name__}({', '.join(f'{k}={v}' for k, v in given.items())})"


def digest(lines: Iterable[str]) -> str:
    """Twelve digits of a definition."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Change:
    """What became of one version of a view, and by which lines."""

    view: str
    kind: Kind
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def compatible(self) -> bool:
        """Whether all that was stored is read as before, by all who read it."""
        return self.kind != "changed" or not (
            self.removed or [line for line in self.added if not line.startswith(_ADDABLE)]
        )


def compare(released: Definitions, now: Definitions) -> list[Change]:
    """What differs, version by version, in the order of the names."""
    found: list[Change] = []
    for view in sorted({*released, *now}):
        before, after = released.get(view, ()), now.get(view, ())
        if before != after:
            kind: Kind = "changed" if before and after else "added" if after else "retired"
            removed = tuple(line for line in before if line not in after)
            found.append(Change(view, kind, removed, tuple(line for line in after if line not in before)))
    return found


def definitions(views: Iterable[View]) -> dict[str, tuple[str, ...]]:
    """The definitions of views."""
    return {view.id: definition(view) for view in views}


def dumps(found: Definitions) -> str:
    """Definitions as the file keeps them: each with its digest, in the order of the names."""
    pinned = {view: {"digest": digest(lines), "definition": lines} for view, lines in sorted(found.items())}
    return json.dumps(pinned, indent=2) + "\n"


def load(text: str) -> dict[str, tuple[str, ...]]:
    """What `dumps` wrote. Raises ValueError that says which part does not agree with its digest."""
    pinned_views = json.loads(text)
    if not isinstance(pinned_views, dict):
        raise ValueError("no object of definitions")
    found = {view: (of["digest"], tuple(of["definition"])) for view, of in pinned_views.items()}
    for view, (pinned, lines) in found.items():
        if digest(lines) != pinned:
            raise ValueError(f"the definition of {view} is not that of its digest")
    return {view: lines for view, (_, lines) in found.items()}
