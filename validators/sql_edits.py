"""Small changes of a SQL expression: each a slip that somebody could make when writing it.

The text is cut into tokens and one stretch of it is replaced, so that all else stays as it was written. An
*operand* is what stands between two AND or OR of one pair of brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<text>'(?:[^']|'')*') | (?P<number>\d+(?:\.\d+)?) | (?P<name>[A-Za-z_]\w*|"[^"]*")
    | (?P<sign><>|!=|<=|>=|!~\*?|~\*?|[-<>=(),+*/%|]|\S)""",
    re.VERBOSE,
)
_OTHER_WAYS = {
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "=": ("<>",),
    "<>": ("=",),
    "!=": ("=",),
}
_MATCHES = frozenset({"~", "~*", "!~", "!~*"})


class Token(NamedTuple):
    """A piece of SQL text, and where it stands; `word` is in capitals unless it is a text."""

    kind: str
    word: str
    start: int
    stop: int


class Edit(NamedTuple):
    """What was done, and the text that came of it."""

    what: str
    sql: str


class _Operand(NamedTuple):
    """A stretch of tokens, `first` up to and without `last`, and the stretch to leave out with it."""

    first: int
    last: int
    cut: tuple[int, int]


def tokens(sql: str) -> list[Token]:
    """The tokens of SQL text, spaces left out. Holds for any text."""
    found = []
    for match in _TOKEN.finditer(sql):
        kind = match.lastgroup or ""
        word = match.group() if kind == "text" else match.group().upper()
        found.append(Token(kind, word, match.start(), match.end()))
    return found


def edits(sql: str, alike: Mapping[str, Sequence[str]]) -> Iterator[Edit]:
    """Every edit of an expression, each text once; `alike` names the other columns that could stand for one.

    >>> [edit.sql for edit in edits("a < 3", {})]
    ['a <= 3', 'a > 3', 'a < 4', 'a < 2', 'NOT (a < 3)']
    """
    seen = {sql}
    for edit in _edits(sql, tokens(sql), alike):
        if edit.sql not in seen:
            seen.add(edit.sql)
            yield edit


def _edits(sql: str, found: list[Token], alike: Mapping[str, Sequence[str]]) -> Iterator[Edit]:
    for i, token in enumerate(found):
        before = found[i - 1].word if i else ""
        for what, other in _others(sql[token.start : token.stop], token, before, alike):
            yield Edit(what, _put(sql, token, token, other))
        if token.word == "IN":
            for start, stop in _members(found, i + 1):
                yield Edit("a member of a set removed", _put(sql, found[start], found[stop], ""))
    for operand in _operands(found):
        first, last = found[operand.first], found[operand.last - 1]
        told = sql[first.start : last.stop]
        start, stop = operand.cut
        if operand.cut != (operand.first, operand.last):
            yield Edit(f"{told} dropped", _put(sql, found[start], found[stop - 1], ""))
        yield Edit(f"{told} negated", _put(sql, first, last, f"NOT ({told})"))
        for half in _halved(sql, found, operand):
            yield Edit(f"{told} as {half}", _put(sql, first, last, half))
    if found:
        yield Edit("all of it negated", _put(sql, found[0], found[-1], f"NOT ({sql.strip()})"))


def _put(sql: str, first: Token, last: Token, text: str) -> str:
    return (sql[: first.start] + text + sql[last.stop :]).strip()


def _others(
    told: str, token: Token, before: str, alike: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str]]:
    """What could stand in the place of a token, after what was done."""
    for other in _OTHER_WAYS.get(token.word, ()):
        yield f"{told} for {other}", other
    if token.kind == "number":
        yield from ((f"{told} moved to {other}", other) for other in _moved(told))
    if token.kind == "text" and before in _MATCHES:
        yield from (("an anchor dropped", other) for other in _unanchored(told))
    if token.kind == "name":
        yield from ((f"{told} swapped for {other}", other) for other in alike.get(told, ()))


def _moved(number: str) -> tuple[str, str]:
    """The number one step up and down, a step being one of its last digit."""
    value = Decimal(number)
    step = Decimal((0, (1,), int(value.as_tuple().exponent)))
    return str(value + step), str(value - step)


def _unanchored(text: str) -> Iterator[str]:
    if text.startswith("'^"):
        yield "'" + text[2:]
    if text.endswith("$'"):
        yield text[:-2] + "'"


def _members(found: list[Token], opening: int) -> Iterator[tuple[int, int]]:
    """For each member of the list behind IN, if there are two at least: the stretch to leave out."""
    if opening >= len(found) or found[opening].word != "(":
        return
    ends = [opening, *_at_depth(found, opening + 1, {","})]
    closing = next(_at_depth(found, opening + 1, {")"}), None)
    if closing is None or len(ends) == 1:
        return
    for n, (start, stop) in enumerate(pairwise([*(e for e in ends if e < closing), closing])):
        yield (start + 1, stop) if n == 0 else (start, stop - 1)


def _at_depth(found: list[Token], start: int, words: set[str]) -> Iterator[int]:
    """Where words stand from `start` on, until the bracket around it closes (itself included)."""
    depth = 0
    for i in range(start, len(found)):
        word = found[i].word
        if depth == 0 and word in words:
            yield i
        depth += (word in ("(", "CASE")) - (word in (")", "END"))
        if depth < 0:
            return


def _operands(found: list[Token]) -> Iterator[_Operand]:
    """The operands of the whole, and of each pair of brackets around a boolean expression."""
    starts = [0]
    for i, token in enumerate(found[:-1]):
        grouping = token.word == "(" and (i == 0 or found[i - 1].word in ("AND", "OR", "NOT", "("))
        starts += [i + 1] if grouping else []
    for start in starts:
        closing = next(_at_depth(found, start, {")"}), len(found))
        joints = list(_joints(found, start))
        bounds = [start - 1, *joints, closing]
        for n, (before, after) in enumerate(pairwise(bounds)):
            if before + 1 < after:
                yield _Operand(before + 1, after, _cut(found, bounds, n))


def _joints(found: list[Token], start: int) -> Iterator[int]:
    """Where AND and OR join operands; the AND of a BETWEEN does not."""
    between = 0
    for i in _at_depth(found, start, {"AND", "OR", "BETWEEN"}):
        if found[i].word == "BETWEEN":
            between += 1
        elif between and found[i].word == "AND":
            between -= 1
        else:
            yield i


def _cut(found: list[Token], bounds: list[int], n: int) -> tuple[int, int]:
    """The stretch to leave out with operand n: itself, and an AND beside it, or else an OR."""
    before, after = bounds[n], bounds[n + 1]
    left = found[before].word if n else ""
    right = found[after].word if n + 2 < len(bounds) else ""
    if right == "AND" or (right == "OR" and left != "AND"):
        return before + 1, after + 1
    return (before, after) if left else (before + 1, after)


def _halved(sql: str, found: list[Token], operand: _Operand) -> Iterator[str]:
    """A BETWEEN with one of its bounds dropped, or left out of what passes."""
    at = next((i for i in range(operand.first, operand.last) if found[i].word == "BETWEEN"), None)
    if at is None or found[at - 1].word == "NOT":
        return
    middle = next(_at_depth(found, at + 1, {"AND"}), None)
    if middle is None or middle + 1 >= operand.last:
        return
    value = sql[found[operand.first].start : found[at - 1].stop]
    low = sql[found[at + 1].start : found[middle - 1].stop]
    high = sql[found[middle + 1].start : found[operand.last - 1].stop]
    yield f"{value} >= {low}"
    yield f"{value} <= {high}"
    yield f"({value} > {low} AND {value} <= {high})"
    yield f"({value} >= {low} AND {value} < {high})"
