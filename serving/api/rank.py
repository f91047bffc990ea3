"""``/rank``: titles put in order for a member, and why each stands where it does."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from serving.api.allowed import needs
from serving.api.fallback import POPULAR_TOLD, PopularFallback, SomeCountry, read_or_popular, stands
from serving.api.models import stated
from serving.api.output import as_json
from serving.api.services import Given
from serving.offers import Viewer, first_profile
from serving.ranker import Ranked

router = APIRouter(tags=["rank"], dependencies=[needs("rank")])

_Id = Annotated[str, Field(min_length=1, max_length=64)]


class Page(BaseModel):
    """Who looks, on what and where; and which titles are to be ranked."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"member": "m00001", "device": "tv", "country": "BR", "most": 10}},
    )

    member: _Id
    profile: _Id | None = Field(default=None, description="of the member; `<member>-p1` if null")
    device: Literal["tv", "phone", "tablet", "web"] | None = None
    country: SomeCountry = ""
    utc_offset_min: int | None = Field(default=None, ge=-720, le=840, description="of the clock on the wall")
    titles: list[_Id] | None = Field(default=None, max_length=500, description="candidates if null")
    most: int = Field(default=20, ge=1, le=500)
    diversity: float = Field(default=0.2, ge=0.0, le=1.0, description="0: whatever is best")
    fallback: PopularFallback | None = Field(default=None, description=POPULAR_TOLD)

    @property
    def viewer(self) -> Viewer:
        """Who looks."""
        profile = self.profile or first_profile(self.member)
        return Viewer(self.member, profile, self.device, self.country, self.utc_offset_min)


@router.post("/rank")
async def rank(page: Page, services: Given) -> Response:
    """The titles in the order in which they are best shown, without those that were finished, and what each
    one's score is made of; null where a model is `missing`.

    `titles_known` tells whether there is a catalogue of titles: without one no genres are known, so no title
    is like another. `models` are those that were asked. `status` is `read`; or `popularity`, with `age_s`,
    where Redis did not answer and that was asked for: then no model was, and what was finished is there, too.
    """
    now_ms = services.now_ms()
    asked = page.viewer, page.titles, page.most, page.diversity, now_ms
    names = ("take", "completion", *([] if page.titles is not None else ["next_title"]))

    def told() -> dict[str, Any]:
        models: dict[str, Any] = {}

        def read() -> list[Ranked]:
            found = services.ranker.rank(*asked)
            models.update({name: stated(services.models, name, now_ms) for name in names})
            return found

        found, age_s = read_or_popular(read, lambda: services.ranker.popular(*asked), page.fallback)
        return {
            "member": page.member,
            "now_ms": now_ms,
            **stands(age_s),
            "titles_known": bool(services.titles()),
            "models": models,
            "ranked": found,
        }

    return as_json(await asyncio.to_thread(told))
