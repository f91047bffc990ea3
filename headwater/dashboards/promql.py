"""Expressions of Prometheus: made of the catalogue's metrics, and read for what they ask."""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemas.metric import Metric

#: All that our expressions use; any other word is a metric.
_FUNCTIONS = {"sum", "min", "max", "topk", "rate", "increase", "deriv", "histogram_quantile", "clamp_min"}
_OPERATORS = {"and", "unless"}
#: What names of labels stand behind.
_LABELLED = {"by", "on", "group_left"}
_TOKEN = re.compile(
    r'\s*(?:(?P<word>[A-Za-z_]\w*)|(?P<text>"[^"\\]*")|(?P<range>\[\d+[smh]\])|(?P<number>\d+(\.\d+)?)'
    r"|(?P<sign>==|!=|=~|!~|>=|<=|[-+*/><=,(){}]))\s*"
)


@dataclass(frozen=True)
class Asked:
    """The metrics that an expression names, and the labels."""

    metrics: frozenset[str]
    labels: frozenset[str]


def asked(expression: str) -> Asked:
    """What it asks. Raises ValueError where it says what none of ours does.

    >>> found = asked('sum by (a) (rate(x_total{b="c"}[1m])) / on (a) y > 0.2')
    >>> sorted(found.metrics), sorted(found.labels)
    (['x_total', 'y'], ['a', 'b'])
    """
    metrics, labels = set(), set()
    at, closing, labelled = 0, "", False
    while at < len(expression):
        found = _TOKEN.match(expression, at)
        if not found:
            raise ValueError(f"{expression!r} cannot be read from {at} on")
        at = found.end()
        word, sign = found["word"], found["sign"]
        if closing:
            labels |= {word} if word else set()
            closing = "" if sign == closing else closing
        elif sign == "{" or (labelled and sign == "("):
            closing = {"{": "}", "(": ")"}[sign]
        elif word and word not in _FUNCTIONS | _OPERATORS | _LABELLED:
            metrics.add(word)
        labelled = word in _LABELLED
    return Asked(frozenset(metrics), frozenset(labels))


def rate(metric: Metric, *by: str, where: str = "", over: str = "1m") -> str:
    """How much it grows a second, added up by labels. Raises ValueError of one that does not grow.

    >>> rate(Metric("x", "counter", "", ("a",), ""), "a", where='b="c"')
    'sum by (a) (rate(x_total{b="c"}[1m]))'
    """
    if not metric.grows:
        raise ValueError(f"{metric.name} does not grow")
    chosen = f"{{{where}}}" if where else ""
    return folded("sum", f"rate({metric.series}{chosen}[{over}])", *by)


def folded(how: str, expression: str, *by: str) -> str:
    """One value for each combination of labels, or one in all.

    >>> folded("max", "x"), folded("max", "x", "a", "b")
    ('max(x)', 'max by (a, b) (x)')
    """
    return f"{how} by ({', '.join(by)}) ({expression})" if by else f"{how}({expression})"


def most(n: int, expression: str) -> str:
    """The greatest of them.

    >>> most(3, "x")
    'topk(3, x)'
    """
    return f"topk({n}, {expression})"


def quantile(share: float, metric: Metric, *by: str, where: str = "") -> str:
    """Of a histogram, over the last five minutes.

    >>> quantile(0.99, Metric("x", "histogram", "", (), ""))
    'histogram_quantile(0.99, sum by (le) (rate(x_bucket[5m])))'
    """
    return f"histogram_quantile({share}, {rate(metric, 'le', *by, where=where, over='5m')})"
