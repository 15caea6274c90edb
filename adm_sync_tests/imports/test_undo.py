"""Undoing an import: it takes back what is untouched, keeps everything else, and loses nothing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from adm_sync.database import locks, steps
from adm_sync.errors import SyncBusy, WorkbookError
from adm_sync.imports.undo.undoing import Undo
from adm_sync.imports.undo.undone import UndoResult
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.desk.visiting import local_browser, text_of
from adm_sync_tests.imports.imported import (
    BLENDED,
    CLASSROOM,
    ONLINE,
    TITLES,
    content,
    imported,
    importer,
    remote,
    remote_titles,
    three_events,
)
from adm_sync_tests.workbooks import lms_only

pytestmark = pytest.mark.thorough(all_but_each=3)

PARTITION = three_events().partition
POINTS = ("undo noted", "undo answered", "undone")


class Killed(BaseException):
    """The process ends here."""


def undo(**options: Any) -> UndoResult:
    """Plan and carry out at once."""
    with importer() as opened:
        work = Undo(opened, PARTITION, **options)
        return work.carry_out(work.plan())


def outcomes(result: UndoResult) -> dict[str, str]:
    return {event.title: event.outcome for event in result.events}


def reasons(result: UndoResult) -> dict[str, str]:
    return {event.title: event.reason for event in result.events}


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


def test_untouched_drafts_are_deleted_there_and_unlinked_here(done: Workplace) -> None:
    before = counts(done)
    assert before["linked"] == 3

    result = undo()

    assert result.status == "succeeded"
    assert set(outcomes(result).values()) == {"deleted"}
    assert remote_titles(done) == []
    assert done.sandbox.store.all("Session") == []
    assert counts(done) == before | {"linked": 0, "linked_sessions": 0}
    assert [len(c.variables["input"]["eventIds"]) for c in _deletion_calls(done)] == [1, 1, 1]
    assert done.execute("select distinct state from adm_sync.steps") == [("undone",)]
    assert done.execute(
        "select count(*) from adm_sync.events where undone_at is null or lease_holder is not null"
    ) == [(0,)]
    assert done.execute(
        "select status, who, summary->>'undone' from adm_sync.imports order by id desc limit 1"
    ) == [("undone", "a test", "3")]
    logged = "select count(*) from adm.api_audit_log where command = 'adm-sync undo' and success"
    assert done.execute(logged) == [(3,)]


def _deletion_calls(place: Workplace) -> list[Any]:
    return place.sandbox.calls.named("event.delete")


def test_the_plan_writes_nothing(done: Workplace) -> None:
    before = done.execute("select t::text from adm_sync.events t")

    with importer() as opened:
        plan = Undo(opened, PARTITION).plan()

    assert [event.action for event in plan.events] == ["delete"] * 3
    assert deletions(done) == 0
    assert done.execute("select t::text from adm_sync.events t") == before


@pytest.mark.thorough
def test_the_workbook_can_be_imported_again_and_nothing_is_there_twice(done: Workplace) -> None:
    before = counts(done)
    undo()

    imported(three_events())

    assert remote_titles(done) == TITLES
    assert counts(done) == before
    # A second undo removes what the first import made and the second only used.
    result = undo(remove_tutorial=True)
    assert {event.tutorial for event in result.events} == {"is removed"}
    assert set(counts(done).values()) == {0}
    imported(three_events())
    assert counts(done) == before
    assert remote_titles(done) == TITLES


def test_what_never_came_to_administrate_is_only_unlinked(waiting: Workplace) -> None:
    result = undo()

    assert set(outcomes(result).values()) == {"unlinked"}
    assert waiting.sandbox.calls.mutations == 0
    with importer() as opened:
        assert opened.push(PARTITION).created == set()
    assert remote_titles(waiting) == []


def test_there_is_nothing_to_undo_twice(done: Workplace) -> None:
    undo()

    assert undo().events == ()
    assert deletions(done) == 3


def test_an_unknown_import_is_said(done: Workplace) -> None:
    with importer() as opened, pytest.raises(WorkbookError, match="no import «other»"):
        Undo(opened, "other").plan()


# ---------------------------------------------------------------------- what is kept


def test_what_somebody_worked_on_is_kept_as_it_is(done: Workplace) -> None:
    store = done.sandbox.store
    store.update(remote(done, BLENDED)["id"], lifecycleState="published")
    contact = str(store.all("Contact")[0]["id"])
    store.add("Learner", event=remote(done, CLASSROOM)["id"], contact=contact)
    store.update(remote(done, ONLINE)["id"], lmsEnd="2027-06-01T00:00:00Z")
    before = counts(done)

    result = undo(remove_tutorial=True)

    assert result.status == "succeeded"
    assert set(outcomes(result).values()) == {"kept"}
    assert reasons(result) == {
        BLENDED: "it is published in Administrate, and no draft any more",
        CLASSROOM: "it has bookings in Administrate",
        ONLINE: "it was changed in Administrate since: LMS end",
    }
    assert deletions(done) == 0
    assert counts(done) == before
    assert done.execute("select distinct status from adm_sync.imports") == [("succeeded",)]


def test_what_was_changed_after_it_was_shown_is_kept(done: Workplace) -> None:
    with importer() as opened:
        work = Undo(opened, PARTITION)
        plan = work.plan()
        done.sandbox.store.update(remote(done, BLENDED)["id"], lifecycleState="published")

        result = work.carry_out(plan)

    assert outcomes(result) == {BLENDED: "kept", CLASSROOM: "deleted", ONLINE: "deleted"}
    message = "select message from adm_sync.imports order by id desc limit 1"
    assert done.execute(message) == [("1 of 3 events kept",)]


def test_an_adopted_event_is_kept(done: Workplace) -> None:
    done.execute("truncate adm_sync.workbooks, adm_sync.events, acted.tutorial_events cascade")
    imported(three_events())

    result = undo()

    assert set(reasons(result).values()) == {"it was in Administrate already, and was only adopted"}
    assert len(remote_titles(done)) == 3


def test_an_event_that_is_gone_there_is_unlinked_here(done: Workplace) -> None:
    done.sandbox.store.remove(remote(done, ONLINE)["id"])

    result = undo()

    assert outcomes(result) == {BLENDED: "deleted", CLASSROOM: "deleted", ONLINE: "unlinked"}
    assert reasons(result)[ONLINE] == "it is gone from Administrate already"
    assert counts(done)["linked"] == 0


@pytest.mark.thorough
def test_an_event_with_an_unsettled_step_is_kept(done: Workplace) -> None:
    done.execute(
        "update adm_sync.steps set state = 'unknown' where kind = 'update_session' "
        f"and event_id = (select id from adm_sync.events where title = '{CLASSROOM}')",
    )

    result = undo()

    assert outcomes(result) == {BLENDED: "deleted", CLASSROOM: "failed", ONLINE: "deleted"}
    assert result.status == "partial"
    assert reasons(result)[CLASSROOM].startswith("nobody knows yet what became of a step")


def test_a_failed_creation_that_may_be_there_after_all_is_kept(done: Workplace) -> None:
    done.execute(
        "update adm_sync.events set external_id = null; "
        "update adm_sync.steps set state = 'failed' where kind = 'create_event'"
    )

    result = undo()

    assert set(outcomes(result).values()) == {"kept"}
    assert f"({remote(done, ONLINE)['id']})" in reasons(result)[ONLINE]


def test_an_event_that_another_process_is_pushing_is_not_undone(done: Workplace) -> None:
    done.execute(
        "update adm_sync.events set lease_holder = '1', lease_until = now() + interval '1 hour' "
        f"where title = '{CLASSROOM}'"
    )

    result = undo()

    assert result.status == "partial"
    assert outcomes(result)[CLASSROOM] == "failed"
    assert remote_titles(done) == [CLASSROOM]


def test_an_import_that_is_running_is_not_undone(done: Workplace) -> None:

    with (
        locks.exclusive(done.engine, f"import {PARTITION}", 0, lambda _sentence: None),
        pytest.raises(SyncBusy),
    ):
        undo()

    assert deletions(done) == 0


def test_that_another_workbook_names_the_event_too_is_said(waiting: Workplace) -> None:
    again = content(lms_only(), name="again.xlsx")
    imported(again, push=False)

    with importer() as opened:
        reasons_now = reasons(Undo(opened, PARTITION).plan())
        assert Undo(opened, again.partition).plan().events == ()

    assert reasons_now[ONLINE] == f"it never came to Administrate; also in {again.partition}"
    assert reasons_now[BLENDED] == "it never came to Administrate"


# ---------------------------------------------------------------------- when it goes wrong


@pytest.mark.parametrize(("fault", "sent"), [("drop_after", 3), ("drop_before", 4)])
def test_a_deletion_without_an_answer_is_looked_at_and_goes_on(
    done: Workplace, fault: str, sent: int
) -> None:
    done.sandbox.faults.add(fault, match="event.delete")

    result = undo()

    assert set(outcomes(result).values()) == {"deleted"}
    assert deletions(done) == sent
    assert remote_titles(done) == []
    assert counts(done)["linked"] == 0


def test_a_deletion_that_is_never_answered_is_taken_up_by_the_next_undo(done: Workplace) -> None:
    done.sandbox.faults.add("drop_before", match="event.delete", times=None)

    result = undo()
    done.sandbox.faults.clear()

    assert (result.status, result.count("failed")) == ("failed", 3)
    assert "Run adm-sync undo again." in result.message
    with importer() as opened:
        assert opened.push(PARTITION).requests == 0
    assert set(outcomes(undo()).values()) == {"deleted"}
    assert remote_titles(done) == []


def test_a_refused_deletion_leaves_everything_as_it_was(done: Workplace) -> None:
    states = "select event_id, position, state from adm_sync.steps order by 1, 2"
    before = done.execute(states)
    done.sandbox.faults.add("payload_errors", match="event.delete", times=None, message="Not today")

    result = undo()

    assert result.status == "failed"
    assert set(outcomes(result).values()) == {"failed"}
    assert set(reasons(result).values()) == {"Administrate refused to delete it: Not today"}
    assert done.execute(states) == before
    assert counts(done)["linked"] == 3


def test_if_administrate_goes_away_the_rest_stays_for_the_next_undo(done: Workplace) -> None:
    with importer() as opened:
        one_by_one = replace(opened.options.push, workers=1)
        opened.options = replace(opened.options, push=one_by_one)
        work = Undo(opened, PARTITION)
        plan = work.plan()
        # One event is read and deleted; the second is read, and not deleted.
        done.sandbox.faults.add("status", times=None, code=403, skip=3)
        result = work.carry_out(plan)
    done.sandbox.faults.clear()

    assert result.status == "partial"
    assert sorted(outcomes(result).values()) == ["deleted", "failed", "failed"]
    assert len(remote_titles(done)) == counts(done)["linked"] == 2
    assert set(outcomes(undo()).values()) == {"deleted"}
    assert remote_titles(done) == []


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_undo_is_finished_by_the_next_one(done: Workplace, point: str) -> None:
    def reached(here: str) -> None:
        if here == point:
            raise Killed

    with pytest.MonkeyPatch.context() as patch, importer(reached) as opened:
        # Whoever is killed gives no lease back.
        patch.setattr(steps, "let_go", lambda *_: None)
        work = Undo(opened, PARTITION)
        plan = work.plan()
        with pytest.raises(Killed):
            work.carry_out(plan)
    if point != "undone":
        (listed,) = done.json("imports")["imports"]
        assert listed["state"] == "failed"
        told = done.json("today", status=1)
        assert "import" in {item["matter"] for item in told["items"]}
        shown = done.run("imports", PARTITION, status=1).stdout
        assert "Taking it back was begun and not finished" in shown

    result = undo(remove_tutorial=True)

    assert result.status == "succeeded"
    assert remote_titles(done) == []
    assert counts(done)["linked"] == 0
    assert deletions(done) == 3
    assert done.json("imports")["imports"][0]["state"] == "undone"


def broken_off(after: int, only: Sequence[str] = ()) -> None:
    """An undo whose process is killed between two events, once so many are taken back."""
    done: list[str] = []

    def reached(here: str) -> None:
        done.extend(["one"] * (here == "undone"))
        if len(done) == after and here == "undone":
            raise Killed

    with importer(reached) as opened:
        opened.options = replace(opened.options, push=replace(opened.options.push, workers=1))
        work = Undo(opened, PARTITION, only=frozenset(only))
        plan = work.plan()
        with pytest.raises(Killed):
            work.carry_out(plan)


def test_an_undo_that_was_broken_off_between_two_events_is_told_until_it_is_ended(
    done: Workplace,
) -> None:
    broken_off(after=1)

    said = "Taking it back did not come to its end: 1 event was taken back, and 2 still stand."
    (item,) = (one for one in done.json("today", status=1)["items"] if one["matter"] == "undo")
    assert item["kind"] == "failed"
    assert item["sentence"] == f"«{PARTITION}»: {said}"
    assert item["remedy"] == f"adm-sync undo {PARTITION} goes on with what is left."
    assert f"{said} adm-sync undo {PARTITION}" in done.run("imports", PARTITION, status=1).stdout
    shown = done.json("imports", PARTITION, status=1)
    assert (shown["status"], shown["broken_undo"]["left"]) == ("interrupted", 2)
    with local_browser() as browser:
        assert said in text_of(browser, f"/imports/{PARTITION}")
        assert f'href="/imports/{PARTITION}/undo"' in browser.get("/").text

    undo()

    assert not [item for item in done.json("today")["items"] if item["kind"]]
    assert done.json("imports", PARTITION)["broken_undo"] is None


@pytest.mark.thorough
def test_an_undo_of_some_events_that_failed_names_those_and_nothing_else(done: Workplace) -> None:
    external_id = str(remote(done, BLENDED)["id"])
    done.set(adm_sync_retry_budget_seconds="1")
    with importer() as opened:
        work = Undo(opened, PARTITION, only=frozenset([external_id]))
        plan = work.plan()
        done.sandbox.faults.add("status", match="mutation", code=503, times=None)
        result = work.carry_out(plan)
    assert result.status == "failed"
    shown = done.json("imports", PARTITION, status=1)["broken_undo"]
    assert shown["command"] == f"adm-sync undo --only={external_id} {PARTITION}"


def test_a_killed_undo_is_told_until_it_is_ended_whatever_is_done_in_between(
    done: Workplace,
) -> None:
    def reached(here: str) -> None:
        if here == "undo answered":
            raise Killed

    with pytest.MonkeyPatch.context() as patch, importer(reached) as opened:
        patch.setattr(steps, "let_go", lambda *_: None)
        work = Undo(opened, PARTITION)
        plan = work.plan()
        with pytest.raises(Killed):
            work.carry_out(plan)
    assert remote_titles(done) == []

    def told() -> tuple[object, ...]:
        (listed,) = done.json("imports")["imports"]
        today = {item["matter"] for item in done.json("today", status=1)["items"]}
        page = done.run_any("imports", PARTITION).stdout
        return listed["state"], "import" in today, "Taking it back was begun" in page

    for _ in range(2):
        assert told() == ("failed", True, True)
        with importer() as opened:
            rehearsed = opened.rehearsal(three_events())
        assert rehearsed.status == "failed"
        assert all("Taking it back was begun" in one for one in rehearsed.warnings)
        assert len(rehearsed.warnings) == 3
        assert told() == ("failed", True, True)
        with importer() as opened:
            opened.check(PARTITION)
            opened.record(PARTITION)
            opened.push(PARTITION)
            summary = opened.summary(PARTITION)
            print("REAL", summary)
        assert summary.status != "succeeded"
    assert told() == ("failed", True, True)
    assert remote_titles(done) == []

    assert undo().status == "succeeded"
    assert done.json("imports")["imports"][0]["state"] == "undone"


# ---------------------------------------------------------------------- the tutorial rows


OF_CLASSROOM = f"(select id from acted.tutorial_events where code = '{CLASSROOM}')"


def refer_to(place: Workplace) -> None:
    """A table that nobody told the project of refers to the tutorial event."""
    place.execute(
        "create table public.bookings (event_id bigint references acted.tutorial_events(id)); "
        f"insert into public.bookings {OF_CLASSROOM}"
    )


def change_here(place: Workplace) -> None:
    place.execute(
        "update acted.tutorial_sessions set updated_at = now() + interval '1 hour' "
        f"where tutorial_event_id = {OF_CLASSROOM}"
    )


def add_a_session(place: Workplace) -> None:
    place.execute(
        "insert into acted.tutorial_sessions (title, start_date, end_date, sequence, created_at, "
        "updated_at, tutorial_event_id) "
        f"select 'More', now(), now(), 9, now(), now(), {OF_CLASSROOM}"
    )


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize(
    ("happened", "tutorial"),
    [
        (refer_to, "stays: other records refer to it"),
        (add_a_session, "stays: other records refer to it"),
        (change_here, "stays: it was changed here since"),
    ],
)
def test_a_tutorial_event_that_others_use_is_not_removed(
    done: Workplace, happened: Callable[[Workplace], None], tutorial: str
) -> None:
    happened(done)
    before = counts(done)

    events = {event.title: event for event in undo(remove_tutorial=True).events}

    kept = events[CLASSROOM]
    assert (kept.outcome, kept.tutorial) == ("deleted", tutorial)
    assert events[ONLINE].tutorial == "is removed"
    now = counts(done)
    assert now["events"] == now["adm_events"] == before["events"] - 2
    assert now["linked"] == 0


def test_a_tutorial_event_from_before_the_import_is_not_removed(waiting: Workplace) -> None:
    waiting.execute("truncate adm_sync.workbooks, adm_sync.events cascade")
    imported(three_events())

    result = undo(remove_tutorial=True)

    assert set(outcomes(result).values()) == {"deleted"}
    assert {event.tutorial for event in result.events} == {"stays: it was there before the import"}
    assert counts(waiting)["events"] == 3


@pytest.mark.thorough
def test_an_event_that_was_deleted_here_can_be_undone_and_imported_again(done: Workplace) -> None:
    done.execute(
        "update adm.events set tutorial_event_id = null; "
        "update adm.sessions set tutorial_session_id = null; "
        "delete from acted.tutorial_session_instructors; delete from acted.tutorial_sessions; "
        "delete from acted.tutorial_events"
    )

    result = undo()

    assert {(one.outcome, one.tutorial) for one in result.events} == {
        ("deleted", "is gone already")
    }
    imported(three_events())
    assert remote_titles(done) == TITLES
    assert counts(done)["events"] == counts(done)["linked"] == 3


def test_many_events_are_read_together_and_deleted_at_the_same_time(done: Workplace) -> None:
    """As many requests are on their way as the rate needs."""
    done.sandbox.options.latency = 0.1
    done.sandbox.calls.clear()

    assert set(outcomes(undo()).values()) == {"deleted"}

    assert done.sandbox.calls.most_at_once == len(TITLES)
    read = [call.root_fields for call in done.sandbox.calls if call.kind == "query"]
    assert read[0] == ("node",) * len(TITLES)
