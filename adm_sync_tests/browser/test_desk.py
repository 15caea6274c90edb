"""The desk in a browser: readable for all, on a phone, by keyboard alone, without JavaScript."""

import io
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from openpyxl import Workbook
from playwright.sync_api import Browser, Page, expect

from adm_sync.imports.arrivals import take_upload
from adm_sync.workbook.reading import Limits
from adm_sync_tests.browser.looking import PHONE, WIDE, assert_fit_for_all, chromium, watched
from adm_sync_tests.cli.processes import free_port
from adm_sync_tests.cli.workplace import Visit, Workplace
from adm_sync_tests.desk.test_offers import OFFERED
from adm_sync_tests.desk.test_pages import MARKUP
from adm_sync_tests.desk.visiting import left_command

pytestmark = [pytest.mark.browser, pytest.mark.thorough]
WORK = "20270101-000000-00000000"
COLUMNS = "/imports/{}/columns"
PAGES = (
    "/",
    "/held",
    "/held/locations",
    "/decisions",
    "/commands",
    f"/commands/{WORK}",
    *(f"/commands/{name}" for name, _, _ in OFFERED),
    COLUMNS,
    "/nowhere",
)


@pytest.fixture(scope="module")
def place(visit_settled: Visit) -> Iterator[Workplace]:
    """Something of everything that the pages can show, with markup in every name."""
    with visit_settled() as place:
        place.execute("update acted.tutorial_locations set name = name || :markup", markup=MARKUP)
        store = place.sandbox.store
        for location in store.all("Location"):
            store.update(str(location["id"]), name=location["name"] + MARKUP)
        place.sync("custom_fields", "price_levels", "locations")
        for tutorial in (1, 2):
            place.run("ignore", "venues", "--tutorial", str(tutorial), "--why", MARKUP)
        for location in store.all("Location")[1:]:
            store.remove(str(location["id"]))
        assert [result.status for result in place.sync("locations")] == ["held"]
        names = ("entity", "status", "created", "updated", "deleted", "message")
        document = {"status": "failed", "entities": [dict.fromkeys(names, MARKUP)]}
        left_command(place.home, WORK, ["sync-all"], document | {"message": MARKUP}, MARKUP)
        for name, arguments, offered in OFFERED:
            left_command(place.home, name, arguments, offered, MARKUP, MARKUP)
        keep_strange_headers(place)
        yield place


def keep_strange_headers(place: Workplace) -> None:
    """A workbook with headers of its own is kept, with markup in them."""
    book = Workbook()
    book.worksheets[0].append(["Title of event", "Title of session", "Town", MARKUP])
    book.worksheets[0].append([MARKUP] * 4)
    book.save(data := io.BytesIO())
    take_upload(place.engine, "strange.xlsx", data.getvalue(), Limits())


@pytest.fixture(scope="module")
def url(place: Workplace) -> Iterator[str]:
    port = free_port()
    process = place.start("desk", "--port", str(port))
    assert process.stdout is not None
    url = f"http://127.0.0.1:{port}"
    assert process.stdout.readline() == f"The desk is at {url}   Ctrl-C ends it.\n"
    yield url
    process.terminate()
    assert process.wait(30) == 130
    process.stdout.close()


@pytest.fixture(scope="module")
def browser(url: str) -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    page = browser.new_page(viewport=WIDE, base_url=url)
    with watched(page, url):
        yield page
    page.close()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_fit_for_all_and_shows_names_as_text(
    page: Page, place: Workplace, tmp_path: Path, path: str, size: dict[str, int]
) -> None:
    [(partition,)] = place.execute("select partition from adm_sync.workbooks")
    path = path.format(quote(partition))
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.goto(path)
    assert_fit_for_all(page, tmp_path / "page.png")
    assert page.locator("img").count() == 0


def test_a_decision_is_withdrawn_by_keyboard_alone(page: Page, place: Workplace) -> None:
    page.goto("/decisions")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="To the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Withdraw 2")
    for _ in range(10):
        page.keyboard.press("Tab")
        if button.evaluate("it => it === document.activeElement"):
            break
    expect(button).to_be_focused()
    assert button.evaluate("it => getComputedStyle(it).outlineStyle") == "solid"
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("Decision 2 is withdrawn")
    [(count,)] = place.execute("select count(*) from adm_sync.decisions where withdrawn_at is null")
    assert count == 1


def test_without_javascript_everything_works(browser: Browser, url: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=url)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name="Sync everything now").last.click()
    ends = time.monotonic() + 90
    while page.get_by_text("It goes on whether").count():
        assert time.monotonic() < ends
        time.sleep(0.5)
        page.reload()
    expect(page.get_by_role("row", name="venues")).to_be_visible()
    context.close()


def test_the_health_of_a_running_desk_needs_no_user(url: str) -> None:
    assert httpx.get(f"{url}/health", trust_env=False).json() == {"status": "ok"}
