"""Features as they were read, against a naive reading."""

from __future__ import annotations

import math
from typing import Any

from tests.naive import alike

TOLERANCE = 1e-9


def differences(expected: dict[str, dict[str, Any]], found: list[dict[str, Any]]) -> dict[Any, Any]:
    """What differs: (view, entity, value name) to the expected and the found value. Counts must be exact."""
    return {
        (entity["view"], entity["entity"], name): (value, entity["values"].get(name))
        for entity in found
        for name, value in expected[entity["entity"]].items()
        if not alike(value, entity["values"].get(name), _equal)
    }


def _equal(expected: Any, found: Any) -> bool:
    if not isinstance(expected, float):
        return bool(expected == found)
    if math.isnan(expected):
        return found is None
    return isinstance(found, float) and math.isclose(expected, found, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
