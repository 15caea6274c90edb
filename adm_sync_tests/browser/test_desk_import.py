"""With a browser alone from the template to events in Administrate, a decided conflict, an undo."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from adm_sync.workbook.columns import Column
from adm_sync_tests.acceptance.test_planners_walk import Sheet
from adm_sync_tests.browser.looking import PHONE, WIDE, assert_fit_for_all, chromium, watched
from adm_sync_tests.cli.processes import free_port
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import remote, remote_titles
from adm_sync_tests.workbooks import blended, classroom

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

LONDON, BRISTOL = "CB1 London 27A-01", "CB3 Bristol 27A-01"
SECONDS = 60_000


@dataclass
class Person:
    """Somebody with nothing but a browser, and a folder for downloads and pictures."""

    page: Page
    url: str
    folder: Path
    seen: int = 0

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def download(self, path: str) -> Path:
        self.open("/imports")
        with self.page.expect_download() as waiting:
            self.page.locator(f"a[href='{path}']").first.click()
        target = self.folder / waiting.value.suggested_filename
        waiting.value.save_as(target)
        return target

    def upload(self, file: str) -> None:
        self.open("/upload")
        self.page.set_input_files("input[type=file]", file)
        self.page.get_by_role("button", name="Upload and check").click()
        self.wait()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()
        self.wait()

    def wait(self) -> None:
        """Until nothing is going on any more."""
        expect(self.page.locator("progress")).to_have_count(0, timeout=SECONDS)

    def look(self, name: str) -> None:
        """As it is on a wide screen and on a phone."""
        self.seen += 1
        for size in (PHONE, WIDE):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            picture = self.folder / f"{self.seen:02} {name} {size['width']}.png"
            assert_fit_for_all(self.page, picture)


@pytest.fixture
def person(synced: Workplace, tmp_path: Path) -> Iterator[Person]:
    synced.set(administrate_instance_url="http://localhost:4999")
    port = free_port()
    process = synced.start("desk", "--port", str(port))
    assert process.stdout is not None
    assert "The desk is at" in process.stdout.readline()
    url = f"http://127.0.0.1:{port}"
    with chromium() as browser:
        page = browser.new_page(viewport=WIDE)  # type: ignore[arg-type]
        page.set_default_timeout(SECONDS)
        with watched(page, url):
            yield Person(page, url, tmp_path)
    process.terminate()
    process.communicate(timeout=30)


def test_from_the_template_to_an_undo_with_a_browser_alone(
    synced: Workplace, person: Person
) -> None:
    page = person.page

    # The template is filled in, with a mistake in the second event.
    sheet = Sheet(person.download("/template"))
    sheet.add(*blended(title=LONDON, sessions=2))
    sheet.add(*classroom(title=BRISTOL, max_places="many"))
    mistaken = sheet.save("Sitting 2027A.xlsx")
    person.upload(mistaken)
    expect(page.get_by_role("heading", name=re.compile("Sitting 2027A.xlsx-"))).to_be_visible()
    # What the examples of the template come to is no mistake.
    to_do = page.get_by_role("link", name=re.compile("Correct in the workbook"))
    to_do.click()
    expect(page.locator("td.marked")).to_have_text("many")
    expect(page.locator(".finding").first).to_contain_text("Max places")
    person.look("a mistake")

    # The corrected file is planned, and imported exactly so.
    sheet = Sheet(Path(mistaken))
    sheet.change(BRISTOL, Column.MAX_PLACES, 14)
    person.upload(sheet.save("Sitting 2027A corrected.xlsx"))
    expect(to_do).to_have_count(0)
    expect(page.get_by_text("An import would create 2 events with 3 sessions.")).to_be_visible()
    person.look("the plan")
    assert remote_titles(synced) == []
    person.press("Import exactly this")
    expect(page.get_by_role("heading", name=re.compile("What came of it"))).to_be_visible()
    assert remote_titles(synced) == [LONDON, BRISTOL]
    person.look("the result")
    corrected = person.folder / "Sitting 2027A corrected.xlsx"

    # Somebody changes the limit in Administrate, the planner in the workbook: a person decides.
    synced.sandbox.store.update(remote(synced, LONDON)["id"], maxPlaces=30)
    sheet = Sheet(corrected)
    sheet.change(LONDON, Column.MAX_PLACES, 25)
    person.upload(sheet.save("Sitting 2027A last.xlsx"))
    expect(page.get_by_role("heading", name="Conflicts: 1")).to_be_visible()
    person.look("a conflict")
    page.get_by_label("Take the workbook's").check()
    person.press("Show the plan with these choices")
    expect(page.locator("ins")).to_have_text("25")
    person.look("the conflict decided")
    person.press("Import exactly this")
    assert remote(synced, LONDON)["maxPlaces"] == 25

    # The first import is taken back: shown first, then done.
    person.open("/imports")
    person.look("all imports")
    page.get_by_role("link", name=re.compile("Sitting 2027A corrected")).click()
    page.get_by_role("link", name="Take this import back").click()
    person.press("Show what would be done")
    expect(page.get_by_role("row").filter(has_text=BRISTOL)).to_contain_text("To be deleted")
    person.look("an undo shown")
    person.press("Take this back")
    expect(page.get_by_text("Deleted from Administrate").first).to_be_visible()
    person.look("an undo done")
    assert BRISTOL not in remote_titles(synced)
