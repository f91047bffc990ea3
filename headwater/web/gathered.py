"""A page is made of parts, each of some service; where one is down, the others still tell."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from headwater.errors import HeadwaterError

Parts = Mapping[str, Callable[[], Any]]

_LOG = logging.getLogger(__name__)


def gathered(parts: Parts) -> dict[str, Any]:
    """What each part gives, all asked at once; None where it cannot, and why in `problems`.

    >>> def down(): raise HeadwaterError("no Redis", "headwater up")
    >>> gathered({"up": lambda: 1, "views": down})
    {'up': 1, 'views': None, 'problems': {'views': 'no Redis: headwater up'}}
    """
    with ThreadPoolExecutor(len(parts)) as pool:
        asked = {name: pool.submit(part) for name, part in parts.items()}
    problems: dict[str, str] = {}
    found: dict[str, Any] = {}
    for name, answer in asked.items():
        error = answer.exception()
        if error is None:
            found[name] = answer.result()
            continue
        found[name], problems[name] = None, str(error)
        # A page that tells of a fault of ours is worth more than none.
        if not isinstance(error, HeadwaterError):
            problems[name] = f"{type(error).__name__}: {error}"
            _LOG.error("%s cannot be told", name, exc_info=error)
    return found | {"problems": problems}
