"""Undoing an import whose events were changed since by corrected workbooks, tutorial rows too."""

from collections.abc import Callable
from typing import Any

import pytest

from adm_sync import tables
from adm_sync.history import reading, subjects
from adm_sync.imports.undo.undoing import Undo
from adm_sync.imports.undo.undone import PutBack
from adm_sync.workbook.columns import Column
from adm_sync_tests.acceptance.again import Titles, execute, imported
from adm_sync_tests.acceptance.importing import Office
from adm_sync_tests.acceptance.test_updating import WEEK, S, updated
from adm_sync_tests.workbooks import blended, changed

HERE = "update acted.tutorial_events set {}, updated_at = now() where code = :t"
TAUGHT = (
    "insert into acted.tutorial_session_instructors (tutorialsessions_id, tutorialinstructor_id) "
    "select s.id, i.id from acted.tutorial_sessions s, acted.tutorial_instructors i "
    "where s.title like :t || '%' on conflict do nothing"
)
STAYS = "stays: it was changed here since"


def undone(office: Office, partition: str) -> tuple[str, str]:
    """What became of the one event of an import, there and here."""
    work = Undo(office.importer, partition, remove_tutorial=True)
    plan = work.plan()
    (one,) = work.carry_out(plan).events
    assert (plan.events[0].action, plan.events[0].tutorial) == (one.action, one.tutorial)
    return one.outcome, one.tutorial if one.outcome != "kept" else one.reason


def left(office: Office, title: str) -> tuple[int, int]:
    """How many events, and sessions, of a title are left here."""
    tables = ("acted.tutorial_events where code", "acted.tutorial_sessions where title")
    counts = [office.rows(f"select count(*) from {of} like :t || '%'", t=title) for of in tables]
    return counts[0][0]["count"], counts[1][0]["count"]


def everything(rows: list[Any]) -> list[Any]:
    """The same event with another value in every place that may change."""
    places = {"venue": "Bell Yard Rooms"}
    moved = [
        changed(one, start_date=one[S] + WEEK, end_date=one[S] + WEEK, **places) for one in rows
    ]
    several = {"max_places": 20, "instructor": "Agnes Tolliver"}
    moved[0] = changed(moved[0], **several, session_instructor="Benedict Oakhurst")
    return moved


CORRECTED: dict[str, Callable[[list[Any]], list[Any]]] = {
    "every value": everything,
    "a session less": lambda rows: rows[:1],
    "a session more": lambda rows: blended("CB1_LO_6", str(rows[0][Column.TITLE]), 3),
}


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("correction", CORRECTED)
def test_what_only_imports_have_changed_goes_with_its_import(
    office: Office, titles: Titles, correction: str
) -> None:
    rows = titles.blended()
    first = imported(office, rows)
    summary = updated(office, CORRECTED[correction](rows), remove_sessions=True)
    assert (summary.status, summary.events["updated"]) == ("succeeded", 1), summary.findings
    assert undone(office, first.partition) == ("deleted", "is removed")
    assert left(office, titles.london) == (0, 0)
    assert office.remotes(titles.london) == []


def test_what_administrate_was_not_sent_is_put_back_here_alone(
    office: Office, titles: Titles
) -> None:
    rows = titles.blended()
    imported(office, rows)
    event = office.remote(titles.london)["id"]
    office.sandbox.store.update(event, maxPlaces=17)
    corrected = [changed(rows[0], max_places=20, event_url="https://larkfield.example/1"), rows[1]]
    partition = updated(office, corrected, "administrate").partition
    (planned,) = Undo(office.importer, partition).plan().events
    assert {one.field: (one.now, one.where) for one in planned.puts_back} == {
        "Max places": ("17", ("here",)),
        "Event url": ("https://larkfield.example/1", ("here", "administrate")),
    }
    assert undone(office, partition) == ("reverted", "stays")
    assert office.remote(titles.london)["maxPlaces"] == 17


def test_it_is_said_that_what_is_taken_back_is_published(office: Office, titles: Titles) -> None:
    rows = titles.blended()
    imported(office, rows)
    corrected = [changed(rows[0], max_places=16), rows[1]]
    office.sandbox.store.update(office.remote(titles.london)["id"], lifecycleState="published")
    partition = updated(office, corrected, published=True).partition
    work = Undo(office.importer, partition)
    (planned,) = work.plan().events
    assert (planned.action, planned.outcome) == ("revert", "planned")
    assert "it is published in Administrate" in planned.reason
    (done,) = work.carry_out(work.plan()).events
    assert done.outcome == "reverted"


@pytest.mark.thorough
def test_an_update_that_was_taken_back_leaves_nothing_in_the_way(
    office: Office, titles: Titles
) -> None:
    rows = titles.blended()
    first = imported(office, rows)
    second = updated(office, everything(rows))
    assert (second.status, second.events["updated"]) == ("succeeded", 1), second.findings
    assert undone(office, second.partition) == ("reverted", "stays")
    assert left(office, titles.london) == (1, 2)
    assert undone(office, first.partition) == ("deleted", "is removed")
    assert left(office, titles.london) == (0, 0)


@pytest.mark.thorough(all_but_each=8)
@pytest.mark.parametrize("edit", [HERE.format("is_soldout = true"), TAUGHT])
@pytest.mark.parametrize("when", ["before", "after", "before it was taken back", "at the end"])
def test_what_a_person_has_changed_here_stays_whatever_an_import_changed_with_it(
    office: Office, titles: Titles, edit: str, when: str
) -> None:
    rows = titles.blended()
    first = imported(office, rows)

    def edit_when(now: str) -> None:
        if now == when:
            execute(office, edit, t=titles.london)

    edit_when("before")
    second = updated(office, [changed(rows[0], max_places=20), rows[1]])
    edit_when("after")
    if when not in {"before", "after"}:
        edit_when("before it was taken back")
        assert undone(office, second.partition) == ("reverted", "stays")
        edit_when("at the end")
    assert undone(office, first.partition) == ("deleted", STAYS)
    assert left(office, titles.london) == (1, 2)


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("is_taken_back", [True, False])
def test_what_a_person_had_changed_there_is_theirs_whatever_was_written_over_it(
    office: Office, titles: Titles, is_taken_back: bool
) -> None:
    rows = titles.blended()
    first = imported(office, rows)
    event = office.remote(titles.london)["id"]
    office.sandbox.store.update(event, maxPlaces=30)
    corrected = [changed(rows[0], max_places=18), rows[1]]
    second = updated(office, corrected, "workbook")
    assert office.remote(titles.london)["maxPlaces"] == 18
    if is_taken_back:
        assert undone(office, second.partition) == ("reverted", "stays")
        assert office.remote(titles.london)["maxPlaces"] == 30

    assert undone(office, first.partition) == (
        "kept",
        "it was changed in Administrate since: places",
    )

    assert office.remote(titles.london)["id"] == event


@pytest.mark.thorough
def test_what_a_decision_has_overwritten_stands_in_the_history(
    office: Office, titles: Titles
) -> None:
    """What a person had made of it on each side; where nobody had, nothing is said."""
    rows = titles.blended()
    imported(office, rows)
    event = office.remote(titles.london)["id"]
    office.sandbox.store.update(event, maxPlaces=30)
    execute(office, "update adm.events set max_places = 21 where title = :t", t=titles.london)
    corrected = [changed(rows[0], max_places=18, event_url="https://larkfield.example/1"), rows[1]]
    partition = updated(office, corrected, "workbook").partition
    engine = office.engine
    made = tables.changes("events", partition=partition, engine=engine).set_index("field")
    sides = ["before", "overwritten_here", "overwritten_there", "after"]
    assert list(made.loc["max_places", sides]) == ["14", "21", "30", "18"]
    assert list(made.loc["url", sides].isna()) == [False, True, True, False]

    (planned,) = Undo(office.importer, partition).plan().events
    both = ("here", "administrate")
    back = PutBack("Max places", "18", "14, but 30 in Administrate, 21 here", both)
    assert back in planned.puts_back
    assert undone(office, partition) == ("reverted", "stays")
    with engine.connect() as connection:
        (subject,) = subjects.find(connection, "event", titles.london)
        told = [row for row in reading.table(connection, subject) if row.field == "Max places"]
    assert [
        (row.before, row.overwritten_there, row.overwritten_here, row.after) for row in told
    ] == [
        ("18", "", "", "14, but 30 in Administrate, 21 here"),
        ("14", "30", "21", "18"),
        ("", "", "", "14"),
    ]
    assert office.remote(titles.london)["maxPlaces"] == 30
