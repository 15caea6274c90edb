"""Undoing an import: it takes back what is untouched, keeps everything else, and loses nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from adm_sync.database import locks, steps
from adm_sync.errors import SyncBusy, WorkbookError
from adm_sync.imports.undo import Undo
from adm_sync.imports.undone import UndoResult
from adm_sync.workbook.sheet import Content
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import content, imported, importer
from adm_sync_tests.workbooks import blended, classroom, lms_only

BLENDED, CLASSROOM, ONLINE = "CB1 London 27A-01", "CB3 Bristol 27A-01", "CB1 online 27A"
POINTS = ("undo noted", "undo answered", "undone")


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def workbook() -> Content:
    """Three events; the first has two of the six sessions that its template makes."""
    return content(*blended(title=BLENDED, sessions=2), *classroom(title=CLASSROOM), lms_only())


def undo(place: Workplace, partition: str, **options: Any) -> UndoResult:
    """Plan and carry out at once."""
    with importer(place) as opened:
        work = Undo(opened, partition, **options)
        return work.carry_out(work.plan())


def outcomes(result: UndoResult) -> dict[str, str]:
    return {event.title: event.outcome for event in result.events}


def reasons(result: UndoResult) -> dict[str, str]:
    return {event.title: event.reason for event in result.events}


def remote(place: Workplace, title: str) -> dict[str, Any]:
    (event,) = (one for one in place.sandbox.store.all("Event") if one["title"] == title)
    return event


def remote_titles(place: Workplace) -> list[str]:
    return sorted(str(one["title"]) for one in place.sandbox.store.all("Event"))


def deletions(place: Workplace) -> int:
    return len(place.sandbox.calls.named("event.delete"))


def counts(place: Workplace) -> dict[str, int]:
    """How many rows there are on this side, and how many of them are linked."""
    (row,) = place.execute(
        "select (select count(*) from acted.tutorial_events),"
        " (select count(*) from acted.tutorial_sessions),"
        " (select count(*) from adm.events), (select count(*) from adm.sessions),"
        " (select count(external_id) from adm.events),"
        " (select count(external_id) from adm.sessions)"
    )
    names = ("events", "sessions", "adm_events", "adm_sessions", "linked", "linked_sessions")
    return dict(zip(names, row, strict=True))


# ---------------------------------------------------------------------- what is untouched


def test_untouched_drafts_are_deleted_there_and_unlinked_here(
    synced: Workplace, workbook: Content
) -> None:
    partition = imported(synced, workbook)
    before = counts(synced)
    assert before["linked"] == 3

    result = undo(synced, partition)

    assert result.status == "succeeded"
    assert set(outcomes(result).values()) == {"deleted"}
    assert remote_titles(synced) == []
    assert synced.sandbox.store.all("Session") == []
    assert counts(synced) == before | {"linked": 0, "linked_sessions": 0}
    assert [len(c.variables["input"]["eventIds"]) for c in _deletion_calls(synced)] == [1, 1, 1]
    assert synced.execute("select distinct state from adm_sync.steps") == [("undone",)]
    assert synced.execute(
        "select count(*) from adm_sync.events where undone_at is null or lease_holder is not null"
    ) == [(0,)]
    assert synced.execute(
        "select status, who, summary->>'undone' from adm_sync.imports order by id desc limit 1"
    ) == [("undone", "a test", "3")]
    logged = "select count(*) from adm.api_audit_log where command = 'adm-sync undo' and success"
    assert synced.execute(logged) == [(3,)]


def _deletion_calls(place: Workplace) -> list[Any]:
    return place.sandbox.calls.named("event.delete")


def test_the_plan_writes_nothing(synced: Workplace, workbook: Content) -> None:
    partition = imported(synced, workbook)
    before = synced.execute("select t::text from adm_sync.events t")

    with importer(synced) as opened:
        plan = Undo(opened, partition).plan()

    assert [event.action for event in plan.events] == ["delete"] * 3
    assert deletions(synced) == 0
    assert synced.execute("select t::text from adm_sync.events t") == before


def test_the_workbook_can_be_imported_again_and_nothing_is_there_twice(
    synced: Workplace, workbook: Content
) -> None:
    imported(synced, workbook)
    before = counts(synced)
    undo(synced, workbook.partition)

    imported(synced, workbook)

    assert remote_titles(synced) == sorted([BLENDED, CLASSROOM, ONLINE])
    assert counts(synced) == before
    # A second undo removes what the first import made and the second only used.
    result = undo(synced, workbook.partition, remove_tutorial=True)
    assert {event.tutorial for event in result.events} == {"is removed"}
    assert set(counts(synced).values()) == {0}
    imported(synced, workbook)
    assert counts(synced) == before
    assert remote_titles(synced) == sorted([BLENDED, CLASSROOM, ONLINE])


def test_what_never_came_to_administrate_is_only_unlinked(
    synced: Workplace, workbook: Content
) -> None:
    partition = imported(synced, workbook, push=False)

    result = undo(synced, partition)

    assert set(outcomes(result).values()) == {"unlinked"}
    assert synced.sandbox.calls.mutations == 0
    with importer(synced) as opened:
        assert opened.push(partition).created == set()
    assert remote_titles(synced) == []


def test_there_is_nothing_to_undo_twice(synced: Workplace, workbook: Content) -> None:
    partition = imported(synced, workbook)
    undo(synced, partition)

    assert undo(synced, partition).events == ()
    assert deletions(synced) == 3


def test_an_unknown_import_is_said(synced: Workplace) -> None:
    with importer(synced) as opened, pytest.raises(WorkbookError, match="no import «other»"):
        Undo(opened, "other").plan()


# ---------------------------------------------------------------------- what is kept


def test_what_somebody_worked_on_is_kept_as_it_is(synced: Workplace, workbook: Content) -> None:
    partition = imported(synced, workbook)
    store = synced.sandbox.store
    store.update(remote(synced, BLENDED)["id"], lifecycleState="published")
    store.add("Learner", event=remote(synced, CLASSROOM)["id"])
    store.update(remote(synced, ONLINE)["id"], lmsEnd="2027-06-01T00:00:00Z")
    before = counts(synced)

    result = undo(synced, partition, remove_tutorial=True)

    assert result.status == "succeeded"
    assert set(outcomes(result).values()) == {"kept"}
    assert reasons(result) == {
        BLENDED: "it is published in Administrate, and no draft any more",
        CLASSROOM: "it has bookings in Administrate",
        ONLINE: "it was changed in Administrate since: LMS end",
    }
    assert deletions(synced) == 0
    assert counts(synced) == before
    assert synced.execute("select distinct status from adm_sync.imports") == [("succeeded",)]


def test_what_was_changed_after_it_was_shown_is_kept(synced: Workplace, workbook: Content) -> None:
    partition = imported(synced, workbook)
    with importer(synced) as opened:
        work = Undo(opened, partition)
        plan = work.plan()
        synced.sandbox.store.update(remote(synced, BLENDED)["id"], lifecycleState="published")

        result = work.carry_out(plan)

    assert outcomes(result) == {BLENDED: "kept", CLASSROOM: "deleted", ONLINE: "deleted"}
    message = "select message from adm_sync.imports order by id desc limit 1"
    assert synced.execute(message) == [("1 of 3 events kept",)]


def test_an_adopted_event_is_kept(synced: Workplace, workbook: Content) -> None:
    partition = imported(synced, workbook)
    synced.execute("truncate adm_sync.workbooks, adm_sync.events, acted.tutorial_events cascade")
    imported(synced, workbook)

    result = undo(synced, partition)

    assert set(reasons(result).values()) == {"it was in Administrate already, and was only adopted"}
    assert len(remote_titles(synced)) == 3


def test_an_event_that_is_gone_there_is_unlinked_here(synced: Workplace, workbook: Content) -> None:
    partition = imported(synced, workbook)
    synced.sandbox.store.remove(remote(synced, ONLINE)["id"])

    result = undo(synced, partition)

    assert outcomes(result) == {BLENDED: "deleted", CLASSROOM: "deleted", ONLINE: "unlinked"}
    assert reasons(result)[ONLINE] == "it is gone from Administrate already"
    assert counts(synced)["linked"] == 0


@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_an_event_with_an_unsettled_step_is_kept(
    synced: Workplace, workbook: Content, state: str
) -> None:
    partition = imported(synced, workbook)
    synced.execute(
        "update adm_sync.steps set state = :state where kind = 'update_session' "
        f"and event_id = (select id from adm_sync.events where title = '{CLASSROOM}')",
        state=state,
    )

    result = undo(synced, partition)

    assert outcomes(result) == {BLENDED: "deleted", CLASSROOM: "kept", ONLINE: "deleted"}
    assert reasons(result)[CLASSROOM].startswith("nobody knows yet what became of a step")


def test_a_failed_creation_that_may_be_there_after_all_is_kept(
    synced: Workplace, workbook: Content
) -> None:
    partition = imported(synced, workbook)
    synced.execute(
        "update adm_sync.events set external_id = null; "
        "update adm_sync.steps set state = 'failed' where kind = 'create_event'"
    )

    result = undo(synced, partition)

    assert set(outcomes(result).values()) == {"kept"}
    assert f"({remote(synced, ONLINE)['id']})" in reasons(result)[ONLINE]


def test_an_event_that_another_process_is_pushing_is_not_undone(
    synced: Workplace, workbook: Content
) -> None:
    partition = imported(synced, workbook)
    synced.execute(
        "update adm_sync.events set lease_holder = '1', lease_until = now() + interval '1 hour' "
        f"where title = '{CLASSROOM}'"
    )

    result = undo(synced, partition)

    assert result.status == "partial"
    assert outcomes(result)[CLASSROOM] == "failed"
    assert remote_titles(synced) == [CLASSROOM]


def test_an_import_that_is_running_is_not_undone(synced: Workplace, workbook: Content) -> None:
    partition = imported(synced, workbook)

    with (
        locks.exclusive(synced.engine, f"import {partition}", 0, lambda _sentence: None),
        pytest.raises(SyncBusy),
    ):
        undo(synced, partition)

    assert deletions(synced) == 0


def test_that_another_workbook_names_the_event_too_is_said(synced: Workplace) -> None:
    first, again = content(lms_only()), content(lms_only(), name="again.xlsx")
    imported(synced, first)
    imported(synced, again)

    with importer(synced) as opened:
        (event,) = Undo(opened, first.partition).plan().events
        assert Undo(opened, again.partition).plan().events == ()

    assert (event.action, event.reason) == ("delete", f"also in {again.partition}")


# ---------------------------------------------------------------------- when it goes wrong


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "cut_body"])
def test_a_deletion_without_an_answer_is_looked_at_and_goes_on(
    synced: Workplace, fault: str
) -> None:
    partition = imported(synced, content(lms_only()))
    synced.sandbox.faults.add(fault, match="event.delete")

    result = undo(synced, partition)

    assert outcomes(result) == {ONLINE: "deleted"}
    assert remote_titles(synced) == []
    assert counts(synced)["linked"] == 0


def test_a_deletion_that_is_never_answered_is_taken_up_by_the_next_undo(
    synced: Workplace,
) -> None:
    partition = imported(synced, content(lms_only()))
    synced.sandbox.faults.add("drop_before", match="event.delete", times=2)

    result = undo(synced, partition)

    assert (result.status, outcomes(result)) == ("failed", {ONLINE: "failed"})
    assert "Run adm-sync undo again." in result.message
    with importer(synced) as opened:
        assert opened.push(partition).requests == 0
    assert outcomes(undo(synced, partition)) == {ONLINE: "deleted"}


def test_a_refused_deletion_leaves_everything_as_it_was(synced: Workplace) -> None:
    partition = imported(synced, content(lms_only()))
    before = synced.execute("select state, position from adm_sync.steps order by 2")
    synced.sandbox.faults.add("payload_errors", match="event.delete", message="Not today")

    result = undo(synced, partition)

    assert reasons(result) == {ONLINE: "Administrate refused to delete it: Not today"}
    assert synced.execute("select state, position from adm_sync.steps order by 2") == before
    assert counts(synced)["linked"] == 1


def test_if_administrate_goes_away_the_rest_stays_for_the_next_undo(
    synced: Workplace, workbook: Content
) -> None:
    partition = imported(synced, workbook)
    with importer(synced) as opened:
        work = Undo(opened, partition)
        plan = work.plan()
        # One event is read and deleted; the second is read, and not deleted.
        synced.sandbox.faults.add("status", times=None, code=503, skip=3)
        result = work.carry_out(plan)
    synced.sandbox.faults.clear()

    assert result.status == "partial"
    assert sorted(outcomes(result).values()) == ["deleted", "failed", "failed"]
    assert len(remote_titles(synced)) == counts(synced)["linked"] == 2
    assert set(outcomes(undo(synced, partition)).values()) == {"deleted"}
    assert remote_titles(synced) == []


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_undo_is_finished_by_the_next_one(
    synced: Workplace, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    partition = imported(synced, content(lms_only(), *classroom(title=CLASSROOM)))

    def reached(here: str) -> None:
        if here == point:
            # Whoever is killed gives no lease back.
            monkeypatch.setattr(steps, "let_go", lambda *_: None)
            raise Killed

    with pytest.raises(Killed), importer(synced, reached) as opened:
        work = Undo(opened, partition)
        work.carry_out(work.plan())
    monkeypatch.undo()
    _settings_again(synced)

    result = undo(synced, partition, remove_tutorial=True)

    assert result.status == "succeeded"
    assert remote_titles(synced) == []
    assert counts(synced)["linked"] == 0
    assert deletions(synced) == 2


def _settings_again(place: Workplace) -> None:
    place.set(**{name.lower(): value for name, value in place.environment.items()})


# ---------------------------------------------------------------------- the tutorial rows


def refer_to(place: Workplace) -> None:
    """A table that nobody told the project of refers to the tutorial event."""
    place.execute(
        "create table public.bookings (event_id bigint references acted.tutorial_events(id)); "
        "insert into public.bookings select id from acted.tutorial_events"
    )


def change_here(place: Workplace) -> None:
    place.execute("update acted.tutorial_sessions set updated_at = now() + interval '1 hour'")


def add_a_session(place: Workplace) -> None:
    place.execute(
        "insert into acted.tutorial_sessions (title, start_date, end_date, sequence, created_at, "
        "updated_at, tutorial_event_id) select 'More', now(), now(), 9, now(), now(), id "
        "from acted.tutorial_events"
    )


@pytest.mark.parametrize(
    ("happened", "tutorial"),
    [
        (refer_to, "stays: other records refer to it"),
        (add_a_session, "stays: other records refer to it"),
        (change_here, "stays: it was changed here since"),
    ],
)
def test_a_tutorial_event_that_others_use_is_not_removed(
    synced: Workplace, happened: Callable[[Workplace], None], tutorial: str
) -> None:
    partition = imported(synced, content(*classroom(title=CLASSROOM)))
    happened(synced)
    before = counts(synced)

    (event,) = undo(synced, partition, remove_tutorial=True).events

    assert (event.outcome, event.tutorial) == ("deleted", tutorial)
    assert counts(synced) == before | {"linked": 0, "linked_sessions": 0}


def test_a_tutorial_event_from_before_the_import_is_not_removed(synced: Workplace) -> None:
    workbook = content(lms_only())
    imported(synced, workbook, push=False)
    synced.execute("truncate adm_sync.workbooks, adm_sync.events cascade")
    imported(synced, workbook)

    (event,) = undo(synced, workbook.partition, remove_tutorial=True).events

    assert (event.outcome, event.tutorial) == ("deleted", "stays: it was there before the import")
    assert counts(synced)["events"] == 1


def test_an_event_that_was_deleted_here_can_be_undone_and_imported_again(
    synced: Workplace,
) -> None:
    workbook = content(lms_only())
    imported(synced, workbook)
    synced.execute(
        "update adm.events set tutorial_event_id = null; delete from acted.tutorial_events"
    )

    (event,) = undo(synced, workbook.partition).events

    assert (event.outcome, event.tutorial) == ("deleted", "is gone already")
    imported(synced, workbook)
    assert remote_titles(synced) == [ONLINE]
    assert counts(synced)["events"] == counts(synced)["linked"] == 1
