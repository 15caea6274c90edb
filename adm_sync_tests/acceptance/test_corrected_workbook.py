"""A workbook that is imported again with an event on another day, or with one title twice."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import date

import openpyxl
import pytest
import sqlalchemy as sa

from adm_sync.errors import DatabaseRefused
from adm_sync.imports.examining import Examiner
from adm_sync.imports.undo.undoing import Undo
from adm_sync.imports.updates.options import UpdateOptions
from adm_sync_tests.acceptance.again import (
    LATER,
    LMS_LATER,
    Titles,
    again,
    execute,
    found,
    imported,
    rehearsed,
)
from adm_sync_tests.acceptance.bad_inputs.files import content, small
from adm_sync_tests.acceptance.importing import Office
from adm_sync_tests.workbooks import blended, changed, lms_only

pytestmark = pytest.mark.thorough(all_but_each=3)


# ---------------------------------------------------------------------- another title


@pytest.mark.thorough
def test_an_event_with_another_title_is_new_and_the_one_that_it_looks_like_is_named(
    office: Office, titles: Titles
) -> None:
    imported(office, titles.rows())
    remote = str(office.remote(titles.london)["id"])
    other = f"{titles.london} (Saturdays)"
    rows = [*blended("CB1_LO_6", other, 2), *titles.rows()[2:]]
    summary = again(office, rows)
    (finding,) = summary.findings
    assert (finding.code, finding.severity, finding.row) == ("looks_renamed", "warning", 4)
    assert finding.header == "Event title"
    for part in (titles.london, other, remote):
        assert part in finding.message
    assert (summary.status, summary.events["created"]) == ("succeeded", 1)
    # Beside the old one it is a parallel group.
    third = blended("CB1_LO_6", f"{titles.london} (evenings)", 2)
    groups = again(office, [*titles.rows(), *rows[:2], *third], "groups.xlsx")
    assert not found(groups, "looks_renamed")
    assert groups.events["created"] == 1


@pytest.mark.thorough
@pytest.mark.parametrize("is_known_there", [True, False])
def test_all_titles_of_a_workbook_are_changed(
    office: Office, titles: Titles, *, is_known_there: bool
) -> None:
    name = f"{titles.london}.xlsx"
    if not is_known_there:
        office.sandbox.faults.add("drop_before", times=None, match="createBlended")
    imported(office, titles.blended(), name)
    office.sandbox.faults.clear()
    rows = blended("CB1_LO_6", f"{titles.london}a", 2)
    summary = imported(office, rows, name)
    (finding,) = found(summary, "looks_renamed")
    assert titles.london in finding.message
    assert summary.events["created"] == 1
    # Of a workbook of another name nobody knows that it is a version of this one.
    other = imported(office, blended("CB1_LO_6", f"{titles.london}b", 2), f"other {name}")
    assert not found(other, "looks_renamed")


# ---------------------------------------------------------------------- more sessions


def ends(office: Office, title: str) -> tuple[str, str]:
    """When an event ends, here and in Administrate."""
    with office.engine.connect() as connection:
        here = connection.scalar(
            sa.text("select end_date::text from acted.tutorial_events where code = :t"),
            {"t": title},
        )
    return str(here), str(office.remote(title)["classroomEnd"])


def differing(office: Office, title: str) -> list[str]:
    """What differs, but for the sessions that the template has made besides."""
    found = [one.detail for one in office.importer.reconcile().differences if one.title == title]
    return [one for one in found if "has a session more" not in one]


@pytest.mark.thorough
def test_an_event_ends_with_the_session_that_was_added(office: Office, titles: Titles) -> None:
    title = titles.london
    imported(office, blended("CB1_LO_6", title, 2))
    assert ends(office, title) == ("2027-01-19", "2027-01-19T12:30:00Z")
    summary = again(office, blended("CB1_LO_6", title, 4))
    assert ends(office, title) == ("2027-02-02", "2027-02-02T12:30:00Z")
    assert (summary.status, summary.events["updated"]) == ("succeeded", 1)
    (change,) = summary.plan[0]["changes"]
    assert (change["before"], change["after"]) == ("19/01/2027 12:30", "02/02/2027 12:30")
    assert change["where"] == ["here", "administrate"]
    assert again(office, blended("CB1_LO_6", title, 4)).events["unchanged"] == 1
    assert differing(office, title) == []
    (kept,) = Undo(office.importer, summary.partition).plan().events
    assert (kept.action, "a session that it added stays" in kept.reason) == ("keep", True)


@pytest.mark.thorough
@pytest.mark.parametrize("away", ["createBlended", "at the second import"])
def test_a_session_that_is_added_while_administrate_is_away_ends_the_event_too(
    office: Office, titles: Titles, away: str
) -> None:
    title, faults = titles.london, office.sandbox.faults
    if away == "createBlended":
        faults.add("status", match=away, code=429, times=None)
    imported(office, blended("CB1_LO_6", title, 2))
    if away != "createBlended":
        faults.add("status", code=503, times=None)
    summary = imported(office, blended("CB1_LO_6", title, 4), "again.xlsx")
    assert summary.status == "partial"
    more = imported(office, blended("CB1_LO_6", title, 5), "more.xlsx")
    assert more.status == "partial"
    faults.clear()
    office.importer.push(None)
    assert ends(office, title) == ("2027-02-09", "2027-02-09T12:30:00Z")
    assert differing(office, title) == []


@pytest.mark.thorough
def test_an_end_that_somebody_has_changed_is_named_when_a_session_is_added(
    office: Office, titles: Titles
) -> None:
    title = titles.london
    imported(office, blended("CB1_LO_6", title, 2))
    event = office.remote(title)
    office.sandbox.store.update(event["id"], classroomEnd="2027-03-01T12:30:00Z")
    summary = again(office, blended("CB1_LO_6", title, 4))
    (differs,) = found(summary, "differs")
    for part in ("end date", "19/01/2027", "01/03/2027 in Administrate", "02/02/2027"):
        assert part in differs.message
    assert ends(office, title) == ("2027-01-19", "2027-03-01T12:30:00Z")
    there, here = differing(office, title)
    assert "ends 01/03/2027 12:30 UTC in Administrate" in there
    assert "ends on 19/01/2027 here, and its last session on 02/02/2027" in here


# ---------------------------------------------------------------------- another day


def test_an_event_on_another_day_is_moved_and_no_second_event(
    office: Office, titles: Titles
) -> None:
    imported(office, titles.rows())
    before = office.counts()
    rows = [*titles.blended(start_date=LATER, end_date=LATER), *titles.rows()[2:]]
    summary = again(office, rows)
    (moved,) = found(summary, "moved")
    assert (moved.severity, moved.row, moved.header) == ("error", 4, "Classroom start date")
    assert moved.value == "19/01/2027"
    remote = str(office.remote(titles.london)["id"])
    for part in ("12/01/2027 09:30", "19/01/2027 09:30", remote, titles.london):
        assert part in moved.message
    assert "another title" in (moved.suggestion or "")
    assert (summary.events["rejected"], summary.events["unchanged"]) == (1, 2)
    assert summary.status == "partial"
    assert office.counts() == before


@pytest.mark.thorough
def test_an_event_of_the_lms_only_is_moved_however_its_title_is_spelled(
    office: Office, titles: Titles
) -> None:
    imported(office, [lms_only(title=titles.online)])
    spelled = titles.online.upper().replace(" ", "  ")
    summary = again(office, [lms_only(title=spelled, lms_start_date=LMS_LATER)])
    (moved,) = found(summary, "moved")
    assert (moved.row, moved.header) == (4, "LMS start date")
    assert len(office.remotes(titles.online)) == 1
    assert office.remotes(spelled) == []


def test_the_report_marks_the_cell_of_a_moved_event(office: Office, titles: Titles) -> None:
    imported(office, [lms_only(title=titles.online)])
    summary = imported(office, [lms_only(title=titles.online, lms_start_date=LMS_LATER)])
    reports = office.importer.report(summary.partition)
    assert reports.copy is not None
    book = openpyxl.load_workbook(reports.copy)
    sheet = book["Import"]
    (cell,) = [
        one for one in sheet[4] if one.comment and "known with the start" in one.comment.text
    ]
    assert sheet["N1"].value == "LMS start date"
    assert cell.coordinate == "N4"
    book.close()


@pytest.mark.thorough
def test_an_event_that_was_moved_by_hand_on_both_sides_is_known_again(
    office: Office, titles: Titles
) -> None:
    imported(office, [lms_only(title=titles.online)])
    later = [lms_only(title=titles.online, lms_start_date=LMS_LATER)]
    title = titles.online
    execute(
        office,
        "update acted.tutorial_events set start_date = '2027-01-11' where code = :t",
        t=title,
    )
    assert [one.code for one in rehearsed(office, later)] == ["moved"]
    office.sandbox.store.update(office.remote(title)["id"], lmsStart="2027-01-11T09:00:00Z")
    execute(
        office,
        "update adm.events set lms_start_date = '2027-01-11 09:00+00' where title = :t",
        t=title,
    )
    summary = again(office, later)
    assert summary.findings == []
    assert (summary.events["unchanged"], summary.events["created"]) == (1, 0)


@pytest.mark.thorough
def test_the_same_title_in_another_sitting_is_another_event(office: Office, titles: Titles) -> None:
    imported(office, [lms_only(title=titles.online)])
    row = lms_only(title=titles.online, sitting="2027S")
    row = changed(row, lms_start_date=date(2027, 6, 7), lms_end_date=date(2027, 9, 17))
    summary = again(office, [row])
    assert found(summary, "moved") == []


def test_a_tutorial_event_from_before_with_another_start_is_not_doubled(
    office: Office, titles: Titles
) -> None:
    execute(
        office,
        "insert into acted.tutorial_events (code, is_soldout, remain_space, start_date,"
        " end_date, created_at, updated_at, product_id)"
        " select :code, false, 0, '2027-01-11', '2027-05-14', now(), now(), p.id"
        " from acted.products p where product_code = 'CB1/OC/2027-04'",
        code=titles.online,
    )
    before = office.counts()
    (moved,) = found(again(office, [lms_only(title=titles.online)]), "moved")
    assert "11/01/2027" in moved.message
    assert office.counts() == before


def test_an_event_whose_import_was_undone_is_new_again(office: Office, titles: Titles) -> None:
    rows = [lms_only(title=titles.online)]
    undo = Undo(office.importer, imported(office, rows).partition)
    undo.carry_out(undo.plan())
    assert office.remotes(titles.online) == []
    summary = again(office, rows)
    assert summary.events["created"] == 1
    assert [one.code for one in summary.findings] == ["tutorial_event_exists"]
    assert office.tutorial_event(titles.online)
    assert len(office.remotes(titles.online)) == 1


@pytest.mark.thorough
@pytest.mark.parametrize("replanned", [True, False])
def test_two_imports_at_once_of_one_title_on_two_days_record_it_once(
    office: Office, titles: Titles, monkeypatch: pytest.MonkeyPatch, replanned: bool
) -> None:
    importer = office.importer
    later = content(small([lms_only(title=titles.online, lms_start_date=LMS_LATER)]), "later.xlsx")
    importer.keep(later, "a test")
    importer.check(later.partition)
    imported(office, [lms_only(title=titles.online)])
    if not replanned:
        # The other one is recorded between the last look and the writing.
        monkeypatch.setattr(Examiner, "replanned", lambda _self, examined: examined)
    with nullcontext() if replanned else pytest.raises(DatabaseRefused, match="another start"):
        importer.record(later.partition)
    summary = importer.summary(later.partition)
    if replanned:
        assert [one.code for one in summary.findings] == ["moved"]
        assert (summary.events["rejected"], summary.status) == (1, "partial")
    assert len(office.rows("select 1 from adm_sync.events where title = :t", t=titles.online)) == 1


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("how", ["moved", "twice"])
def test_what_was_rejected_for_its_start_is_put_right_by_that_start_alone(
    office: Office, titles: Titles, how: str
) -> None:
    now, later = titles.blended(), titles.blended(start_date=LATER, end_date=LATER)
    if how == "moved":
        imported(office, now)
        rejected = again(office, later, "moved.xlsx").partition
    else:
        rejected = again(office, [*now, *later], "twice.xlsx").partition
    assert standing(office, rejected) == ("partial", 1)
    # Any other workbook that brings the old start again.
    again(office, [*now, lms_only(title=titles.online)], "others.xlsx")
    assert standing(office, rejected) == ("partial", 1)
    if how == "twice":
        office.importer.options, usual = (
            replace(office.importer.options, same_titles="allow"),
            office.importer.options,
        )
    update = UpdateOptions() if how == "moved" else None
    given = content(small(later if how == "moved" else [*later, *now]), "put right.xlsx")
    office.importer.keep(given, "a test")
    office.importer.check(given.partition, update=update)
    office.importer.record(given.partition)
    office.importer.push(given.partition)
    assert office.importer.summary(given.partition).status == "succeeded"
    if how == "twice":
        office.importer.options = usual
    assert standing(office, rejected) == ("complete", 0)


@pytest.mark.thorough
def test_a_version_with_the_old_start_replaces_what_was_rejected_for_its_start(
    office: Office, titles: Titles
) -> None:
    imported(office, titles.blended())
    later = titles.blended(start_date=LATER, end_date=LATER)
    rejected = again(office, later, "plan.xlsx").partition
    again(office, [*titles.blended(), lms_only(title=titles.online)], "plan (checked).xlsx")
    assert standing(office, rejected) == ("replaced", 0)


def standing(office: Office, partition: str) -> tuple[str, int]:
    now = office.importer.standing(partition)
    return str(now.state), now.rejected


# ---------------------------------------------------------------------- one title twice


def test_one_title_on_two_days_of_one_workbook_is_asked_about(
    office: Office, titles: Titles
) -> None:
    rows = [*titles.blended(), *titles.blended(start_date=LATER, end_date=LATER)]
    summary = again(office, rows)
    (twice,) = found(summary, "same_title_twice")
    assert (twice.severity, twice.row, twice.header) == ("error", 6, "Event title")
    assert "row 4" in twice.message
    assert f"«{titles.london} (19/01/2027)»" in (twice.suggestion or "")
    assert (summary.events["created"], summary.events["rejected"]) == (1, 1)
    assert len(office.remotes(titles.london)) == 1


def test_a_title_of_its_own_is_the_way_out_and_stays_so(office: Office, titles: Titles) -> None:
    evening = {"start_time": "18:00", "end_time": "20:00"}
    rows = [*titles.blended(), *blended(title=f"{titles.london} (evening)", sessions=2, **evening)]
    assert again(office, rows).events["created"] == 2
    second = again(office, rows, "once more.xlsx")
    assert second.findings == []
    assert second.events["unchanged"] == 2


@pytest.mark.thorough
def test_where_titles_may_be_shared_the_start_tells_events_apart(
    office: Office, titles: Titles
) -> None:
    rows = [*titles.blended(), *titles.blended(start_date=LATER, end_date=LATER)]
    usual = office.importer.options
    office.importer.options = replace(usual, same_titles="allow")
    try:
        assert again(office, rows).events["created"] == 2
    finally:
        office.importer.options = usual
    # What is recorded stays known, whatever is allowed now.
    assert again(office, rows, "same.xlsx").events["unchanged"] == 2
    third = titles.blended(start_date=date(2027, 1, 26), end_date=date(2027, 1, 26))
    (moved,) = found(again(office, third, "third.xlsx"), "moved")
    remotes = office.remotes(titles.london)
    assert len(remotes) == 2
    assert all(remote["id"] in moved.message for remote in remotes)
