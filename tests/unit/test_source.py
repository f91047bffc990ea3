"""Rule files as they were written: what is refused is shown in short, with the rule it is in."""

from __future__ import annotations

import pytest

from validators.source import RuleError, checked, read

LONG = "x" * 500


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f"- {LONG}", "the file"),
        (f"on: [play]\nrules: {LONG}", "rules"),
        (f"on: [play]\nrules:\n  - {LONG}", "rule 1"),
        (f"on: [play]\nrules:\n  - name: [{LONG}]", "rule 1: name"),
        (f"on: [play]\nrules:\n  - name: a\n    why: [{LONG}]", "rule a: .*"),
    ],
)
def test_what_is_refused_is_shown_in_short(text: str, where: str) -> None:
    with pytest.raises(RuleError, match=f"^long.yaml: {where} is ") as told:
        checked(read("long.yaml", text))
    assert len(str(told.value)) < 200


def test_a_key_that_stands_twice_is_told_with_its_line() -> None:
    source = read("a.yaml", "on: [play]\nrules:\n  - name: a\n    why: b\n    name: c\n")
    assert list(source.repeated()) == [("name", 5)]
