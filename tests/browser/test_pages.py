"""The pages as people see and use them, in a headless Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.conftest import PICTURES, served
from tests.pages import MARKUP, app

pytestmark = pytest.mark.browser

PAGES = {
    "overview": "Throughput",
    "quality": "By dimension",
    "features": "Lineage",
    "models": "Calibration",
    "row": "Row of m00001",
}
#: Where a page is, if its name alone is not enough.
PLACES = {name: name for name in PAGES} | {"row": "row?member=m00001"}
FAULT = "Redis at redis://127.0.0.1:1/0 does not answer: headwater up"


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with served(app()) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab that must not complain: no error on the console, nothing uncaught, no request that fails."""
    complaints: list[str] = []

    def told(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    opened = browser.new_page(viewport={"width": 1360, "height": 900}, color_scheme="light")
    opened.on("console", told)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    opened.close()
    assert complaints == []


def shot(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_drawn(page: Page, base: str, name: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{base}/#/{PLACES[name]}")
    expect(page.get_by_role("region", name=PAGES[name]).first).to_be_visible()
    assert page.locator("#troubles").inner_text() == ""
    expect(page.locator("nav a[aria-current]")).to_have_text(re.compile(name, re.IGNORECASE))
    expect(page.locator("#pulse")).to_contain_text("live")
    shot(page, f"{name}-{scheme}")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_narrow_screen(page: Page, base: str, name: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{base}/#/{PLACES[name]}")
    expect(page.get_by_role("region", name=PAGES[name]).first).to_be_visible()
    shot(page, f"{name}-narrow")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_first_view_comes_within_a_second(page: Page, base: str) -> None:
    page.goto(base)
    page.wait_for_selector(".stat")
    # Of what the browser measures from the start of the navigation on: a busy machine may take its time.
    drawn_ms = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert drawn_ms <= 1_000


def test_figures_change_by_themselves(page: Page, base: str) -> None:
    page.goto(base)
    read = page.get_by_role("region", name="Ledger").first.locator(".below")
    before = read.inner_text()
    expect(read).not_to_have_text(before)


def test_focus_and_what_is_open_outlast_an_update(page: Page, base: str) -> None:
    page.goto(f"{base}/#/quality?record=search/0/0")
    page.get_by_text("Headers, key and bytes").click()
    reason = page.get_by_label("reason")
    reason.focus()
    page.keyboard.type("countr")
    stamp = page.locator("#pulse").inner_text()
    expect(page.locator("#pulse")).not_to_have_text(stamp)
    assert reason.input_value() == "countr"
    assert reason.evaluate("field => field === document.activeElement")
    expect(page.locator("aside pre")).to_be_visible()


def test_the_keyboard_is_enough(page: Page, base: str) -> None:
    page.goto(base)
    page.wait_for_selector(".stat")
    for key, title in (("2", "Quality"), ("3", "Features"), ("4", "Models"), ("5", "Row"), ("1", "Overview")):
        page.keyboard.press(key)
        expect(page).to_have_title(re.compile(title))
    page.keyboard.press("3")
    page.wait_for_selector("main tbody tr")
    page.keyboard.press("/")
    page.keyboard.type("hover fatigue 4")
    expect(page.locator("#search")).to_have_value("hover fatigue 4")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("member_title")
    expect(page.locator("main tbody tr:visible").first).to_contain_text("member_title")
    assert page.get_by_role("button", name="title_seek").is_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="title_seek")).to_be_visible()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.keyboard.press("t")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    page.keyboard.press("2")
    page.get_by_role("button", name="search/0/0").press("Enter")
    expect(page.get_by_role("complementary")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary")).to_have_count(0)


def test_a_title_that_is_played_leaves_the_row_and_others_are_seen_to_move(page: Page, base: str) -> None:
    page.goto(f"{base}/#/row?member=m00001")
    row, told = page.get_by_role("region", name="Row of m00001"), page.locator("#row [role=status]")
    first = row.locator("tbody tr").first
    title = first.locator("td").nth(1).inner_text()
    button = page.get_by_role("button", name=f"Play {title}", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(told).to_have_text(re.compile(rf"{title} was played: the row changed after \d+ ms"))
    expect(button).to_have_count(0)
    expect(row.locator("tbody tr").last).to_contain_text("new")
    moved = row.locator("tbody tr[data-moved]")
    assert re.search("▲ [1-9]+ up|▼ [1-9]+ down", " ".join(moved.all_inner_texts()))
    assert moved.count() < 20, "what only follows is not told to have moved"
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert re.fullmatch(r"Play t\d\d", focused), "the next one in its place"
    shot(page, "row-played")


def test_a_member_is_chosen_and_the_row_is_theirs(page: Page, base: str) -> None:
    page.goto(f"{base}/#/row")
    expect(page.locator("#row")).to_contain_text("Name a member")
    page.get_by_role("button", name="m00002").press("Enter")
    expect(page.get_by_role("region", name="Row of m00002")).to_be_visible()
    page.get_by_label("member", exact=True).fill("nobody")
    page.get_by_label("country", exact=True).fill("jp")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#row")).to_contain_text("Nothing is known that this member may play next here")
    expect(page).to_have_url(re.compile("member=nobody&country=JP&device=tv"))


def test_focus_is_seen(page: Page, base: str) -> None:
    page.goto(base)
    page.wait_for_selector(".stat")
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(outline) != "none", page.evaluate("document.activeElement.outerHTML")


@pytest.mark.parametrize("record", ["search/0/0", "play/0/0"])
def test_what_events_hold_is_text(page: Page, base: str, record: str) -> None:
    page.goto(f"{base}/#/quality?record={record}")
    aside = page.get_by_role("complementary")
    expect(aside).to_contain_text(record)
    page.get_by_text("Headers, key and bytes").click()
    expect(aside).to_contain_text(MARKUP)
    assert "broken" not in page.title()
    assert page.locator("main script, main img").count() == 0
    shot(page, f"record-{record.replace('/', '-')}")


def test_a_view_is_looked_up_and_its_lineage_lit(page: Page, base: str) -> None:
    page.goto(f"{base}/#/features/title_engagement@1")
    page.get_by_role("textbox", name="title_id").fill("t00001")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("region", name="Values")).to_contain_text("plays_10m")
    page.locator(".node.view").first.focus()
    lit = page.locator(".edge[data-lit]")
    expect(lit).not_to_have_count(0)
    assert page.locator(".node:not([data-lit])").count() > 0
    stamp = page.locator("#pulse").inner_text()
    expect(page.locator("#pulse")).not_to_have_text(stamp)
    expect(lit).not_to_have_count(0)
    page.locator("#search").focus()
    expect(lit).to_have_count(0)


@pytest.mark.parametrize("name", PAGES)
def test_a_service_that_is_down_is_said_to_be(page: Page, name: str) -> None:
    with served(app(FAULT)) as address:
        page.goto(f"{address}/#/{PLACES[name]}")
        # The page of features asks where there is none; the others are told so.
        expect(page.get_by_role("alert")).to_contain_text("Redis at redis://127.0.0.1:1/0")
        expect(page.get_by_role("alert")).to_contain_text("headwater up")
        expect(page.locator("main .card").first).to_be_visible()
        shot(page, f"{name}-down")
        page.goto("about:blank")


def test_a_server_that_is_gone_is_said_to_be(browser: Browser) -> None:
    page = browser.new_page()
    with served(app()) as address:
        page.goto(address)
        expect(page.locator("#pulse")).to_contain_text("live")
    expect(page.locator("#pulse")).to_contain_text("silent")
    page.close()


def test_pages_ask_nobody_else(page: Page, base: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in PAGES:
        page.goto(f"{base}/#/{PLACES[name]}")
        page.wait_for_selector("main .card")
    assert asked
    assert all(url.startswith(base) for url in asked)
