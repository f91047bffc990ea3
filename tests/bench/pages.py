"""The live pages in a headless Chromium: how large they are, and how soon figures are seen on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import numpy as np
from playwright.sync_api import sync_playwright

from headwater.web.routes import STATIC
from tests.bench.figure import Plan, Row
from tests.browser.conftest import FLAGS, served
from tests.pages import app

_VIEWS = 20
#: From the start of the navigation until the first figures are in the page.
_SEEN = """() => new Promise((done) => {
  const there = () => document.querySelector(".card");
  const look = () => (there() ? done(performance.now()) : requestAnimationFrame(look));
  look();
})"""


def pages(_: Plan) -> Iterator[Row]:
    """p50 and p99 of first views, each in a browser context of its own, so that nothing is cached; services
    are doubles that answer at once."""
    yield Row("all files", "KiB", sum(path.stat().st_size for path in STATIC.iterdir()) / 1024)
    with served(app()) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name in ("overview", "quality", "features", "models", "row"):
            took_ms = []
            for _ in range(_VIEWS):
                with browser.new_context() as context:
                    page = context.new_page()
                    page.goto(f"{address}/#/{name}", wait_until="commit")
                    took_ms.append(page.evaluate(_SEEN))
            for percent in (50, 99):
                yield Row(
                    f"first figures of {name}, p{percent}", "ms", float(np.percentile(took_ms, percent))
                )
        browser.close()
