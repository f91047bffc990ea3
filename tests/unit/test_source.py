"""Rule files as they were written: what cannot be read is told, whatever it is."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from validators.source import RuleError, UnreadableError, checked, read

#: Lists and mappings in each other, in as many ways as YAML has, and far deeper than a stack goes.
DEEP = ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "? " * 100_000]


@pytest.mark.parametrize("text", DEEP, ids=count())
def test_what_is_nested_too_deeply_is_told(text: str) -> None:
    with pytest.raises(UnreadableError, match="nested too deeply") as told:
        read("deep.yaml", text)
    assert told.value.line <= text.count("\n") + 1


def test_what_holds_itself_is_read() -> None:
    content = read("round.yaml", "a: &a [*a]").content
    assert content["a"][0] is content["a"]


@pytest.mark.parametrize(
    ("word", "value"), [("on", "on"), ("NO", "NO"), ("yes", "yes"), ("true", True), ("false", False)]
)
def test_only_true_and_false_are_booleans(word: str, value: str | bool) -> None:
    assert read("a.yaml", f"a: {word}").content == {"a": value}


@given(st.text("[]{}:,-?&*!|>'\"%@`#\\ \n\tab1~", max_size=60))
@example("on: [")
@example("a: 2024-13-01")
def test_any_text_is_read_or_refused_with_a_line_of_it(text: str) -> None:
    line = 1
    try:
        read("any.yaml", text)
    except UnreadableError as error:
        line = error.line
    assert 1 <= line <= text.count("\n") + 1


def test_what_is_refused_is_shown_in_short() -> None:
    """Each list holds the one before, by its name: deeper than the text is, and than `repr` comes."""
    links = "".join(f"- &a{n + 1} [*a{n}]\n" for n in range(5_000))
    with pytest.raises(RuleError, match=r"^chain.yaml: the file is \[") as told:
        checked(read("chain.yaml", f"- &a0 []\n{links}"))
    assert len(str(told.value)) < 200
