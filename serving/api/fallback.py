"""What titles are offered if Redis does not answer: what is popular, where that is asked for."""

from __future__ import annotations

from typing import Any, Literal

PopularFallback = Literal["popularity"]
POPULAR_TOLD = (
    "what to answer if Redis does not: what is popular in the country, or elsewhere, as it was read last"
)


def stands(age_s: float | None) -> dict[str, Any]:
    """How far an answer of titles can be trusted: with an age it is of what is popular, as of then."""
    return {"status": "read" if age_s is None else "popularity", "age_s": age_s}
