"""The lists of the desk in a browser, by the keyboard alone, wide and on a phone."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, expect

from adm_sync.desk.shared import Desk
from adm_sync.imports import comparisons
from adm_sync.imports.reconciling import Mismatch, Reconciliation
from adm_sync_tests.browser.looking import PHONE, WIDE, assert_fit_for_all, chromium
from adm_sync_tests.cli.processes import free_port
from adm_sync_tests.cli.workplace import Visit, Workplace
from adm_sync_tests.desk.visiting import HOST, opened_desk

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

PAGES = (
    *("/unmatched", "/unmatched/instructors", "/history", "/history/locations/o"),
    *("/history/locations/London", "/reconcile", "/reconcile/2027A"),
)
MOST_TABS = 60


@contextmanager
def _served() -> Iterator[str]:
    with opened_desk() as (app, desk):
        port = free_port()
        config = uvicorn.Config(app, HOST, port, lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield _address(desk, port)
        server.should_exit = True
        thread.join()


def _address(desk: Desk, port: int) -> str:
    desk.rates.at_once = 100_000
    return f"http://{HOST}:{port}"


@pytest.fixture(scope="module")
def place(visit_synced: Visit) -> Iterator[Workplace]:
    with visit_synced() as place:
        yield place


@pytest.fixture(scope="module")
def page(place: Workplace) -> Iterator[tuple[Page, str]]:
    with _served() as address, chromium() as browser:
        yield browser.new_page(viewport=WIDE), address  # type: ignore[arg-type]


def tab_to(page: Page, selector: str) -> None:
    """Go on with the tabulator until what is wanted has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({selector!r})"):
            return
    raise AssertionError(f"{selector} cannot be reached by the keyboard")


def test_a_record_is_linked_and_unlinked_by_the_keyboard_alone(
    place: Workplace, page: tuple[Page, str], tmp_path: Path
) -> None:
    browser, address = page
    errors: list[str] = []
    browser.on("pageerror", lambda error: errors.append(str(error)))
    browser.goto(f"{address}/unmatched/instructors?search=Katherine")
    tab_to(browser, "#why")
    browser.keyboard.type("married")
    tab_to(browser, ".record")
    browser.keyboard.press("l")
    expect(browser.get_by_role("status")).to_contain_text("is stored. The next sync links them.")
    (row,) = place.execute("select kind, why from adm_sync.decisions")
    assert tuple(row) == ("link", "married")
    browser.screenshot(path=tmp_path / "linked.png", full_page=True)

    # The person is where they were, and may think better of it.
    focused = browser.locator(".record:focus")
    expect(focused.get_by_role("heading")).to_contain_text("Katherine Ashdown")
    tab_to(browser, "[formaction*='/withdraw']")
    browser.keyboard.press("Enter")
    expect(browser.get_by_role("status")).to_contain_text("is withdrawn")

    browser.goto(f"{address}/unmatched/instructors")
    tab_to(browser, ".record")
    browser.keyboard.press("x")
    browser.keyboard.press("j")
    assert browser.evaluate("document.activeElement.matches('.record + .record')")
    browser.keyboard.press("x")
    browser.get_by_label("ignore each").check()
    browser.get_by_role("button", name="Show what would be decided").click()
    expect(browser.get_by_role("heading", level=1)).to_have_text("What would be decided")
    for size in (PHONE, WIDE):
        browser.set_viewport_size(size)  # type: ignore[arg-type]
        assert_fit_for_all(browser, tmp_path / f"preview-{size['width']}.png")
    browser.get_by_role("button", name="Decide").click()
    expect(browser.get_by_role("status")).to_contain_text("stored")
    # On it goes with what is not decided yet; what was done is in sight.
    expect(focused).to_have_count(1)
    assert browser.evaluate("!document.activeElement.matches('.settled')")
    expect(browser.get_by_role("status")).to_be_in_viewport()
    assert errors == []


def test_every_page_fits_a_phone_and_axe_finds_nothing(
    place: Workplace, page: tuple[Page, str], tmp_path: Path
) -> None:
    browser, address = page
    found = [Mismatch("only_here", "CB1 London", None, 1, "It is not there.", "2027A")]
    kept = Reconciliation(("2027A",), 5, tuple(found), 1, (), {"2027A": 5})
    comparisons.keep(place.engine, kept, "ada", "run-1")
    for number, path in enumerate(PAGES):
        for name, size in (("wide", WIDE), ("phone", PHONE)):
            browser.set_viewport_size(size)  # type: ignore[arg-type]
            browser.goto(f"{address}{path}")
            assert_fit_for_all(browser, tmp_path / f"{number}-{name}.png")
            if path == "/unmatched/instructors":
                browser.get_by_text("What the words mean").click()
                assert_fit_for_all(browser, tmp_path / f"{number}-{name}-words.png")
                browser.get_by_role("link", name="link it with another").first.click()
                assert_fit_for_all(browser, tmp_path / f"{number}-{name}-other.png")
