"""A route that only those may read who have a key for it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from serving.api.problems import ApiError
from serving.keys import Keys

_BEARER = HTTPBearer(auto_error=False, description="an API key, as `headwater api-key` makes it")


def needs(scope: str) -> Any:
    """A dependency of routes: a key that may read this, unless the app knows of no keys at all."""

    # A coroutine: FastAPI runs a plain function in a thread.
    async def check(
        request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> None:
        keys: Keys | None = request.app.state.keys
        if keys is None:
            return
        remedy = "send Authorization: Bearer and a key"
        if given is None:
            raise ApiError(401, "no key was given", "Authorization", remedy=remedy)
        key = keys.of(given.credentials)
        if key is None:
            raise ApiError(401, "this key is not known", "Authorization", remedy=remedy)
        request.state.key = key.name
        if scope not in key.scopes:
            told = f"the key of {key.name} may read {', '.join(sorted(key.scopes))}"
            raise ApiError(403, f"{told}, not {scope}", "Authorization", remedy="ask for one that may")

    return Depends(check)
