"""The answer to a workbook of the inbox: put beside it, over nothing that a person has changed."""

import hashlib
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from adm_sync.alerts.answering import post_of
from adm_sync.database.engine import open_database
from adm_sync.errors import SettingsError
from adm_sync.folders import LocalFolder
from adm_sync.imports.importing import Importer
from adm_sync.imports.inbox import inbox_in
from adm_sync.settings import Settings
from adm_sync.workbook.findings import WorkbookRefused
from adm_sync.workbook.sheet import Content
from adm_sync_tests.alerts.receivers import Mailbox, mailbox
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import content, importer, three_events
from adm_sync_tests.workbooks import classroom

pytestmark = pytest.mark.thorough(all_but_each=3)


def dropped(workbook: Content, source: str = "inbox") -> Importer:
    """Import it as the inbox's sensor has it imported."""
    with importer() as opened:
        opened.keep(workbook, source)
        opened.check(workbook.partition)
        opened.record(workbook.partition)
        opened.push(workbook.partition)
        opened.report(workbook.partition)
        opened.summary(workbook.partition)
    return opened


def outbox(place: Workplace) -> Path:
    return place.home / "inbox" / "checked"


def names(place: Workplace) -> list[str]:
    folder = outbox(place)
    return sorted(one.name for one in folder.iterdir()) if folder.exists() else []


def test_the_marked_copy_is_put_beside_the_inbox_and_is_not_read_there(synced: Workplace) -> None:
    dropped(three_events())
    assert names(synced) == ["events (checked).xlsx"]
    reports = synced.home / "reports" / three_events().partition
    assert (outbox(synced) / "events (checked).xlsx").read_bytes() == (
        reports / "events (checked).xlsx"
    ).read_bytes()
    settings = Settings.load()
    assert inbox_in(settings.inbox, settings.outbox).look() == []


@pytest.mark.thorough
def test_only_workbooks_of_the_inbox_are_answered(synced: Workplace) -> None:
    dropped(three_events(), source="command line")
    assert names(synced) == []


def test_a_workbook_that_is_refused_is_answered_too(synced: Workplace) -> None:
    data = b"no workbook at all"
    broken = Content("plan.xlsx", data, hashlib.sha256(data).hexdigest())
    with pytest.raises(WorkbookRefused) as refused:
        dropped(broken)
    assert names(synced) == ["plan.xlsx (not imported).txt"]
    text = (outbox(synced) / "plan.xlsx (not imported).txt").read_text()
    assert str(refused.value) in text


def test_what_a_person_has_changed_there_stays(synced: Workplace) -> None:
    dropped(three_events())
    copy = outbox(synced) / "events (checked).xlsx"
    ours = copy.read_bytes()
    copy.write_bytes(b"what a planner made of it")

    dropped(three_events())

    assert copy.read_bytes() == b"what a planner made of it"
    assert names(synced) == ["events (checked) (2).xlsx", "events (checked).xlsx"]
    assert (outbox(synced) / "events (checked) (2).xlsx").read_bytes()[:2] == ours[:2]


@pytest.mark.thorough
def test_what_is_as_it_was_put_there_is_replaced_and_another_workbooks_is_not(
    synced: Workplace,
) -> None:
    dropped(three_events())
    dropped(three_events())
    assert names(synced) == ["events (checked).xlsx"]
    dropped(content(*classroom(title="CB3 Bristol 27A-09")))
    assert names(synced) == ["events (checked) (2).xlsx", "events (checked).xlsx"]


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("kind", ["link", "folder", "open", "open, by a long name"])
def test_what_lies_there_under_the_name_is_not_touched(synced: Workplace, kind: str) -> None:
    folder = outbox(synced)
    folder.mkdir(parents=True)
    elsewhere = synced.home / "elsewhere"
    elsewhere.write_text("mine")
    if kind == "link":
        (folder / "events (checked).xlsx").symlink_to(elsewhere)
    elif kind == "folder":
        (folder / "events (checked).xlsx").mkdir()
    else:
        name = "~$ents (checked).xlsx" if "long" in kind else "~$events (checked).xlsx"
        (folder / name).touch()

    dropped(three_events())

    assert "events (checked) (2).xlsx" in names(synced)
    assert elsewhere.read_text() == "mine"


def test_an_outbox_that_cannot_be_used_fails_no_import(
    synced: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    (synced.home / "inbox").mkdir(parents=True)
    outbox(synced).write_text("a file in its place")
    said: list[str] = []
    with importer() as opened:
        opened.listener = replace(opened.listener, remark=said.append)
        opened.keep(three_events(), "inbox")
        opened.check(three_events().partition)
        opened.report(three_events().partition)
    assert [one for one in said if one.startswith("The workbook was not answered: ")]


@pytest.mark.thorough
def test_an_outbox_of_ones_own_and_one_that_is_the_inbox(synced: Workplace) -> None:
    elsewhere = synced.home / "answers"
    synced.set(adm_sync_outbox=str(elsewhere))
    dropped(three_events())
    assert [one.name for one in elsewhere.iterdir()] == ["events (checked).xlsx"]
    within = synced.home / "inbox" / "back"
    synced.set(adm_sync_outbox=str(within))
    within.mkdir(parents=True)
    settings = Settings.load()
    assert inbox_in(settings.inbox, settings.outbox).look() == []
    synced.set(adm_sync_outbox=str(synced.home / "inbox"))
    with pytest.raises(SettingsError, match="another folder than ADM_SYNC_INBOX"):
        Settings.load().outbox  # noqa: B018
    assert "ADM_SYNC_OUTBOX is wrong" in synced.run("doctor", status=1).stdout
    assert isinstance(Settings.load().inbox, LocalFolder)


# ---------------------------------------------------------------------- by mail


def posted(workbook: Content, contact: str, box: Mailbox, place: Workplace) -> None:
    place.set(adm_sync_alerts=box.address)
    with importer() as opened:
        opened.keep(workbook, "inbox")
        examined = opened.check(workbook.partition)
        table = replace(examined.table, contact=contact)
        opened.examined[workbook.partition] = replace(examined, table=table)
        opened.report(workbook.partition)
    settings = Settings.load()
    with open_database(settings) as database:
        from datetime import UTC, datetime, timedelta

        for minutes in (0, 2):
            now = datetime.now(UTC) + timedelta(minutes=minutes)
            post_of(settings, database).deliver(now)


def test_the_copy_is_mailed_to_the_contact_of_an_allowed_domain(synced: Workplace) -> None:
    synced.set(adm_sync_answer_domains="example.com, example.org")
    with mailbox() as box:
        posted(three_events(), "planner@example.org", box, synced)
    (letter,) = box.letters
    assert box.recipients == ["planner@example.org"]
    assert letter["Subject"].startswith("adm_sync: the import of events.xlsx: ")
    attached = [part.get_filename() for part in letter.walk() if part.get_filename()]
    assert attached == ["events (checked).xlsx"]
    assert isinstance(letter, EmailMessage)
    body = letter.get_body(("plain",))
    assert body is not None
    assert "3 events that can be imported" in body.get_content()


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("allowed", [None, "example.org"])
def test_nobody_of_another_domain_is_mailed(synced: Workplace, allowed: str | None) -> None:
    synced.set(adm_sync_answer_domains=allowed)
    with mailbox() as box:
        posted(three_events(), "planner@example.com", box, synced)
    assert box.letters == []
    assert synced.execute("select message from adm_sync.answers") == [
        ("its domain is not among ADM_SYNC_ANSWER_DOMAINS",)
    ]


@pytest.mark.thorough
def test_a_copy_that_has_gone_or_was_changed_is_not_attached(synced: Workplace) -> None:
    synced.set(adm_sync_answer_domains="example.com", adm_sync_outbox=str(synced.home / "out"))
    real = Importer.report

    with mailbox() as box, pytest.MonkeyPatch.context() as patch:

        def report(self: Importer, partition: str) -> object:
            made = real(self, partition)
            (synced.home / "out" / "events (checked).xlsx").unlink()
            return made

        patch.setattr(Importer, "report", report)
        posted(three_events(), "planner@example.com", box, synced)
    (letter,) = box.letters
    assert [part for part in letter.walk() if part.get_filename()] == []
    assert "could not be attached" in letter.get_content()
