"""The routes of the row: a stream for each member that is looked at, and plays that are sent."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from headwater.web.answers import answer, sent_by_ours
from headwater.web.row import Row
from headwater.web.streams import Streams
from headwater.web.watched import Watched
from serving.offers import Viewer, first_profile

#: Part of what is told as the time until a row changed.
_EVERY_S = 0.25
_MOST_WATCHED = 64

_Id = Annotated[str, Field(min_length=1, max_length=64)]
_Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
_Device = Annotated[str, Field(pattern="^(tv|phone|tablet|web)$")]


class Look(BaseModel):
    """Whose row; without a member, nobody's."""

    member: Annotated[str, Field(max_length=64)] = ""
    country: _Country = "US"
    device: _Device = "tv"

    @property
    def viewer(self) -> Viewer | None:
        """Who looks, by the first of the member's profiles."""
        if not self.member:
            return None
        return Viewer(self.member, first_profile(self.member), self.device, self.country)


class Played(Look):
    """Who plays which title, and where in the row it stood, from 0."""

    member: _Id
    title: _Id
    rank: int = Field(ge=0, le=200)


def add_row(live: APIRouter, row: Row, streams: Streams) -> None:
    """The routes, over what they tell."""

    @lru_cache(_MOST_WATCHED)
    def watched(viewer: Viewer | None) -> Watched:
        return Watched(lambda: row.look(viewer), _EVERY_S)

    @live.get("/row")
    async def now(look: Annotated[Look, Query()], stream: bool = False) -> Response:
        return await streams.looked(watched(look.viewer), stream)

    if row.plays is None:
        return

    @live.post("/row/play", dependencies=[Depends(sent_by_ours)])
    def play(played: Played) -> Response:
        viewer = played.viewer
        assert viewer
        return answer(lambda: row.play(viewer, played.title, played.rank))
