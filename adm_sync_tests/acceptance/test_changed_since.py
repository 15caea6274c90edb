"""A workbook that is imported again after somebody changed what it brought, here or there."""

from collections.abc import Sequence
from typing import Any

import pytest

from adm_sync.demo.workbook import demo_workbook
from adm_sync.sandbox.rewriting import WAYS
from adm_sync.workbook.findings import Finding
from adm_sync_tests.acceptance.again import (
    Titles,
    again,
    execute,
    imported,
    rehearsed,
    remote_day,
)
from adm_sync_tests.acceptance.bad_inputs.files import content
from adm_sync_tests.acceptance.importing import Office
from adm_sync_tests.workbooks import blended, changed, classroom, lms_only

pytestmark = pytest.mark.thorough(all_but_each=3)


def test_nothing_is_said_of_what_nobody_changed(office: Office, titles: Titles) -> None:
    imported(office, titles.rows())
    office.sandbox.calls.clear()
    assert rehearsed(office, titles.rows()) == ()
    # A workbook can add days to an event that is known, and whoever teaches them is approved first.
    assert asked(office) == ["EventsNow", "ApprovedOfTemplates"]


@pytest.mark.thorough
def test_nothing_is_said_of_the_unchanged_workbook_of_a_whole_sitting(office: Office) -> None:
    importer, given = office.importer, content(demo_workbook())
    importer.keep(given, "a test")
    importer.record(given.partition)
    importer.push(given.partition)
    first = importer.summary(given.partition)
    assert len(first.plan) > 30
    assert list(importer.rehearsal(given).findings) == list(first.findings)


@pytest.mark.thorough
def test_a_change_is_named_with_its_values_and_not_overwritten(
    office: Office, titles: Titles
) -> None:
    rows = titles.rows()
    imported(office, rows)
    office.sandbox.store.update(office.remote(titles.london)["id"], maxPlaces=20)
    (differs,) = again(office, rows).findings
    assert (differs.code, differs.severity) == ("differs", "warning")
    assert (differs.row, differs.header) == (4, "Max places")
    assert "imported as 14; it is 14 here and 20 in Administrate now" in differs.message
    assert office.remote(titles.london)["maxPlaces"] == 20
    (differs,) = rehearsed(office, [changed(rows[0], max_places=16), *rows[1:]])
    assert "the workbook says 16" in differs.message
    assert differs.value == "16"
    assert (differs.suggestion or "").startswith("Put 14 back; or, if the workbook is right")
    # Once it is the same everywhere, nobody need look at it.
    title = titles.london
    execute(office, "update adm.events set max_places = 20 where title = :t", t=title)
    assert rehearsed(office, [changed(rows[0], max_places=20), *rows[1:]]) == ()


def asked(office: Office) -> list[str | None]:
    """What Administrate was asked, but for its staff."""
    queries = [one.operation for one in office.sandbox.calls if one.kind == "query"]
    return [one for one in queries if one != "StaffContacts"]


def said(findings: Sequence[Finding]) -> dict[tuple[int | None, str | None], str]:
    """What the findings say is now, by row and header; all of them are `differs`."""
    assert {one.code for one in findings} == {"differs"}
    return {(f.row, f.header): f.message.partition("it is ")[2] for f in findings}


def test_every_kind_of_change_in_administrate_is_named_at_its_cell(
    office: Office, titles: Titles
) -> None:
    rows = titles.rows()
    imported(office, rows)
    store, london = office.sandbox.store, office.remote(titles.london)
    second = remote_day(office, titles.london, 2)
    moved = {"start": "2027-01-20T09:30:00Z", "end": "2027-01-20T12:30:00Z"}
    store.update(second["id"], **moved)
    first = remote_day(office, titles.london, 1)
    staff = list(store.children("Staff", "session", first["id"]))
    (taught,) = [one for one in staff if one["staffType"] == "instructor"]
    other = next(one for one in store.all("Contact") if one["lastName"] == "Tolliver")
    store.update(taught["id"], contact=other["id"])
    store.update(london["id"], lmsEnd="2027-06-01T00:00:00Z", timeZoneName="Europe/Dublin")
    store.update(office.remote(titles.bristol)["id"], title="Renamed", lifecycleState="published")
    for one in office.remotes(titles.online):
        store.update(one["id"], lifecycleState="cancelled")
    findings = rehearsed(office, rows)
    now = said([one for one in findings if one.row != 6])
    assert now == {
        (4, "Session instructor"): "Adewale Brightmore here and Agnes Tolliver in Administrate now."
        " Nothing is overwritten.",
        (4, "Time Zone"): "Europe/London here and Europe/Dublin in Administrate now."
        " Nothing is overwritten.",
        (4, "LMS end date"): "14/05/2027 00:00 here and 01/06/2027 01:00 in Administrate now."
        " Nothing is overwritten.",
        (5, "Classroom start date"): "19/01/2027 09:30 here and 20/01/2027 09:30 in Administrate"
        " now. Nothing is overwritten.",
        (5, "Classroom end date"): "19/01/2027 12:30 here and 20/01/2027 12:30 in Administrate"
        " now. Nothing is overwritten.",
        (7, "Event title"): "draft here and cancelled in Administrate now. Nothing is overwritten.",
    }
    bristol = [one.message for one in findings if one.row == 6]
    assert any(f"{titles.bristol} here and Renamed in Administrate" in said for said in bristol)
    assert any("draft here and published in Administrate" in said for said in bristol)
    assert len(bristol) == 2


def test_what_is_deleted_in_administrate_is_named(office: Office, titles: Titles) -> None:
    imported(office, titles.rows())
    store, gone = office.sandbox.store, office.remote(titles.bristol)["id"]
    store.remove(remote_day(office, titles.london, 2)["id"])
    for session in office.remote_sessions(gone):
        for staff in list(store.children("Staff", "session", session["id"])):
            store.remove(staff["id"])
        store.remove(session["id"])
    for staff in list(store.children("Staff", "event", gone)):
        store.remove(staff["id"])
    store.remove(gone)
    now = said(rehearsed(office, titles.rows()))
    assert set(now) == {(5, "Session title"), (6, "Event title")}
    assert all("deleted in Administrate now" in sentence for sentence in now.values())


def test_every_kind_of_change_here_is_named_at_its_cell(office: Office, titles: Titles) -> None:
    imported(office, titles.rows())
    event = office.tutorial_event(titles.london)
    first, second = office.tutorial_sessions(event["id"])
    for statement in (
        "update acted.tutorial_sessions set title = 'Renamed', start_date = '2027-01-19 10:00+00'"
        " where id = :second",
        "delete from acted.tutorial_session_instructors where tutorialsessions_id = :first",
        "update acted.tutorial_events set code = code || ' new', end_date = '2027-03-01',"
        " finalisation_date = '2027-01-01', location_id = null where id = :event",
        "update adm.events set web_sale = false, max_places = 3 where tutorial_event_id = :event",
    ):
        execute(office, statement, first=first["id"], second=second["id"], event=event["id"])
    now = said(rehearsed(office, titles.rows()))
    assert {place: sentence.partition(" here")[0] for place, sentence in now.items()} == {
        (4, "Event title"): f"{titles.london} new",
        (4, "Location"): "nothing",
        (4, "Classroom end date"): "01/03/2027",
        (4, "Max places"): "3",
        (4, "Finalisation date"): "01/01/2027",
        (4, "Web sale"): "N",
        (4, "Session instructor"): "nobody",
        (5, "Session title"): "Renamed",
        (5, "Classroom start date"): "19/01/2027 10:00",
    }


def test_a_venue_is_named_once_and_what_the_cell_says_is_said(
    office: Office, titles: Titles
) -> None:
    row = classroom(title=titles.bristol)[0]
    imported(office, [changed(row, venue="Temple Gate Rooms")])
    to_be_confirmed = [changed(row, venue="TBC")]
    (differs,) = rehearsed(office, to_be_confirmed)
    assert (differs.row, differs.header, differs.value) == (4, "Venue", "TBC")
    assert differs.message == (
        "Venue was imported as Temple Gate Rooms; it is Temple Gate Rooms here and Temple Gate "
        "Rooms in Administrate now; the workbook says TBC. Nothing is overwritten."
    )
    # What differs otherwise of the event's first session, at the same cell, names its Day.
    event = office.tutorial_event(titles.bristol)["id"]
    statement = "update acted.tutorial_sessions set venue_id = null where tutorial_event_id = :id"
    execute(office, statement, id=event)
    said_of = [one.message for one in rehearsed(office, to_be_confirmed)]
    assert len(said_of) == 2
    assert said_of[1].startswith("Venue of Day 1 was imported as Temple Gate Rooms; it is nothing")


def test_an_event_moved_in_administrate_without_its_sessions_is_named(
    office: Office, titles: Titles
) -> None:
    imported(office, titles.rows())
    london = office.remote(titles.london)["id"]
    office.sandbox.store.update(london, classroomStart="2027-01-13T09:30:00Z")
    now = said(rehearsed(office, titles.rows()))
    assert set(now) == {(4, "Classroom start date")}
    assert "12/01/2027 here and 13/01/2027 in Administrate" in now[4, "Classroom start date"]


@pytest.mark.thorough(all_but_each=5)
@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("short_page", {}),
        ("wrong_total", {}),
        ("doubled_rows", {}),
        ("null_edges", {}),
        ("null_edges", {"field": "sessions"}),
        ("null_edges", {"field": "staff"}),
        ("no_page_info", {"field": "sessions"}),
        ("no_page_info", {"field": "staff"}),
        ("int_ids", {}),
        ("int_ids", {"field": "sessions"}),
        ("missing_field", {"name": "id"}),
        ("missing_field", {"name": "sessions"}),
        ("missing_field", {"name": "location"}),
        ("missing_field", {"name": "staff"}),
        ("missing_field", {"name": "customFieldValues"}),
        ("missing_field", {"field": "sessions", "name": "id"}),
        ("missing_field", {"field": "staff", "name": "contact"}),
        ("html", {}),
        ("cut_body", {}),
    ],
)
def test_of_an_answer_that_is_not_as_it_should_be_nothing_is_claimed(
    office: Office, faulty: Titles, kind: str, details: dict[str, Any]
) -> None:
    office.sandbox.faults.add(kind, match="EventsNow", times=None, **details)
    try:
        findings = rehearsed(office, faulty.rows())
    finally:
        office.sandbox.faults.clear()
    assert {one.code for one in findings} <= {"not_compared"}, findings


@pytest.fixture(scope="module")
def faulty(office: Office) -> Titles:
    titles = Titles("CB1 London faulty", "CB3 Bristol faulty", "CB1 online faulty")
    imported(office, titles.rows())
    return titles


def test_a_tutorial_session_that_was_deleted_is_named(office: Office, titles: Titles) -> None:
    imported(office, titles.rows())
    second = office.tutorial_sessions(office.tutorial_event(titles.london)["id"])[1]["id"]
    for statement in (
        "update adm.sessions set tutorial_session_id = null where tutorial_session_id = :id",
        "delete from acted.tutorial_session_instructors where tutorialsessions_id = :id",
        "delete from acted.tutorial_sessions where id = :id",
    ):
        execute(office, statement, id=second)
    assert "deleted here" in said(rehearsed(office, titles.rows()))[5, "Session title"]


@pytest.mark.thorough
def test_administrate_that_cannot_be_asked_is_said_once(office: Office, titles: Titles) -> None:
    imported(office, titles.rows())
    office.sandbox.store.update(office.remote(titles.london)["id"], maxPlaces=20)
    office.sandbox.faults.add("status", match="EventsNow", times=None, code=503)
    (finding,) = rehearsed(office, titles.rows())
    office.sandbox.faults.clear()
    assert (finding.code, finding.severity) == ("not_compared", "warning")
    assert "3 events" in finding.message


def test_a_list_that_cannot_be_filtered_by_ids_is_done_without(
    office: Office, titles: Titles
) -> None:
    imported(office, titles.rows())
    office.sandbox.store.update(office.remote(titles.london)["id"], maxPlaces=20)
    office.sandbox.faults.add("errors", match="EventsNow", times=None)
    findings = rehearsed(office, titles.rows())
    office.sandbox.faults.clear()
    assert [(one.code, one.header) for one in findings] == [("differs", "Max places")]


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("how", sorted(set(WAYS) - {"dropped"}))
def test_what_the_server_made_of_a_title_is_no_change(
    office: Office, titles: Titles, how: str
) -> None:
    long = f"{titles.london}, Q&A with \u201ctutors\u201d in the caf\xe9 round the corner"
    rows = [*blended("CB1_LO_6", long, 2), lms_only(title=titles.online)]
    office.sandbox.faults.add("stored_otherwise", match="mutation", times=None, how=how)
    try:
        first = imported(office, rows)
        assert first.events["created"] == 2
        stored = [one["title"] for one in office.sandbox.store.all("Event")[-2:]]
        assert rehearsed(office, rows) == (), stored
    finally:
        office.sandbox.faults.clear()


@pytest.mark.thorough
def test_many_known_events_take_a_handful_of_requests(office: Office, titles: Titles) -> None:
    rows = [lms_only(title=f"{titles.online}-{number:03}") for number in range(120)]
    imported(office, rows)
    office.sandbox.calls.clear()
    assert rehearsed(office, rows) == ()
    assert asked(office) == ["EventsNow"] * 3
