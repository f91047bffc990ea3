"""The page of features: the catalogue with what is observed, one view in full, one entity's values."""

from __future__ import annotations

import time
from typing import Any

from features.catalog import READABLE
from features.live import NOT_COMPUTED
from features.view import View
from headwater.errors import HeadwaterError
from headwater.lineage import edges, graph, models, of_view
from headwater.redis_client import client
from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from headwater.view_names import remedy
from headwater.view_picture import NOT_REACHABLE, observed_in, picture, summary
from headwater.web.gathered import gathered
from serving import FeatureReader
from serving.observed import Observed

_NOBODY = Observed(NOT_REACHABLE, None)


class Features:
    """Looks at the views in Redis."""

    def __init__(self, settings: Settings, where: Endpoints) -> None:
        self._settings, self._where = settings, where

    def look(self) -> dict[str, Any]:
        """`views`, all of them; said to be not reachable, with the reason in `problems`, without a Redis."""
        found = gathered({"views": self._views})
        return found | {"views": found["views"] or [summary(view, _NOBODY) for view in READABLE]}

    def show(self, view: View) -> dict[str, Any]:
        """All of one view, but for how fresh it is, and its `lineage`."""
        told = picture(view, _NOBODY)
        del told["status"], told["age_s"]
        return told | {"lineage": graph(edges([of_view(view), *models(view)]))}

    def get(self, view: View, entity: str) -> dict[str, Any]:
        """The values of one entity. Raises HeadwaterError if it cannot be one of this view."""
        with client(self._where.redis) as redis:
            try:
                (found,) = FeatureReader(redis).read(view, [entity]).as_dicts()
            except ValueError as error:
                raise HeadwaterError(str(error), f"name its {', '.join(view.entity)}") from None
        return found

    def _views(self) -> list[dict[str, Any]]:
        with client(self._where.redis) as redis:
            now = observed_in(redis, READABLE, time.time_ns() // 1_000_000)
        found = []
        for view, observed in zip(READABLE, now, strict=True):
            how = remedy(self._settings, view) if observed.status == NOT_COMPUTED else None
            found.append(summary(view, observed) | {"remedy": how})
        return found
