"""Who uploads a workbook at the desk is mailed what becomes of it, through a real mail server."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest

from adm_sync.alerts.answering import post_of
from adm_sync.database.engine import open_database
from adm_sync.desk import actions
from adm_sync.desk.errors import PageError
from adm_sync.imports.uploads import who_is_told
from adm_sync.settings import Settings
from adm_sync_tests.alerts.receivers import Mailbox, mailbox
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.desk.test_imports import post_file, upload
from adm_sync_tests.desk.visiting import (
    ADMIN,
    PLANNER,
    PROXY,
    ROLES,
    Browser,
    behind_proxy,
    opened_desk,
    text_of,
)
from adm_sync_tests.workbooks import blended, classroom

ROWS = (*blended(sessions=2), *classroom(venue="Nowhere Hall"))


@pytest.fixture
def box(synced: Workplace) -> Iterator[Mailbox]:
    with mailbox() as found:
        synced.set(
            adm_sync_desk_auth="header",
            adm_sync_desk_proxies=PROXY,
            adm_sync_desk_roles=ROLES,
            adm_sync_desk_url="https://desk.example.com",
            adm_sync_alerts=found.address,
            adm_sync_answer_domains="example.com",
        )
        yield found


@pytest.fixture
def planner(box: Mailbox, here: None) -> Iterator[Browser]:
    with opened_desk() as (app, desk):
        yield behind_proxy(app, desk, PLANNER)


def read(box: Mailbox, to: str = PLANNER) -> list[tuple[str, str, list[str]]]:
    """Title, text and attachments of the letters to somebody."""
    found = []
    for letter in box.letters:
        assert isinstance(letter, EmailMessage)
        if letter["To"] == to:
            body = letter.get_body(("plain",))
            assert body is not None
            files = [part.get_filename() or "" for part in letter.iter_attachments()]
            found.append((letter["Subject"], body.get_content(), files))
    return found


def later(minutes: int) -> None:
    """Somebody looks at what is to be mailed, so many minutes from now."""
    settings = Settings.load()
    with open_database(settings) as database:
        post_of(settings, database).deliver(datetime.now(UTC) + timedelta(minutes=minutes))


def test_the_check_and_the_import_are_mailed_to_whom_the_proxy_names(
    planner: Browser, box: Mailbox
) -> None:
    assert f"is mailed to {PLANNER} , too." in text_of(planner, "/upload")
    page = urlsplit(upload(planner, *ROWS)).path

    [(title, text, files)] = read(box)
    assert title == "adm_sync: events.xlsx was checked"
    assert "An import would create 1 event with 2 sessions." in text
    assert "1 event cannot be imported" in text
    assert f"https://desk.example.com{page}" in text
    assert files == ["events (checked).xlsx"]
    assert f"What became of it was mailed to {PLANNER}, 20" in text_of(planner, page)

    planner.press(page, f"{page}/check", update="yes")
    later(1)
    assert len(read(box)) == 1  # there is nothing new to say

    admin = behind_proxy(planner.app, planner.desk, ADMIN)
    done = admin.press(page, f"{page}/import").headers["location"]
    assert "partial" in text_of(admin, done)
    later(1)
    [_, (title, text, files)] = read(box)
    assert title == "adm_sync: the import of events.xlsx: partial"
    assert "1 event recorded by it; 1 not imported" in text
    assert files == ["events (checked).xlsx"]
    assert read(box, ADMIN) == []


@pytest.mark.thorough
def test_a_check_that_failed_is_mailed_and_so_is_an_import_that_was_refused(
    synced: Workplace, planner: Browser, box: Mailbox
) -> None:
    page = urlsplit(upload(planner, *ROWS)).path
    synced.sandbox.faults.add("status", match="mutation", code=403, times=None)
    admin = behind_proxy(planner.app, planner.desk, ADMIN)
    done = admin.press(page, f"{page}/import").headers["location"]
    assert "Administrate" in text_of(admin, done)
    [_, *more] = read(box)
    assert [title for title, text, _ in more if "Administrate" in text] == [
        "adm_sync: the import of events.xlsx: failed"
    ]
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        for name in ("[Content_Types].xml", "xl/workbook.xml"):
            archive.writestr(name, "<nothing/>")
    assert post_file(planner, "no workbook.xlsx", empty.getvalue()).status_code == 303
    title, text, files = read(box)[-1]
    assert title == "adm_sync: no workbook.xlsx could not be checked"
    assert "no workbook.xlsx" in text
    assert files == []


def test_what_is_kept_and_could_not_be_checked_is_said(
    planner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PageError(503, "8 commands are at work already.")

    monkeypatch.setattr(actions, "start", refuse)
    page = upload(planner, *ROWS)
    said = "It is kept, and could not be checked: 8 commands are at work already."
    assert said in text_of(planner, page)


@pytest.mark.thorough
def test_what_cannot_be_mailed_is_said_on_the_page_and_tried_again(
    planner: Browser, box: Mailbox
) -> None:
    box.refuses.add(PLANNER)
    page = urlsplit(upload(planner, *ROWS)).path
    assert f"could not be mailed to {PLANNER}" in text_of(planner, page)
    assert "It is tried again." in text_of(planner, page)
    box.refuses.clear()
    later(0)
    assert read(box) == []
    later(2)
    assert len(read(box)) == 1


@pytest.mark.thorough
def test_nobody_of_another_domain_is_mailed_and_nothing_that_is_old(
    synced: Workplace, planner: Browser, box: Mailbox
) -> None:
    synced.set(adm_sync_answer_domains="example.org", adm_sync_alerts=None)
    upload(planner, *ROWS)
    synced.set(adm_sync_alerts=box.address)
    later(0)
    assert (
        "ADM_SYNC_ANSWER_DOMAINS"
        in synced.execute("select message from adm_sync.upload_answers")[0][0]
    )
    synced.set(adm_sync_answer_domains="example.com")
    synced.execute("update adm_sync.upload_answers set due_at = since")
    later(25 * 60)
    assert read(box) == []
    synced.set(adm_sync_desk_roles="plan=*")
    with opened_desk() as (app, desk):
        assert "mailed" not in text_of(behind_proxy(app, desk, "anna"), "/upload")


@pytest.mark.parametrize(
    ("sender", "contact", "told"),
    [
        ("Anna@example.com", "", ["Anna@example.com"]),
        ("anna@example.com", "Anna@Example.com", ["anna@example.com"]),
        ("anna@example.com", "ben@example.com", ["ben@example.com", "anna@example.com"]),
        ("anna", "ben@example.com", ["ben@example.com"]),
        ("anna@example.com?bcc=all@example.com", "", []),
        ("Anna <anna@example.com>", "", []),
        ("anna@example.com ben@example.com", "", []),
        ("anna@localhost", "", []),
        ('"anna b"@example.com', "", []),
        ("mailto:anna@example.com", "", []),
        ("ann\N{CYRILLIC SMALL LETTER A}@example.com", "", []),
        ("", "", []),
    ],
)
def test_whoever_has_an_address_is_told_once(sender: str, contact: str, told: list[str]) -> None:
    assert who_is_told(sender, contact) == told
