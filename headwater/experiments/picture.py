"""Charts as SVG, and a result as a page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from headwater.experiments.result import Chart, Result, told

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 150, 40, 50
#: Told apart by those who see colours otherwise, too (M. Okabe, K. Ito, Color universal design, 2008).
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")
_GRID = 5
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>body {{ font-family: sans-serif; margin: 2em }} td, th {{ padding: 0 1em; text-align: right }}</style>
<h1>{title}</h1>
<p>{about}</p>
{charts}
<table>
{rows}
</table>
</html>
"""


def svg(chart: Chart) -> str:
    """A picture of the curves; one breaks off where it says nothing.

    >>> from headwater.experiments.result import Curve
    >>> svg(Chart("t", "x", ("a", "b"), (Curve("c", (0.5, 0.6)),))).count("<polyline")
    1
    """
    ys = [y for curve in chart.curves for y in curve.ys if y is not None] or [0.0]
    low, high = min(ys), max(ys)
    tall, spread = _HEIGHT - _TOP - _BOTTOM, (high - low) or 1.0
    apart = (_WIDTH - _LEFT - _RIGHT) / max(1, len(chart.xs) - 1)
    lines = [f'<text x="{_LEFT}" y="22" font-weight="bold">{escape(chart.title)}</text>']
    for step in range(_GRID):
        value = low + (high - low) * step / (_GRID - 1)
        y = _TOP + (high - value) / spread * tall
        lines.append(f'<text x="{_LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{told(value)}</text>')
        lines.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#8884"/>')
    for n, x in enumerate(chart.xs):
        place = f'x="{_LEFT + n * apart:.0f}" y="{_HEIGHT - 30}"'
        lines.append(f'<text {place} text-anchor="middle">{escape(x)}</text>')
    lines.append(f'<text x="{_LEFT}" y="{_HEIGHT - 8}">{escape(chart.x)}</text>')
    for n, curve in enumerate(chart.curves):
        colour = _COLOURS[n % len(_COLOURS)]
        points = [
            (_LEFT + k * apart, None if y is None else _TOP + (high - y) / spread * tall)
            for k, y in enumerate(curve.ys)
        ]
        lines += [f'<polyline points="{path}" fill="none" stroke="{colour}"/>' for path in _paths(points)]
        lines += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points if y is not None
        ]
        place = f'x="{_WIDTH - _RIGHT + 12}" y="{_TOP + 10 + 20 * n}"'
        lines.append(f'<text {place} fill="{colour}">{escape(curve.name)}</text>')
    body = "\n  ".join(lines)
    style = 'font-family="sans-serif" font-size="12" stroke-width="2" fill="#777"'
    size = f'width="{_WIDTH}" height="{_HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n  {body}\n</svg>\n'


def page(result: Result) -> str:
    """HTML: what was done, the charts, and all figures in a table."""
    names = list(dict.fromkeys(name for row in result.rows for name in row))
    rows = [_row("th", names), *(_row("td", [told(row.get(name)) for name in names]) for row in result.rows)]
    charts = "\n".join(map(svg, result.charts))
    return _PAGE.format(
        title=escape(result.name), about=escape(result.about), charts=charts, rows="\n".join(rows)
    )


def _row(cell: str, texts: list[str]) -> str:
    return "<tr>" + "".join(f"<{cell}>{escape(text)}</{cell}>" for text in texts) + "</tr>"


def _paths(points: list[tuple[float, float | None]]) -> Iterator[str]:
    path: list[str] = []
    for x, y in (*points, (0.0, None)):
        if y is not None:
            path.append(f"{x:.1f},{y:.1f}")
        elif path:
            yield " ".join(path)
            path = []
