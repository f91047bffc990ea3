"""What an experiment found: figures, and curves of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import isnan
from typing import Any

#: Told each time that one ranker has predicted all.
Progress = Callable[[], None]


@dataclass(frozen=True)
class Curve:
    """A `y` for each `x` of a chart, None where nothing can be said."""

    name: str
    ys: tuple[float | None, ...]


@dataclass(frozen=True)
class Chart:
    """Curves over the same places, `xs` as they are called, which stand at equal distances."""

    title: str
    x: str
    xs: tuple[str, ...]
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class Result:
    """Rows of figures by name, of the same columns, and charts; `about` says what was done."""

    name: str
    about: str
    rows: tuple[dict[str, Any], ...]
    charts: tuple[Chart, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def number(figure: float) -> float | None:
    """A figure as JSON has it: None for NaN."""
    return None if isnan(figure) else float(figure)


def told(figure: Any) -> str:
    """A figure for people.

    >>> told(0.71234), told(63000), told(None), told("take")
    ('0.712', '63,000', '', 'take')
    """
    if isinstance(figure, float):
        return f"{figure:.3f}"
    return "" if figure is None else f"{figure:,}" if isinstance(figure, int) else str(figure)
