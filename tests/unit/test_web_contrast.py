"""Text can be read on every surface, light and dark: the contrast of WCAG 2.2 (1.4.3, 1.4.11)."""

from __future__ import annotations

import re

import pytest

from headwater.web.routes import STATIC

pytestmark = pytest.mark.unit

NAMED = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--(\w+): light-dark\((#\w{6}), (#\w{6})\);", (STATIC / "style.css").read_text()
    )
}
SURFACES = ("page", "card", "raised")
TEXTS = ("ink", "soft", "accent", "good", "warn", "bad")
CURVES = tuple(name for name in NAMED if re.fullmatch(r"s\d", name))


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1, the same, to 21, black on white.

    >>> round(contrast("#000000", "#ffffff")), contrast("#777777", "#777777")
    (21, 1.0)
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("text", TEXTS)
def test_text_stands_out(text: str, surface: str, dark: bool) -> None:
    assert contrast(NAMED[text][dark], NAMED[surface][dark]) >= 4.5


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("curve", CURVES)
def test_curves_stand_out(curve: str, dark: bool) -> None:
    assert contrast(NAMED[curve][dark], NAMED["card"][dark]) >= 3


def test_no_colour_is_named_but_in_one_place() -> None:
    # What is not among the named ones is not measured above; the edge of a field is no text.
    for path in STATIC.glob("*.css"):
        rest = re.sub(r"--\w+: light-dark\(.*?\);|border: 1px solid light-dark\(.*?\);", "", path.read_text())
        assert re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", rest) == []
