"""A corrected workbook that is imported with leave to change what it made."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from adm_sync.errors import DatabaseUnreachable, DecisionError
from adm_sync.imports.planning import PlannedEvent
from adm_sync.imports.recording import Recorder
from adm_sync.imports.summary import ImportSummary
from adm_sync.imports.undo.undoing import Undo
from adm_sync.imports.updates.options import UpdateOptions, read_takes
from adm_sync.workbook.columns import Column
from adm_sync_tests.acceptance.again import (
    LATER,
    LMS_LATER,
    Titles,
    execute,
    found,
    imported,
    remote_day,
)
from adm_sync_tests.acceptance.bad_inputs.files import content, small
from adm_sync_tests.acceptance.both_sides import picture
from adm_sync_tests.acceptance.importing import Office
from adm_sync_tests.workbooks import blended, changed, classroom, lms_only

pytestmark = pytest.mark.thorough(all_but_each=3)


Rows = Sequence[Mapping[Column, object]]


def updated(
    office: Office, rows: Rows, *take: str, name: str = "corrected.xlsx", **options: Any
) -> ImportSummary:
    """Import with leave to change; the dry run before it shows the same plan, and does nothing."""
    given = content(small(rows), name)
    update = UpdateOptions(read_takes(take), **options)
    importer, before = office.importer, office.counts()
    promised = importer.rehearsal(given, update=update)
    assert office.counts() == before
    importer.keep(given, "a test")
    importer.check(given.partition, update=update)
    importer.record(given.partition)
    importer.push(given.partition)
    summary = importer.summary(given.partition)
    assert promised.plan == summary.plan
    # How long Administrate was tried is another each time.
    promised_of, found_of = (
        [(one.code, one.row, one.header, one.value) for one in each.findings]
        for each in (promised, summary)
    )
    assert promised_of == found_of
    assert promised.events["updated"] == summary.events["updated"]
    return summary


def changes(summary: ImportSummary) -> list[tuple[Any, ...]]:
    return [
        (one["day"], one["field"], one["before"], one["after"], *one["where"])
        for entry in summary.plan
        for one in entry["changes"]
    ]


@pytest.mark.thorough
def test_a_date_of_one_session_moves_on_both_sides(office: Office, titles: Titles) -> None:
    rows = titles.rows()
    imported(office, rows)
    later = [
        rows[0],
        changed(rows[1], start_date=LATER.replace(day=20), end_date=LATER.replace(day=20)),
    ]
    summary = updated(office, [*later, *rows[2:]])
    assert list(summary.findings) == []
    assert changes(summary) == [
        (
            None,
            "The event's end date",
            "19/01/2027 12:30",
            "20/01/2027 12:30",
            "here",
            "administrate",
        ),
        (2, "Classroom start date", "19/01/2027 09:30", "20/01/2027 09:30", "here", "administrate"),
        (2, "Classroom end date", "19/01/2027 12:30", "20/01/2027 12:30", "here", "administrate"),
    ]
    assert (summary.status, summary.events["updated"], summary.sessions["updated"]) == (
        "succeeded",
        1,
        1,
    )
    assert summary.events["unchanged"] == 2
    event = office.tutorial_event(titles.london)
    assert str(event["end_date"]) == "2027-01-20"
    assert [str(s["start_date"])[:16] for s in office.tutorial_sessions(event["id"])] == [
        "2027-01-12 09:30",
        "2027-01-20 09:30",
    ]
    assert remote_day(office, titles.london, 2)["start"] == "2027-01-20T09:30:00Z"
    assert office.remote(titles.london)["classroomEnd"] == "2027-01-20T12:30:00Z"
    before = office.counts()
    again = updated(office, [*later, *rows[2:]], name="the same.xlsx")
    assert (list(again.findings), again.events["updated"]) == ([], 0)
    assert office.counts() == before


# ---------------------------------------------------------------------- every value


def same_as_new(office: Office, title: str, rows: Rows) -> None:
    """The event is on both sides as one that is made of these rows."""
    fresh = f"{title} anew"
    anew = [
        {
            column: value.replace(title, fresh) if isinstance(value, str) else value
            for column, value in row.items()
        }
        for row in rows
    ]
    assert imported(office, anew, "anew.xlsx").events["created"] == 1
    assert picture(office, title) == picture(office, fresh)


WEEK = timedelta(days=7)
S = Column.START_DATE
OF_THE_EVENT: dict[str, dict[str, object]] = {
    "places": {"max_places": 20},
    "no places": {"max_places": ""},
    "venue": {"venue": "Bell Yard Rooms"},
    "address": {"event_url": "https://learn.larkfield.example/new"},
    "no address": {"event_url": ""},
    "finalisation": {"finalisation_date": date(2027, 1, 5)},
    "web sale": {"web_sale": "N"},
    "moodle code": {"moodle_code": "CB1-27A-B"},
    "only here": {"recordings": "Y", "recording_pin": "0042", "tutors": "Both", "sage_code": "S1"},
    "notes": {"extra_information": "Bring a laptop"},
    "LMS window": {"lms_start_date": date(2027, 1, 6), "lms_end_date": date(2027, 5, 20)},
    "deadline": {"registration_deadline": date(2027, 1, 8)},
    "instructor": {"instructor": "Agnes Tolliver"},
    "instructors": {"instructor": "Agnes Tolliver / Adewale Brightmore"},
    "no instructor": {"instructor": ""},
    "no administrator": {"administrator": ""},
    "session instructor": {"session_instructor": "Agnes Tolliver"},
    "session address": {"session_url": "https://meet.larkfield.example/new"},
    "hours": {"start_time": "10:00", "end_time": "13:00"},
    "start": {"start_date": date(2027, 1, 11), "end_date": date(2027, 1, 11)},
}


@pytest.mark.thorough(all_but_each=10)
@pytest.mark.parametrize("what", OF_THE_EVENT)
def test_every_value_of_an_event_is_changed_on_both_sides(
    office: Office, titles: Titles, what: str
) -> None:
    imported(office, titles.blended())
    rows = titles.blended()
    corrected = [changed(rows[0], **OF_THE_EVENT[what]), *rows[1:]]
    if what == "venue":
        corrected = [changed(row, **OF_THE_EVENT[what]) for row in corrected]
    summary = updated(office, corrected)
    assert {one.code for one in summary.findings} <= {
        *("places_blank", "no_instructor", "instructor_stays")
    }
    assert (summary.status, summary.events["updated"]) == ("succeeded", 1)
    same_as_new(office, titles.london, corrected)


@pytest.mark.thorough(all_but_each=1)
@pytest.mark.parametrize(
    ("now", "after", "where"),
    [("", "nobody", ["here"]), ("Agnes Tolliver", "Agnes Tolliver", ["here", "administrate"])],
    ids=["nobody", "another"],
)
def test_whoever_stays_on_a_session_as_an_instructor_of_the_event_is_named(
    office: Office, titles: Titles, now: str, after: str, where: list[str]
) -> None:
    person = "Adewale Brightmore"
    rows = [changed(row, session_instructor=person) for row in titles.blended()]
    rows[0] = changed(rows[0], instructor=person)
    imported(office, rows)
    before = picture(office, titles.london)["staff of sessions"]
    corrected = [rows[0], changed(rows[1], session_instructor=now)]

    summary = updated(office, corrected)

    (change,) = summary.plan[0]["changes"]
    assert (change["day"], change["before"]) == (2, person)
    assert (change["after"], change["where"]) == (after, where)
    (stays,) = found(summary, "instructor_stays")
    assert (stays.row, stays.header) == (5, "Session instructor")
    assert "Brightmore stays on the session in Administrate" in stays.message
    staff = picture(office, titles.london)["staff of sessions"]
    assert set(before[1]) <= set(staff[1])
    assert (set(before[1]) == set(staff[1])) == ("administrate" not in where)
    again = updated(office, corrected)
    assert (again.events["unchanged"], found(again, "instructor_stays")) == (1, [])


def test_a_whole_event_moves_with_its_sessions(office: Office, titles: Titles) -> None:
    imported(office, titles.blended())
    moved = [changed(r, start_date=r[S] + WEEK, end_date=r[S] + WEEK) for r in titles.blended()]  # type: ignore[operator]
    summary = updated(office, moved)
    assert (summary.status, summary.events["updated"], summary.sessions["updated"]) == (
        "succeeded",
        1,
        2,
    )
    same_as_new(office, titles.london, moved)
    (row,) = office.rows("select starts_at from adm_sync.events where title = :t", t=titles.london)
    assert str(row["starts_at"]).startswith("2027-01-19 09:30")
    assert list(updated(office, moved, name="once more.xlsx").findings) == []


@pytest.mark.thorough
def test_an_event_of_the_lms_only_moves(office: Office, titles: Titles) -> None:
    imported(office, [lms_only(title=titles.online)])
    later = [lms_only(title=titles.online, lms_start_date=LMS_LATER)]
    summary = updated(office, later)
    assert (summary.status, summary.events["updated"]) == ("succeeded", 1)
    same_as_new(office, titles.online, later)


@pytest.mark.thorough
def test_an_event_goes_to_another_place(office: Office, titles: Titles) -> None:
    imported(office, titles.blended())
    there = [changed(r, location="Bristol", venue="TBC") for r in titles.blended()]
    summary = updated(office, there)
    assert (summary.status, summary.events["updated"]) == ("succeeded", 1)
    same_as_new(office, titles.london, there)


@pytest.mark.thorough
def test_a_session_more_is_added_and_the_event_ends_later(office: Office, titles: Titles) -> None:
    rows = blended("CB1_LO_6", titles.london, 3)
    imported(office, rows[:2])
    summary = updated(office, rows)
    assert (summary.status, summary.events["updated"]) == ("succeeded", 1)
    same_as_new(office, titles.london, rows)


# ---------------------------------------------------------------------- what people change


@pytest.mark.thorough
def test_what_a_person_changed_stays_if_the_workbook_says_nothing_new(
    office: Office, titles: Titles
) -> None:
    rows = titles.blended()
    imported(office, rows)
    office.sandbox.store.update(office.remote(titles.london)["id"], maxPlaces=20)
    before = office.counts()
    address = "https://learn.larkfield.example/n"
    summary = updated(office, [changed(rows[0], event_url=address), rows[1]])
    assert [(one.code, one.header) for one in summary.findings] == [("differs", "Max places")]
    assert (summary.status, summary.events["updated"]) == ("succeeded", 1)
    assert office.remote(titles.london)["maxPlaces"] == 20
    assert office.counts()["mutations"] == before["mutations"] + 1


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("side", ["here", "there", "both"])
def test_a_conflict_touches_neither_side(office: Office, titles: Titles, side: str) -> None:
    rows = titles.blended()
    imported(office, rows)
    if side != "here":
        office.sandbox.store.update(office.remote(titles.london)["id"], maxPlaces=20)
    if side != "there":
        execute(office, "update adm.events set max_places = 21 where title = :t", t=titles.london)
    before = picture(office, titles.london)
    summary = updated(office, [changed(rows[0], max_places=16), rows[1]])
    (conflict,) = summary.findings
    assert (conflict.code, conflict.header, conflict.value) == ("conflict", "Max places", "16")
    assert "last written as 14" in conflict.message
    assert f"'{titles.london}: Max places=workbook'" in (conflict.suggestion or "")
    assert (summary.status, summary.events["conflicts"], summary.events["updated"]) == (
        "partial",
        1,
        0,
    )
    assert picture(office, titles.london) == before


@pytest.mark.thorough(all_but_each=9)
@pytest.mark.parametrize(("take", "places"), [("workbook", 16), ("administrate", 20), ("here", 21)])
@pytest.mark.parametrize("about", ["{take}", "{title}={take}", "{title}: Max places={take}"])
def test_a_person_decides_whose_value_holds(
    office: Office, titles: Titles, take: str, places: int, about: str
) -> None:
    rows = titles.blended()
    imported(office, rows)
    office.sandbox.store.update(office.remote(titles.london)["id"], maxPlaces=20)
    execute(office, "update adm.events set max_places = 21 where title = :t", t=titles.london)
    corrected = [changed(rows[0], max_places=16), rows[1]]
    assert updated(office, corrected).events["conflicts"] == 1
    said = about.format(title=titles.london, take=take)
    summary = updated(office, corrected, said)
    assert (summary.status, list(summary.findings)) == ("succeeded", [])
    assert office.remote(titles.london)["maxPlaces"] == places
    (row,) = office.rows("select max_places from adm.events where title = :t", t=titles.london)
    assert row["max_places"] == places
    # What was decided stays so until the workbook says something else again.
    assert updated(office, corrected, name="same.xlsx").events["updated"] == 0
    assert office.remote(titles.london)["maxPlaces"] == places
    third = updated(office, [changed(rows[0], max_places=18), rows[1]], name="third.xlsx")
    assert (third.status, office.remote(titles.london)["maxPlaces"]) == ("succeeded", 18)


@pytest.mark.thorough
def test_a_decision_about_another_event_decides_nothing(office: Office, titles: Titles) -> None:
    rows = titles.blended()
    imported(office, rows)
    office.sandbox.store.update(office.remote(titles.london)["id"], maxPlaces=20)
    corrected = [changed(rows[0], max_places=16), rows[1], *classroom(title=titles.bristol)]
    for said in (f"{titles.bristol}=workbook", f"{titles.london}: Venue=workbook"):
        assert updated(office, corrected, said).events["conflicts"] == 1


@pytest.mark.thorough
def test_a_decision_about_an_event_that_there_is_not_ends_the_check_and_nothing_else(
    office: Office, titles: Titles
) -> None:
    """As from the launchpad, where nobody looks at it before."""
    given = content(small(titles.blended()), "first.xlsx")
    importer = office.importer
    importer.keep(given, "a test")
    with pytest.raises(DecisionError, match=f"«{titles.bristol}», which the workbook does not"):
        importer.check(
            given.partition, update=UpdateOptions(read_takes([f"{titles.bristol}=here"]))
        )
    assert importer.standing(given.partition).state == "failed"
    assert imported(office, titles.blended()).status == "succeeded"


@pytest.mark.thorough
def test_people_and_places_are_taken_from_either_side(office: Office, titles: Titles) -> None:
    rows = titles.blended()
    imported(office, rows)
    store, event = office.sandbox.store, office.remote(titles.london)
    venues = {one["name"]: one["id"] for one in store.all("Venue")}
    second = remote_day(office, titles.london, 2)
    store.update(second["id"], venue=venues["Lothbury Suite"])
    store.update(event["id"], venue=venues["Candlewick Hall"])
    first = office.tutorial_sessions(office.tutorial_event(titles.london)["id"])[0]["id"]
    execute(
        office,
        "update acted.tutorial_session_instructors set tutorialinstructor_id = ("
        " select i.id from acted.tutorial_instructors i join acted.staff s on s.id = i.staff_id"
        " join auth_user u on u.id = s.user_id where u.last_name = 'Oakhurst')"
        " where tutorialsessions_id = :first",
        first=first,
    )
    named = "Bell Yard Rooms"
    corrected = [changed(one, venue=named) for one in rows]
    corrected[0] = changed(corrected[0], session_instructor="Agnes Tolliver")
    summary = updated(office, corrected)
    assert [(one.code, one.row, one.header) for one in summary.findings] == [
        ("conflict", 4, "Venue"),
        ("conflict", 4, "Session instructor"),
        ("conflict", 5, "Venue"),
    ]
    decided = ["administrate", f"{titles.london}: Session instructor=here"]
    summary = updated(office, corrected, *decided)
    # Whom the workbook dropped stays there, as an instructor of the event.
    assert [(one.code, one.row) for one in summary.findings] == [("instructor_stays", 4)]
    assert summary.status == "succeeded"
    shown = [changed(rows[0], venue="Candlewick Hall", session_instructor="Benedict Oakhurst")]
    shown += [changed(rows[1], venue="Lothbury Suite")]
    now = picture(office, titles.london)
    assert {one["venue_id"] for one in now["tutorial sessions"]} == {
        office.rows("select id from acted.tutorial_venues where name = :n", n=name)[0]["id"]
        for name in ("Bell Yard Rooms", "Lothbury Suite")
    }
    assert now["event"]["venue"] == venues["Candlewick Hall"]
    assert [one["venue"] for one in now["sessions"]] == [venues[named], venues["Lothbury Suite"]]
    oakhurst = next(c["id"] for c in store.all("Contact") if c["lastName"] == "Oakhurst")
    assert oakhurst in {contact for contact, _ in now["staff of sessions"][0]}


@pytest.mark.thorough
def test_a_value_that_is_nothing_on_the_other_side_cannot_be_taken(
    office: Office, titles: Titles
) -> None:
    rows = titles.blended()
    imported(office, rows)
    location = office.remote(titles.london)["location"]
    nowhere = office.sandbox.store.add("Venue", name="A new room", location=location)
    office.sandbox.store.update(office.remote(titles.london)["id"], venue=nowhere)
    corrected = [changed(one, venue="Bell Yard Rooms") for one in rows]
    summary = updated(office, corrected, "administrate")
    (conflict,) = found(summary, "conflict")
    assert "A new room is not known on both sides" in (conflict.suggestion or "")
    assert summary.status == "partial"


# ---------------------------------------------------------------------- sessions that go


@pytest.mark.thorough
def test_a_session_that_is_gone_is_named_and_removed_on_a_word(
    office: Office, titles: Titles
) -> None:
    rows = blended("CB1_LO_6", titles.london, 3)
    imported(office, rows)
    summary = updated(office, rows[:2])
    (gone,) = summary.findings
    assert (gone.code, gone.row) == ("session_gone", 4)
    assert "Day 3" in gone.message
    assert (summary.status, summary.events["updated"]) == ("succeeded", 0)
    summary = updated(office, rows[:2], remove_sessions=True)
    assert (summary.status, summary.events["updated"]) == ("succeeded", 1)
    assert changes(summary)[-1] == (3, "Day", "Day 3", "nothing", "here", "administrate")
    now = picture(office, titles.london)
    assert [len(now[name]) for name in ("tutorial sessions", "bridged sessions", "sessions")] == [
        2,
        2,
        2,
    ]
    assert str(now["tutorial event"]["end_date"]) == "2027-01-19"
    assert updated(office, rows[:2], remove_sessions=True, name="again.xlsx").events["updated"] == 0


@pytest.mark.thorough
def test_a_removed_session_that_comes_back_is_told_of_before_anything_is_sent(
    office: Office, titles: Titles
) -> None:
    """The API cannot add a session to an event: a person does, and then it is taken."""
    rows = blended("CB1_LO_6", titles.london, 6)
    imported(office, rows)
    updated(office, rows[:5], remove_sessions=True)
    before, mutations = office.counts(), office.sandbox.calls.mutations
    back = updated(office, [changed(rows[0], max_places=16), *rows[1:]], name="back.xlsx")
    (finding,) = found(back, "no_session_slot")
    assert (finding.row, finding.header, finding.value) == (9, "Day", "6")
    assert "5 sessions" in finding.message
    assert (back.status, back.events["rejected"]) == ("partial", 1)
    assert (office.counts(), office.sandbox.calls.mutations) == (before, mutations)
    event = office.remote(titles.london)
    values = {name: remote_day(office, titles.london, 5)[name] for name in ("start", "end")}
    office.sandbox.store.add("Session", event=event["id"], title="By hand", **values)
    assert updated(office, rows, name="again.xlsx").status == "succeeded"
    assert len(picture(office, titles.london)["tutorial sessions"]) == 6
    assert remote_day(office, titles.london, 6)["title"] == f"{titles.london} - Day 6"


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("why", ["booked", "changed here", "changed there"])
def test_a_session_that_somebody_booked_or_changed_stays(
    office: Office, titles: Titles, why: str
) -> None:
    rows = blended("CB1_LO_6", titles.london, 3)
    imported(office, rows)
    third = remote_day(office, titles.london, 3)
    if why == "booked":
        contact = office.sandbox.store.all("Contact")[0]["id"]
        event = office.remote(titles.london)["id"]
        office.sandbox.store.add("Learner", event=event, contact=contact)
    elif why == "changed there":
        office.sandbox.store.update(third["id"], title="Revision")
    else:
        execute(
            office,
            "update acted.tutorial_sessions set url = 'https://x.example' where title = :t",
            t=f"{titles.london} - Day 3",
        )
    before = office.counts()
    summary = updated(office, rows[:2], remove_sessions=True)
    (gone,) = found(summary, "session_gone")
    assert "It is not removed" in gone.message
    assert office.counts() == before


# ---------------------------------------------------------------------- what is never changed


@pytest.mark.thorough
def test_a_published_event_is_changed_only_on_a_word(office: Office, titles: Titles) -> None:
    rows = titles.blended()
    imported(office, rows)
    office.sandbox.store.update(office.remote(titles.london)["id"], lifecycleState="published")
    corrected = [changed(rows[0], max_places=16), rows[1]]
    summary = updated(office, corrected)
    assert [one.code for one in summary.findings] == ["is_published"]
    assert (summary.status, summary.events["rejected"]) == ("partial", 1)
    summary = updated(office, corrected, published=True)
    assert (summary.status, summary.events["updated"]) == ("succeeded", 1)
    event = office.remote(titles.london)
    assert (event["maxPlaces"], event["lifecycleState"]) == (16, "published")


@pytest.mark.thorough
def test_the_learning_mode_of_an_event_is_never_changed(office: Office, titles: Titles) -> None:
    imported(office, [*classroom(title=titles.bristol)])
    as_blended = blended("CB3_BR_1", titles.bristol, 1, location="Bristol")
    before = office.counts()
    summary = updated(office, as_blended)
    (refused,) = found(summary, "not_changeable")
    assert (refused.header, "learning mode" in refused.message) == ("Learning mode", True)
    assert office.counts() == before


@pytest.mark.thorough
def test_the_sitting_of_an_event_is_never_changed(office: Office, titles: Titles) -> None:
    """It decides which product the tutorial event is of."""
    rows = titles.blended()
    imported(office, rows)
    before = office.counts()
    summary = updated(office, [changed(one, sitting="2027S") for one in rows])
    (refused,) = found(summary, "not_changeable")
    assert (refused.header, "2027A" in refused.message) == ("Sitting", True)
    assert office.counts() == before


@pytest.mark.thorough
def test_an_event_that_administrate_does_not_have_yet_waits(office: Office, titles: Titles) -> None:
    rows = titles.blended()
    first = content(small(rows))
    office.importer.keep(first, "a test")
    office.importer.check(first.partition)
    office.importer.record(first.partition)
    office.importer.summary(first.partition)
    given = content(small([changed(rows[0], max_places=16), rows[1]]), "corrected.xlsx")
    office.importer.keep(given, "a test")
    office.importer.check(given.partition, update=UpdateOptions())
    office.importer.record(given.partition)
    summary = office.importer.summary(given.partition)
    assert [one.code for one in summary.findings] == ["update_waits"]
    office.importer.push(first.partition)
    assert updated(office, [changed(rows[0], max_places=16), rows[1]]).events["updated"] == 1


def test_administrate_that_cannot_be_asked_is_no_reason_to_change_anything(
    office: Office, titles: Titles
) -> None:
    rows = titles.blended()
    imported(office, rows)
    office.sandbox.faults.add("status", match="EventsNow", times=None, code=503)
    try:
        summary = updated(office, [changed(rows[0], max_places=16), rows[1]])
    finally:
        office.sandbox.faults.clear()
    assert {one.code for one in summary.findings} == {"update_waits", "not_compared"}
    assert office.remote(titles.london)["maxPlaces"] == 14


# ---------------------------------------------------------------------- taking it back


def taken_back(office: Office, summary: ImportSummary) -> list[tuple[str, str]]:
    work = Undo(office.importer, summary.partition)
    result = work.carry_out(work.plan())
    return [(one.outcome, one.reason) for one in result.events]


@pytest.mark.thorough
def test_an_update_is_taken_back_on_both_sides(office: Office, titles: Titles) -> None:
    rows = titles.blended()
    imported(office, rows)
    before = picture(office, titles.london)
    corrected = [
        changed(one, venue="Bell Yard Rooms", start_date=one[S] + WEEK, end_date=one[S] + WEEK)  # type: ignore[operator]
        for one in rows
    ]
    corrected[0] = changed(corrected[0], max_places=20, instructor="Agnes Tolliver")
    summary = updated(office, corrected)
    assert picture(office, titles.london) != before
    assert taken_back(office, summary) == [("reverted", "")]
    assert picture(office, titles.london) == before
    assert office.importer.standing(summary.partition).state == "undone"
    assert updated(office, rows, name="first again.xlsx").events["updated"] == 0
    assert updated(office, corrected).events["updated"] == 1


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("side", ["here", "there"])
def test_an_update_that_somebody_changed_since_stays(
    office: Office, titles: Titles, side: str
) -> None:
    rows = titles.blended()
    imported(office, rows)
    summary = updated(office, [changed(rows[0], max_places=20), rows[1]])
    if side == "here":
        execute(office, "update adm.events set max_places = 21 where title = :t", t=titles.london)
    else:
        office.sandbox.store.update(office.remote(titles.london)["id"], maxPlaces=21)
    before = picture(office, titles.london)
    ((outcome, reason),) = taken_back(office, summary)
    assert (outcome, "somebody has changed" in reason) == ("kept", True)
    assert picture(office, titles.london) == before


@pytest.mark.thorough
def test_an_event_that_was_changed_by_its_own_import_is_still_deleted(
    office: Office, titles: Titles
) -> None:
    rows = titles.blended()
    first = imported(office, rows)
    updated(office, [changed(rows[0], max_places=20), rows[1]])
    assert [outcome for outcome, _ in taken_back(office, first)] == ["deleted"]
    assert office.remotes(titles.london) == []


# ---------------------------------------------------------------------- cancelling


@pytest.mark.thorough
def test_an_event_that_is_cancelled_is_named_and_cancelled_on_a_word(
    office: Office, titles: Titles
) -> None:
    rows = titles.rows()
    imported(office, rows)
    off = [changed(rows[0], cancelled="Y"), *rows[1:]]
    summary = updated(office, off)
    (named,) = found(summary, "cancelled_known")
    assert (named.row, named.header, "draft in Administrate" in named.message) == (
        4,
        "Cancelled",
        True,
    )
    assert office.remote(titles.london)["lifecycleState"] == "draft"
    summary = updated(office, off, cancel=True)
    assert found(summary, "cancelled_known") == []
    assert [e["title"] for e in summary.plan if e["outcome"] == "cancelled"] == [titles.london]
    assert office.remote(titles.london)["lifecycleState"] == "cancelled"
    (bridge,) = office.rows("select * from adm.events where title = :t", t=titles.london)
    assert (bridge["lifecycle_state"], bridge["cancelled"]) == ("cancelled", True)
    before = office.counts()
    assert found(updated(office, off, cancel=True, name="again.xlsx"), "cancelled_known") == []
    assert office.counts() == before


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("why", ["published", "booked"])
def test_an_event_that_people_see_or_have_booked_is_cancelled_by_a_person(
    office: Office, titles: Titles, why: str
) -> None:
    rows = titles.rows()
    imported(office, rows)
    event = office.remote(titles.london)["id"]
    if why == "published":
        office.sandbox.store.update(event, lifecycleState="published")
    else:
        contact = office.sandbox.store.all("Contact")[0]["id"]
        office.sandbox.store.add("Learner", event=event, contact=contact)
    summary = updated(office, [changed(rows[0], cancelled="Y"), *rows[1:]], cancel=True)
    (named,) = found(summary, "cancelled_known")
    assert "a person cancels it there" in named.message
    assert office.sandbox.store.get(event)["lifecycleState"] != "cancelled"


@pytest.mark.thorough
def test_a_commit_whose_answer_is_lost_is_no_change_by_others(
    office: Office, titles: Titles, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = titles.blended()
    imported(office, rows)
    once, original = [True], Recorder._record_once

    def lost(recorder: Recorder, planned: PlannedEvent) -> int:
        event_id = original(recorder, planned)
        if once and planned.update:
            once.clear()
            raise DatabaseUnreachable("The connection was lost.")
        return event_id

    monkeypatch.setattr(Recorder, "_record_once", lost)
    summary = updated(office, [changed(rows[0], max_places=20), rows[1]])
    assert once == []
    assert (summary.status, office.remote(titles.london)["maxPlaces"]) == ("succeeded", 20)
    assert (
        len(
            office.rows(
                "select 1 from adm_sync.updates u join adm_sync.events e"
                " on e.id = u.event_id where e.title = :t",
                t=titles.london,
            )
        )
        == 1
    )


@pytest.mark.thorough
def test_what_is_still_on_its_way_can_be_corrected_back(office: Office, titles: Titles) -> None:
    rows = titles.blended()
    imported(office, rows)
    given = content(small([changed(rows[0], max_places=20), rows[1]]), "first.xlsx")
    office.importer.keep(given, "a test")
    office.importer.check(given.partition, update=UpdateOptions())
    office.importer.record(given.partition)  # and it is not pushed
    office.importer.summary(given.partition)
    summary = updated(office, rows, name="back.xlsx")
    assert (summary.status, summary.events["updated"]) == ("succeeded", 1)
    assert office.remote(titles.london)["maxPlaces"] == 14
    (row,) = office.rows("select max_places from adm.events where title = :t", t=titles.london)
    assert row["max_places"] == 14
    assert list(updated(office, rows, name="once more.xlsx").findings) == []
