"""A bar chart as SVG: `python -m tests.bench.plot RESULT.json > docs/benchmarks.svg`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path

_FORMS = ("vectorised", "loop", "gate", "features", "both at once")
_LEFT, _WIDTH, _BAR, _GAP = 130, 640, 26, 12


def chart(title: str, bars: Sequence[tuple[str, float]]) -> str:
    """Horizontal bars from 0, each with its value.

    >>> chart("t", [("a", 1.0)]).count("<rect")
    1
    """
    scale = (_WIDTH - _LEFT - 60) / max(value for _, value in bars)
    height = 40 + len(bars) * (_BAR + _GAP)
    lines = [f'<text x="0" y="18" font-weight="bold">{escape(title)}</text>']
    for n, (name, value) in enumerate(bars):
        y, width = 36 + n * (_BAR + _GAP), value * scale
        middle = y + _BAR * 0.7
        lines += [
            f'<text x="{_LEFT - 8}" y="{middle:.0f}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{_LEFT}" y="{y}" width="{width:.0f}" height="{_BAR}" fill="#3b78a8"/>',
            f'<text x="{_LEFT + width + 6:.0f}" y="{middle:.0f}">{value:.1f}</text>',
        ]
    body = "\n  ".join(lines)
    style = 'font-family="sans-serif" font-size="14" fill="#777"'
    size = f'width="{_WIDTH}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n  {body}\n</svg>'


if __name__ == "__main__":
    rows = {r["figure"]: r["value"] for r in json.loads(Path(sys.argv[1]).read_text())["results"]["race"]}
    print(chart("CPU-µs an event", [(form, rows[f"{form}: CPU"]) for form in _FORMS]))
