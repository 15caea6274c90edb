"""Imports at the desk: from the upload to what came of it, and what can go wrong on the way."""

import csv
import errno
import html
import io
import os
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from urllib.parse import quote, urlsplit

import httpx
import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from adm_sync.alerts import workbooks
from adm_sync.database.locks import exclusive
from adm_sync.desk import actions
from adm_sync.desk.pages import imports
from adm_sync.imports.state import lock_name
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.desk.visiting import Browser, local_browser, text_of
from adm_sync_tests.imports.imported import content, imported, remote, remote_titles
from adm_sync_tests.workbooks import Text, blended, changed, classroom, workbook_bytes

pytestmark = pytest.mark.thorough(all_but_each=3)

LONDON, BRISTOL = "CB1 London 27A-01", "CB3 Bristol 27A-01"
MARKUP = '<script>alert(1)</script><img src=x onerror="alert(2)">'
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def browser(synced: Workplace, here: None) -> Iterator[Browser]:
    synced.set(administrate_instance_url="http://localhost:4999")
    with local_browser() as browser:
        yield browser


def upload(browser: Browser, *rows: Any, name: str = "events.xlsx") -> str:
    """Upload a workbook of these rows; gives the address that it leads to."""
    return sent(browser, name, workbook_bytes(rows, blank_rows=0, lookup_sheet=False))


def sent(browser: Browser, name: str, data: bytes) -> str:
    answer = post_file(browser, name, data)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def post_file(browser: Browser, name: str, data: bytes) -> httpx.Response:
    token = browser.desk.signer.token(browser.user)
    files = {"workbook": (name, data, XLSX)}
    return browser.send("POST", "/upload", data={"csrf": token}, files=files)


def partition_of(address: str) -> str:
    return httpx.URL(urlsplit(address).path).path.removeprefix("/imports/")


# ---------------------------------------------------------------------- the whole way


def test_a_workbook_is_uploaded_checked_and_imported_exactly_as_shown(
    synced: Workplace, browser: Browser
) -> None:
    assert "Nothing was imported yet." in browser.get("/imports").text
    page = upload(browser, *blended(sessions=2), *classroom())
    shown = text_of(browser, page)
    assert "An import would create 2 events with 3 sessions." in shown
    assert f"4 {LONDON} created CB1_LO_6 ; 2 sessions, " in shown
    assert remote_titles(synced) == []
    assert f"by desk, from {browser.user} ." in shown
    assert browser.user in text_of(browser, f"/imports?who={browser.user}").partition("Failed")[2]
    assert synced.json("imports")["imports"][0]["sender"] == browser.user
    here = urlsplit(page).path

    done = browser.press(here, f"{here}/import").headers["location"]

    assert remote_titles(synced) == [LONDON, BRISTOL]
    shown = text_of(browser, done)
    assert "What came of it: 2 events" in shown
    assert "complete" in shown
    assert "The plan" not in shown
    number = remote(synced, LONDON)["id"]
    assert f">{number}</a>" in browser.get(done).text
    assert 'href="http://localhost:4999/beta#/events/events/' in (browser.get(done).text)
    assert f"/runs/{synced.latest_run().run_id}" in browser.get(done).text
    assert f'href="{here}"' in browser.get("/imports").text
    [(source, who)] = synced.execute(
        "select source, who from adm_sync.workbooks w join adm_sync.imports i on w.id = workbook_id"
    )
    assert (source, who) == ("desk", browser.user)


@pytest.mark.parametrize("is_full", [True, False])
def test_a_workbook_that_is_kept_and_could_not_be_checked_is_told_until_it_is(
    synced: Workplace, browser: Browser, monkeypatch: pytest.MonkeyPatch, is_full: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if is_full:
            full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            patch.setattr(actions, "_spawn", Mock(side_effect=full))
        else:
            patch.setattr(actions, "MOST_AT_ONCE", 0)
        page = upload(browser, *classroom(), name=f"kept {is_full}.xlsx")
    here, shown = urlsplit(page).path, text_of(browser, page)
    partition = partition_of(page)

    why = "(No space left on device)" if is_full else "Wait until one has ended."
    assert "It is kept, and could not be checked: " in shown
    assert why in shown
    assert "It has not been checked. Check what an import would do." in shown
    assert str(synced.home) not in shown
    monkeypatch.setattr(workbooks, "SOON_CHECKED", timedelta(0))
    waiting = f"«{partition}» was uploaded by {browser.user}, is kept, and was not checked to the "
    assert waiting in text_of(browser, "/")
    assert waiting in synced.run("today").stdout
    browser.press(here, f"{here}/check", update="yes")
    assert "An import would create 1 event" in text_of(browser, here)
    assert waiting not in text_of(browser, "/")


@pytest.mark.thorough
def test_a_mistake_is_shown_in_the_sheet_and_the_corrected_file_goes_through(
    synced: Workplace, browser: Browser
) -> None:
    bad = classroom(max_places="many", venue="Nowhere Hall")
    page = upload(browser, *blended(sessions=2), *bad)
    here = urlsplit(page).path

    # Reading a large workbook takes seconds, which the page does not wait for.
    first = browser.get(page).text
    assert "Nowhere Hall" in first
    assert 'class="sheet"' not in first
    [link] = re.findall(r'<a href="([^"]*)">Show them in the sheet', first)
    raw = browser.get(html.unescape(link)).text
    shown = text_of(browser, page)
    assert "Show them in the sheet" not in shown

    assert "1 event cannot be imported: the findings say why." in shown
    assert "Correct the mistakes" in shown.partition("Findings")[0]
    assert 'class="marked"><bdi>many</bdi>' in raw
    assert 'class="marked"><bdi>Nowhere Hall</bdi>' in raw
    assert "Max places" in shown
    assert "Correct in the workbook (1)" in shown
    assert "Ask the data administrator (1)" in shown
    asked = text_of(browser, f"{here}?todo=ask")
    assert "Nowhere Hall" in asked
    assert "column P" not in asked.partition("What is to be done")[2]
    assert browser.get(f"{here}?todo=nothing").status_code == 400
    # The same without its mistakes, under the same name, is another import.
    again = upload(browser, *blended(sessions=2), *classroom())
    assert again.partition("?")[0] != here
    assert "create 2 events" in text_of(browser, again)


def test_downloads_are_files_and_no_pages(browser: Browser) -> None:
    bad = classroom(title=Text("=1+1"), max_places="many")
    here = urlsplit(upload(browser, *bad, name='a "b";é.xlsx')).path

    copy, listed = browser.get(f"{here}/workbook"), browser.get(f"{here}/findings.csv")
    fresh = browser.get("/template")

    for answer in (copy, listed, fresh):
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert copy.headers["content-type"] == fresh.headers["content-type"] == XLSX
    assert load_workbook(io.BytesIO(copy.content)).sheetnames[-1] == "adm_sync findings"
    assert "adm_sync" not in load_workbook(io.BytesIO(fresh.content)).sheetnames
    rows = list(csv.reader(io.StringIO(listed.content.decode("utf-8-sig"))))
    assert any("many" in row for row in rows)
    assert not any(cell.startswith("=") for row in rows for cell in row)


@pytest.mark.thorough
def test_what_was_not_checked_yet_has_no_marked_copy(
    synced: Workplace, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "_spawn", lambda folder, *_: _unanswered(folder))
    here = urlsplit(upload(browser, *classroom())).path

    page = browser.get(here).text

    assert f'href="{here}/workbook"' not in page
    assert browser.get(f"{here}/workbook").status_code == 409
    refused = browser.get(f"{here}/findings.csv")
    assert (refused.status_code, "not checked yet" in refused.text) == (409, True)


def _unanswered(folder: Path) -> None:
    """A command that was killed before it said anything."""
    for name in (actions.AT_WORK, actions.ANSWER, actions.SAID):
        (folder / name).touch()


def test_of_a_file_that_cannot_be_read_no_copy_is_offered(browser: Browser) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        made.writestr("[Content_Types].xml", "<Types>")
    here = urlsplit(sent(browser, "broken.xlsx", data.getvalue())).path
    shown = text_of(browser, here)
    assert "Mend the file as its finding says, and upload it." in shown
    assert "marked copy" not in shown
    assert "The findings (CSV)" in shown


@pytest.mark.parametrize(
    ("name", "data", "said", "remedy"),
    [
        ("a.xlsx", b"", "is empty", "Send the file again"),
        ("a.xlsx", b"<html>", "is not an Excel workbook", "in Excel and save it"),
        ("a.docx", b"PK", "does not end in .xlsx", "in Excel and save it"),
        (f"{MARKUP}.xlsx", b"x", "is not an Excel workbook", "in Excel and save it"),
    ],
)
def test_what_is_no_workbook_is_refused_beside_the_form(
    synced: Workplace, browser: Browser, name: str, data: bytes, said: str, remedy: str
) -> None:
    answer = post_file(browser, name, data)

    assert answer.status_code == 422
    assert html.unescape(answer.text).count(said) == 1
    assert html.unescape(answer.text).count(remedy) == 1
    assert "Nothing was kept." in answer.text
    assert "<img" not in answer.text
    assert 'action="/upload"' in answer.text
    assert synced.execute("select 1 from adm_sync.workbooks") == []


@pytest.mark.thorough
def test_more_than_a_workbook_may_have_is_not_even_read(
    synced: Workplace, browser: Browser
) -> None:
    synced.set(adm_sync_workbook_megabytes="0.1")
    with local_browser() as small:
        answer = post_file(small, "a.xlsx", b"PK" + b"x" * 150_000)
        just = post_file(small, "a.xlsx", b"PK" + b"x" * 100_001)
    assert answer.status_code == 413
    assert just.status_code == 422
    assert "0.1 are allowed" in just.text
    none = browser.send("POST", "/upload", data={"csrf": browser.desk.signer.token(browser.user)})
    assert none.status_code == 400


# ---------------------------------------------------------------------- the list


def test_the_list_is_searched_and_paged_at_a_stable_address(
    synced: Workplace, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "ON_A_PAGE", 2)
    for number in range(1, 6):
        event = classroom(title=f"CB3 Bristol 27A-0{number}")
        imported(content(*event, name=f"{'odd & co' if number % 2 else 'even'} {number}.xlsx"))

    def shown(address: str) -> list[str]:
        page = browser.get(address)
        assert page.status_code == 200, page.text
        return re.findall(r"<bdi>([a-z&; ]+ \d)\.xlsx-", page.text)

    first = "/imports?name=odd+%26&sitting=2027A&who=&state="
    assert shown(first) == ["odd &amp; co 5", "odd &amp; co 3"]
    [older] = re.findall(r'href="([^"]+)" rel="next"', browser.get(first).text)
    assert shown(html.unescape(older)) == ["odd &amp; co 1"]
    [newer] = re.findall(r'href="([^"]+)" rel="prev"', browser.get(html.unescape(older)).text)
    assert shown(html.unescape(newer)) == shown(first)
    assert shown("/imports?state=complete&who=A+TEST&name=even") == ["even 4", "even 2"]
    assert 'value="odd &amp;"' in browser.get(first).text
    assert "<option selected>2027A</option>" in browser.get(first).text
    assert "No import is like that." in browser.get("/imports?sitting=2031A").text
    assert browser.get("/imports?state=lost").status_code == 400


# ---------------------------------------------------------------------- exactly that plan


def test_if_the_world_has_moved_the_new_plan_is_shown_and_nothing_is_written(
    synced: Workplace, browser: Browser
) -> None:
    page = upload(browser, *blended(sessions=2), *classroom())
    here = urlsplit(page).path
    imported(content(*classroom(), name="other.xlsx"))

    moved = browser.press(here, f"{here}/import").headers["location"]

    shown = text_of(browser, moved)
    assert "something has changed since" in shown
    assert f"Row 6, {BRISTOL} : it was to be created, and is to be unchanged now" in shown
    told = "An import would create 1 event with 2 sessions and leave alone 1 event imported before."
    assert told in shown
    assert remote_titles(synced) == [BRISTOL]
    done = browser.press(here, f"{here}/import").headers["location"]
    assert remote_titles(synced) == [LONDON, BRISTOL]
    assert "something has changed since" not in text_of(browser, done)


@pytest.mark.thorough
def test_of_two_who_press_import_at_once_one_is_told_so(
    synced: Workplace, browser: Browser
) -> None:
    here = urlsplit(upload(browser, *classroom())).path
    with exclusive(synced.engine, lock_name(partition_of(here)), 0, print):
        answer = browser.press(here, f"{here}/import").headers["location"]

    shown = text_of(browser, answer)
    assert "Somebody else was at it when this was started" in shown
    assert "Busy: " not in shown
    assert "Import exactly this" in shown
    assert remote_titles(synced) == []
    # A plan that was carried out meanwhile is not carried out again.
    twice = {"plan": re.findall(r'name="plan" value="(\w+)"', browser.get(here).text)[0]}
    browser.post(f"{here}/import", **twice)
    again = browser.post(f"{here}/import", **twice).headers["location"]
    shown = text_of(browser, again)
    assert "An import of it has begun since that plan was shown" in shown
    assert "something has changed since" not in shown
    assert "What came of it: 1 event" in shown
    assert remote_titles(synced) == [BRISTOL]
    assert browser.post(f"{here}/import", plan="--help").status_code == 400


@pytest.mark.thorough
def test_where_administrate_could_not_be_asked_nothing_is_wrong_with_the_workbook(
    synced: Workplace, browser: Browser
) -> None:
    rows = classroom()
    imported(content(*rows))
    corrected = [changed(rows[0], max_places=18), *rows[1:]]
    synced.sandbox.faults.add("status", match="EventsNow", times=None, code=503)
    page = upload(browser, *corrected, name="corrected.xlsx")
    synced.sandbox.faults.clear()

    shown = text_of(browser, page)

    assert "Administrate could not be asked about all of it" in shown
    assert "Wait, and check again (2)" in shown
    for one in ("Correct in the workbook", "mistakes", "Import exactly this", "what to run"):
        assert one not in shown, one
    here = urlsplit(page).path
    assert "change 1 event" in text_of(
        browser, browser.post(f"{here}/check", update="yes").headers["location"]
    )


# ---------------------------------------------------------------------- conflicts, failures, undo


@pytest.mark.thorough
def test_a_conflict_shows_three_values_and_is_decided(synced: Workplace, browser: Browser) -> None:
    rows = blended(sessions=2)
    here = urlsplit(upload(browser, *rows)).path
    browser.press(here, f"{here}/import")
    synced.sandbox.store.update(remote(synced, LONDON)["id"], maxPlaces=20)
    corrected = [changed(rows[0], max_places=18), *rows[1:]]
    page = upload(browser, *corrected)
    here = urlsplit(page).path

    shown = text_of(browser, page)

    assert "Conflicts: 1" in shown
    assert f"{LONDON} : Max places Row Last written Workbook Administrate Here 4 14 18 20 14" in (
        shown
    )
    about = {"about.0": f"{LONDON}: Max places", "take.0": "workbook", "update": "yes"}
    decided = browser.post(f"{here}/check", **about).headers["location"]
    shown = text_of(browser, decided)
    assert "Conflicts: 1 decided" in shown
    change = "Max places: 14 here, 20 in Administrate → 18 here and in Administrate, as decided"
    assert change in shown
    withdrawn = {"about.100": f"{LONDON}: Max places", "take.100": "", "update": "yes"}
    shown = text_of(browser, browser.post(f"{here}/check", **withdrawn).headers["location"])
    assert "Conflicts: 1 to decide" in shown
    browser.post(f"{here}/check", **about)
    browser.press(here, f"{here}/import")
    assert remote(synced, LONDON)["maxPlaces"] == 18


@pytest.mark.thorough
def test_what_failed_is_reopened(synced: Workplace, browser: Browser) -> None:
    synced.sandbox.faults.add("payload_errors", match="createClassroom", times=1)
    here = urlsplit(upload(browser, *classroom())).path
    failed = browser.press(here, f"{here}/import").headers["location"]
    shown = text_of(browser, failed)
    assert "Not done in Administrate failed " in shown
    assert "Try now what is due" not in shown
    assert remote_titles(synced) == []

    mended = browser.post(f"{here}/push", reopen="yes").headers["location"]

    assert remote_titles(synced) == [BRISTOL]
    assert "Not done in Administrate" not in text_of(browser, mended)


@pytest.mark.thorough
def test_an_undo_is_shown_first_and_then_done(synced: Workplace, browser: Browser) -> None:
    here = urlsplit(upload(browser, *classroom())).path
    browser.press(here, f"{here}/import")
    undo = f"{here}/undo"
    assert 'name="do"' not in browser.get(undo).text

    shown = browser.post(undo).headers["location"]

    assert f"{BRISTOL} " in text_of(browser, shown)
    assert "To be deleted from Administrate" in text_of(browser, shown)
    assert remote_titles(synced) == [BRISTOL]
    done = browser.post(undo, do="yes").headers["location"]
    assert remote_titles(synced) == []
    assert "It is taken back" in text_of(browser, done)
    assert "It is taken back" in text_of(browser, undo)
    assert "undone" in text_of(browser, here)


@pytest.mark.thorough
def test_an_undo_of_a_correction_shows_what_each_value_would_be_again(
    synced: Workplace, browser: Browser
) -> None:
    rows = classroom()
    first = urlsplit(upload(browser, *rows)).path
    browser.press(first, f"{first}/import")
    here = urlsplit(upload(browser, changed(rows[0], max_places=18), *rows[1:])).path
    browser.press(here, f"{here}/import")
    assert f"{BRISTOL} in Administrate changed by it" in text_of(browser, here)

    browser.post(f"{here}/undo")

    assert "Max places: 18 → 14" in text_of(browser, f"{here}/undo")
    assert f"{BRISTOL} in Administrate created by it" in text_of(browser, first)


# ---------------------------------------------------------------------- hostile, many, restarted


def test_what_stands_in_names_cells_and_titles_is_text(synced: Workplace, browser: Browser) -> None:
    rows = classroom(title=f"{MARKUP}{{{{7*7}}}}\x07"[:90], venue=MARKUP, max_places=MARKUP)
    rows = [changed(rows[0], mode="Now\u202ehere"), *rows[1:]]
    page = upload(browser, *rows, *classroom(), name="-<img src=x onerror=alert(2)>.xlsx")
    here = urlsplit(page).path
    assert partition_of(here).startswith("-<img src=x onerror=alert(2)>.xlsx-")
    done = browser.press(here, f"{here}/import").headers["location"]
    assert remote_titles(synced) == [BRISTOL]
    # What turns the text behind it around is told by its number.
    assert "Now⟨U+202E⟩here" in text_of(browser, page)
    assert "\u202e" not in browser.get(page).text

    for path in (page, done, "/imports", f"{here}/undo"):
        text = browser.get(path).text
        assert "<img" not in text, path
        assert "<script>alert" not in text, path
        assert "&lt;img src" in text, path


def test_of_many_findings_a_page_is_shown_at_a_time(synced: Workplace, browser: Browser) -> None:
    page = upload(browser, *classroom(), name="Plan #2, 100%25.xlsx")
    here = urlsplit(page).path
    with synced.engine.begin() as connection:
        connection.execute(
            sa.text(
                "insert into adm_sync.findings"
                ' (workbook_id, severity, code, message, sheet, row, "column", header, value)'
                " select id, 'error', 'required', 'Finding ' || n, 'Events', n, 'B', 'T', ''"
                " from adm_sync.workbooks, generate_series(4, 20003) as n"
            )
        )

    first, last = browser.get(here).text, browser.get(f"{here}?findings=1000").text

    assert len(re.findall(r"Finding \d+<", first)) == 20
    assert "Finding 20003<" in last
    assert "Finding 4<" not in last
    [further] = set(re.findall(r'href="([^"]*findings=2#findings)"', first))
    assert browser.get(html.unescape(further)).status_code == 200
    assert len(first) < 100_000


@pytest.mark.thorough
def test_an_undo_that_was_broken_off_is_ended_by_another(
    synced: Workplace, browser: Browser
) -> None:
    here = urlsplit(upload(browser, *classroom())).path
    browser.press(here, f"{here}/import")
    synced.execute("update adm_sync.steps set state = 'undone' where kind = 'create_event'")
    not_done = browser.get(here).text.partition('id="steps"')[2].partition("<h2")[0]
    assert f'<a href="{here}/undo">Take this import back</a>' in not_done
    assert "It is mended" not in not_done


@pytest.mark.thorough
def test_a_desk_that_was_started_anew_shows_how_far_an_import_is(
    synced: Workplace, browser: Browser
) -> None:
    page = upload(browser, *blended(sessions=2), *classroom())
    partition = partition_of(page)
    browser.press(urlsplit(page).path, f"{urlsplit(page).path}/import")
    synced.execute("update adm_sync.imports set status = 'running', finished_at = null")
    synced.execute("update adm_sync.steps set state = 'pending' where id % 2 = 0")

    with local_browser() as other, exclusive(synced.engine, lock_name(partition), 0, print):
        going = other.get(urlsplit(page).path).text
        part = other.get(f"{urlsplit(page).path}/state")
    stopped = text_of(browser, urlsplit(page).path)

    assert "working in Administrate" in going
    assert 'hx-trigger="every 2s"' in going
    assert '<meta http-equiv="refresh"' in going
    assert "Import exactly this" not in going
    assert "HX-Refresh" not in part.headers
    assert "interrupted" in stopped
    ended = browser.get(f"{urlsplit(page).path}/state")
    assert ended.headers["HX-Refresh"] == "true"


@pytest.mark.thorough
def test_the_list_has_pages_and_an_import_that_there_is_not_is_not_found(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adm_sync.desk.pages.imports.ON_A_PAGE", 2)
    for n in range(3):
        upload(browser, *classroom(title=f"CB3 Bristol 27A-{n}"), name=f"{n}.xlsx")

    first = browser.get("/imports").text
    (older,) = re.findall(r'href="(/imports\?before=\d+)"', first)

    assert re.findall(r"<bdi>(\d)\.xlsx-", first) == ["2", "1"]
    assert re.findall(r"<bdi>(\d)\.xlsx-", browser.get(older).text) == ["0"]
    for path in ("/imports/nothing", f"/imports/{quote('../x', safe='')}", "/imports/x/workbook"):
        assert browser.get(path).status_code == 404
