"""YAML of rule files: what cannot be read is told with its line, whatever it is, and soon."""

from __future__ import annotations

from itertools import count

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from validators.yaml_text import DEEPEST, NotYamlError, parse

#: Lists and mappings in each other, in as many ways as YAML has, and far deeper than a stack goes.
DEEP = ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "? " * 100_000]


@pytest.mark.parametrize("text", DEEP, ids=count())
def test_what_is_nested_too_deeply_is_told(text: str) -> None:
    with pytest.raises(NotYamlError, match="nested too deeply"):
        parse(text)


def test_the_line_is_told_on_which_it_is_too_deep() -> None:
    lines = [" " * depth + "a:" for depth in range(DEEPEST + 1)]
    with pytest.raises(NotYamlError, match="nested too deeply") as told:
        parse("\n".join(lines))
    assert told.value.line == DEEPEST + 1
    parse("\n".join(lines[:-1]))


@pytest.mark.parametrize("inner", ["[*a]", "{b: *a}", "[[*a]]", "[&b [], *b]"])
def test_what_a_name_stands_for_holds_no_name(inner: str) -> None:
    """It would be endless, or grow tenfold with each name."""
    with pytest.raises(NotYamlError, match="stands in a part that has a name"):
        parse(f"x: &a\n  {inner}")
    assert parse("a: &a [1]\nb: [*a, *a]")[0]["b"] == [[1], [1]]


@pytest.mark.parametrize(
    ("word", "value"),
    [("on", "on"), ("NO", "NO"), ("yes", "yes"), ("<<", "<<"), ("=", "="), ("true", True), ("false", False)],
)
def test_only_true_and_false_are_more_than_words(word: str, value: str | bool) -> None:
    assert parse(f"{word}: {word}")[0] == {value: value}


@given(st.text("[]{}:,-?&*!|>'\"%@`#\\ \n\tab1~x", max_size=60))
@example("on: [")
@example("on: [\n")
@example("a: 2024-13-01")
@example("a: !!int ''")
@example("a: !!bool x")
@example("a: !!timestamp x")
@example("a: 0x" + "f" * 5_000)
@example("a: " + ":".join("1" * 500_000))
@example("[]: 1\n{}: 2")
@example("\ud800")
def test_any_text_is_read_or_refused_with_a_line_of_it(text: str) -> None:
    line = 1
    try:
        repr(parse(text))
    except NotYamlError as error:
        line = error.line
    assert 1 <= line <= text.count("\n") + 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_what_is_written_is_read(content: object) -> None:
    assert parse(yaml.safe_dump(content))[0] == content
