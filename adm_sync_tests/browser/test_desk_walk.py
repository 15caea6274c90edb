"""With a browser alone from the template to events in Administrate, and through all that a person
decides: a mistake, an unmatched record, a held sync, a conflict, an undo, and what remains of it.

No address is typed: whatever comes next has a link or a button where the person is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from adm_sync.acting import user_name
from adm_sync.workbook.columns import Column
from adm_sync_tests.acceptance.test_planners_walk import Sheet
from adm_sync_tests.browser.looking import PHONE, WIDE, assert_fit_for_all, chromium, watched
from adm_sync_tests.cli.processes import free_port
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import remote, remote_titles
from adm_sync_tests.workbooks import blended, classroom

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

LONDON, BRISTOL = "CB1 London 27A-01", "CB3 Bristol 27A-01"
HERE, THERE = "Katherine Ashdown", "Katharine Ashdown"
TUTORS = {"Brightmore", "Tolliver", "Ashdown"}
LINKED = "select tutorial_instructor_id is not null from adm.instructors where external_id = :id"
SECONDS = 60_000


@dataclass
class Person:
    """Somebody with nothing but a browser, and a folder for downloads and pictures."""

    page: Page
    folder: Path
    seen: int = 0

    def menu(self, title: str) -> None:
        pages = self.page.get_by_role("navigation", name="Pages")
        pages.get_by_role("link", name=title, exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(title)

    def follow(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("link", name=name).first.click()

    def download(self, name: str) -> Path:
        with self.page.expect_download() as waiting:
            self.follow(name)
        target = self.folder / waiting.value.suggested_filename
        waiting.value.save_as(target)
        return target

    def upload(self, file: str) -> None:
        self.page.set_input_files("input[type=file]", file)
        self.press("Upload and check")

    def press(self, name: str) -> None:
        """Press a button, and wait until nothing is going on any more."""
        self.page.get_by_role("button", name=name).click()
        expect(self.page.get_by_text("It goes on whether")).to_have_count(0, timeout=SECONDS)
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
        page.goto(url)
        with watched(page, url):
            yield Person(page, tmp_path)
    process.terminate()
    process.communicate(timeout=30)


def test_with_a_browser_alone(synced: Workplace, person: Person) -> None:
    corrected = import_a_mended_workbook(synced, person)
    decide_about_an_unmatched_record(synced, person)
    release_what_is_held(synced, person)
    decide_a_conflict(synced, person, corrected)
    take_an_import_back(synced, person)
    read_what_has_happened(person)


def import_a_mended_workbook(place: Workplace, person: Person) -> Path:
    """The template is filled in, with a mistake in the second event; gives the file without it."""
    page = person.page
    person.look("today")
    person.menu("Imports")
    sheet = Sheet(person.download("A fresh template"))
    sheet.add(*blended(title=LONDON, sessions=2))
    sheet.add(*classroom(title=BRISTOL, max_places="many"))
    mistaken = sheet.save("Sitting 2027A.xlsx")
    person.follow("Upload a workbook")
    person.look("the upload")
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
    person.follow("Upload the corrected workbook")
    person.upload(sheet.save("Sitting 2027A corrected.xlsx"))
    expect(to_do).to_have_count(0)
    expect(page.get_by_text("An import would create 2 events with 3 sessions.")).to_be_visible()
    person.look("the plan")
    assert remote_titles(place) == []
    person.press("Import exactly this")
    expect(page.get_by_role("heading", name=re.compile("What came of it"))).to_be_visible()
    assert remote_titles(place) == [LONDON, BRISTOL]
    person.look("the result")
    return person.folder / "Sitting 2027A corrected.xlsx"


def decide_about_an_unmatched_record(place: Workplace, person: Person) -> None:
    """Two spellings are one person; the sync that goes by that is a button beside it."""
    page = person.page
    person.menu("Today")
    person.follow(re.compile("^Look at them"))
    person.look("what is unmatched")
    person.follow("Instructors")
    person.look("unmatched instructors")
    page.get_by_label("Reason, kept with all").fill("She has married")
    page.get_by_role("button", name=f"Link {HERE} with {THERE}").click()
    expect(page.get_by_role("status")).to_contain_text("The next sync links them.")
    person.look("a decision")
    contacts = place.sandbox.store.all("Contact")
    (there,) = [one["id"] for one in contacts if one["firstName"] == "Katharine"]
    assert place.execute(LINKED, id=there) == [(False,)]

    person.press("Sync the instructors now")
    expect(page.get_by_role("row", name="instructors succeeded")).to_be_visible()
    assert place.execute(LINKED, id=there) == [(True,)]
    person.look("the sync that applies it")
    person.follow("instructors")
    expect(page.get_by_text(HERE)).to_have_count(0)


def release_what_is_held(place: Workplace, person: Person) -> None:
    """Administrate has lost nearly all instructors, and that is right so."""
    page, store = person.page, place.sandbox.store
    for contact in store.all("Contact"):
        if contact["isInstructor"] and contact["lastName"] not in TUTORS:
            store.remove(str(contact["id"]))
    [(before,)] = place.execute("select count(*) from adm.instructors")
    person.menu("Today")
    person.press("Sync everything now")
    expect(page.get_by_role("row", name="instructors held")).to_be_visible()
    person.look("a sync that was held")
    person.follow("Look at the plan")
    person.look("the plan that is held")
    assert place.execute("select count(*) from adm.instructors") == [(before,)]

    person.press("Release exactly this plan")
    expect(page.get_by_role("row", name="instructors succeeded")).to_be_visible()
    assert place.execute("select count(*) from adm.instructors") == [(len(TUTORS),)]
    person.look("a release")


def decide_a_conflict(place: Workplace, person: Person, corrected: Path) -> None:
    """Somebody changes the limit in Administrate, the planner in the workbook."""
    page = person.page
    place.sandbox.store.update(remote(place, LONDON)["id"], maxPlaces=30)
    sheet = Sheet(corrected)
    sheet.change(LONDON, Column.MAX_PLACES, 25)
    person.menu("Imports")
    person.follow("Upload a workbook")
    person.upload(sheet.save("Sitting 2027A last.xlsx"))
    expect(page.get_by_role("heading", name="Conflicts: 1 to decide")).to_be_visible()
    conflict = page.get_by_role("group", name=f"{LONDON}: Max places")
    expect(conflict.get_by_role("cell")).to_have_text(["14", "25", "30", "14"])
    person.look("a conflict")
    page.get_by_label("Take the workbook's").check()
    person.press("Show the plan with these choices")
    expect(page.locator("ins")).to_have_text("25")
    person.look("the conflict decided")
    person.press("Import exactly this")
    assert remote(place, LONDON)["maxPlaces"] == 25


def take_an_import_back(place: Workplace, person: Person) -> None:
    """The first import is taken back: shown first, then done; what a person has changed stays."""
    page = person.page
    person.menu("Imports")
    person.look("all imports")
    person.follow(re.compile("Sitting 2027A corrected"))
    person.follow("Take this import back")
    person.press("Show what would be done")
    expect(page.get_by_role("row").filter(has_text=BRISTOL)).to_contain_text("To be deleted")
    assert remote_titles(place) == [LONDON, BRISTOL]
    person.look("an undo shown")
    person.press("Take this back")
    expect(page.get_by_text("Deleted from Administrate").first).to_be_visible()
    person.look("an undo done")
    assert remote_titles(place) == [LONDON]


def read_what_has_happened(person: Person) -> None:
    """The history of an event has all of it, and leads back to where it came from."""
    page = person.page
    entries = page.locator(".entries > li")
    person.follow("To the import")
    person.follow(BRISTOL)
    assert_told(entries, "import taken back", "delete events", "recorded from a workbook")
    page.go_back()
    person.follow(LONDON)
    person.look("the history of an event")
    changed = "changed by a corrected workbook"
    made = ("creating the event: done", "recorded from a workbook")
    assert_told(entries, "update event", changed, *made)
    conflict = entries.filter(has_text=changed)
    expect(conflict.get_by_role("row", name="Max places 14 30 in Administrate 25")).to_be_visible()
    conflict.get_by_role("link", name=re.compile("Sitting 2027A last")).click()
    expect(page.get_by_role("heading", name=re.compile("Sitting 2027A last"))).to_be_visible()


def assert_told(entries: Locator, *latest_first: str) -> None:
    """The entries have this in that order, and what people did carries a name."""
    expect(entries.filter(has_text=latest_first[-1])).to_have_count(1)
    told = entries.all_inner_texts()
    places = [next(n for n, one in enumerate(told) if words in one) for words in latest_first]
    assert places == sorted(places)
    assert all(f"by {user_name()}" in one for one in told if "sent to" in one or "xlsx" in one)
