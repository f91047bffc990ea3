"""What titles are offered if Redis does not answer: what is popular, where that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

import redis
from pydantic import Field

T = TypeVar("T")

#: A country, in two letters (ISO 3166), or none.
SomeCountry = Annotated[str, Field(pattern="^([A-Z]{2})?$", description="adds what is popular there")]
PopularFallback = Literal["popularity"]
POPULAR_TOLD = (
    "what to answer if Redis does not: what is popular in the country, or elsewhere, as it was read last"
)


def read_or_popular(
    read: Callable[[], T], popular: Callable[[], tuple[T, float] | None], fallback: PopularFallback | None
) -> tuple[T, float | None]:
    """What is read, without an age; or, if Redis does not answer and that is asked for, what was popular and
    its age (s). Raises redis.RedisError where that is not asked for, or nothing of it is known."""
    try:
        return read(), None
    except redis.RedisError:
        found = popular() if fallback else None
        if found is None:
            raise
        return found


def stands(age_s: float | None) -> dict[str, Any]:
    """How far an answer of titles can be trusted: with an age it is of what is popular, as of then."""
    return {"status": "read" if age_s is None else "popularity", "age_s": age_s}
