"""Looking at the desk's pages in a browser: what hinders people, and whether they fit.

What belongs here: the browser, and what holds of every page. What does not: what is on a page.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from adm_sync_tests.browser.serving import ARGUMENTS

WIDE, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
AXE = files("axe_playwright_python").joinpath("axe.min.js")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; while it lasts, nothing else in this thread can use asyncio."""
    found = shutil.which("chromium") or "/usr/bin/chromium"
    playwright = sync_playwright().start()
    try:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        expect.set_options(timeout=30_000)
        yield browser
        browser.close()
    finally:
        playwright.stop()


@contextmanager
def watched(page: Page, url: str) -> Iterator[None]:
    """While this lasts, the page asks nobody but the desk, and has no error."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
    page.on(
        "console",
        lambda said: faults.append(said.text) if "Content Security" in said.text else None,
    )
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(url) else faults.append(asked.url),
    )
    yield
    assert faults == []


def assert_fit_for_all(page: Page, picture: Path) -> None:
    """axe finds nothing, and nothing but tables is wider than the page; a picture is kept."""
    page.screenshot(path=picture, full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), picture
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document)")["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
