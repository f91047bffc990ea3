"""How broad what is recommended is: the record of the topic `quality.pages`, a JSON object."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.quality import Json


@dataclass(frozen=True)
class PageMinute(Json):
    """Of the `pages` that were ranked at `minute_ms`, and of those before them, the newest weighing most.

    `coverage` is the share of the catalogue that was recommended; `gini` how unequally titles were, from 0
    for alike to nearly 1 for one alone; `entropy` of the same shares, as a part of its greatest; `diversity`
    how different in genres two titles of a page are, from 0 to 1. None where nothing can be said.
    """

    minute_ms: int
    pages: int
    coverage: float | None
    gini: float | None
    entropy: float | None
    diversity: float | None
