"""A tenant whose events, sessions and people are not as the workbook has them."""

from typing import Any

import pytest

from adm_sync.push.finding import Finder
from adm_sync_tests.acceptance.pushing import (
    BLENDED,
    CLASSROOM,
    OF_BLENDED,
    ONLINE,
    SESSIONS,
    TITLES,
    Outbox,
    assert_both_sides_agree,
)

pytestmark = pytest.mark.thorough(all_but_each=3)

TEMPLATE = "CB1_LO_6"
# Instructors are never without: theirs are in the bridge tables.
WITHOUT_CONTACT = (
    "update adm_sync.steps set input = input #- '{input,contactId}'"
    " where kind = 'add_event_staff' and input #>> '{input,staffType}' = 'administrator'"
)


def template(outbox: Outbox) -> dict[str, Any]:
    (found,) = [t for t in outbox.sandbox.store.all("CourseTemplate") if t["code"] == TEMPLATE]
    return found


def change_sessions(outbox: Outbox, change: int) -> None:
    """Let the template make one session more or fewer."""
    found = template(outbox)
    sessions = found["sessions"]
    changed = [*sessions, {"title": "Revision"}] if change > 0 else sessions[:change]
    outbox.sandbox.store.update(found["id"], sessions=changed)


def forget(outbox: Outbox) -> None:
    """As when the database is restored from a backup of before the push."""
    outbox.restore("few")


def twin(outbox: Outbox, title: str = BLENDED) -> str:
    """Somebody has made the same event there once more."""
    (event,) = outbox.remotes(title)
    passing = {"id", "__typename", "createdAt", "updatedAt"}
    fields = {name: value for name, value in event.items() if name not in passing}
    return outbox.sandbox.store.add("Event", **fields)


# ---------------------------------------------------------------------- restored from a backup


def test_after_a_backup_was_restored_events_are_adopted_and_not_made_again(
    outbox: Outbox,
) -> None:
    outbox.push()
    before = outbox.remotes()
    forget(outbox)
    pushed = outbox.push()
    assert (len(pushed.created), len(pushed.adopted)) == (0, 3)
    assert not any(name.startswith("Create") for name in outbox.asked())
    assert [event["id"] for event in outbox.remotes()] == [event["id"] for event in before]
    assert_both_sides_agree(outbox)
    # Who made them is not known any more, so that an undo leaves them alone.
    assert all(row.adopted for row in outbox.execute("select adopted from adm_sync.events"))


def test_a_tenant_whose_api_has_changed_gets_nothing(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The schema has drifted: a mutation was renamed, or lost a field."""
    monkeypatch.setattr(
        "adm_sync.push.lookups.broken_in",
        lambda _schema, names: [("update_session", "there is no field update")],
    )
    pushed = outbox.push()
    assert "Changing sessions would be refused there (there is no field update)" in pushed.stopped
    assert pushed.was_refused
    assert outbox.sandbox.calls.mutations == 0
    assert set(outbox.states()) == {"pending"}


def test_a_tenant_that_does_not_let_its_schema_be_read_is_pushed_to(outbox: Outbox) -> None:
    outbox.fail("errors", "Schema", times=None, message="Introspection is switched off")
    outbox.push()
    assert_both_sides_agree(outbox)


def test_an_adopted_event_that_is_no_draft_any_more_is_told_of(outbox: Outbox) -> None:
    outbox.push()
    (event,) = outbox.remotes(ONLINE)
    outbox.sandbox.store.update(event["id"], lifecycleState="published")
    forget(outbox)
    pushed = outbox.push()
    assert pushed.warnings == [
        f"{ONLINE}: It was in Administrate already, as published, and was adopted."
    ]


def test_an_event_of_the_same_title_and_another_start_is_another_event(outbox: Outbox) -> None:
    outbox.push()
    for event in outbox.remotes():
        outbox.sandbox.store.update(
            event["id"], classroomStart="2027-02-22T09:30:00Z", lmsStart="2027-02-22T09:30:00Z"
        )
    forget(outbox)
    pushed = outbox.push()
    assert (len(pushed.created), len(pushed.adopted)) == (3, 0)


def test_an_event_that_is_there_twice_waits_for_a_person(outbox: Outbox) -> None:
    outbox.push()
    other = twin(outbox)
    forget(outbox)
    pushed = outbox.push()
    assert len(pushed.adopted) == 2
    step = outbox.creation()
    assert step.state == "failed"
    assert "2 times" in step.message
    assert other in step.message
    outbox.wait_is_over()
    outbox.push()
    assert outbox.asked() == ["Together"]  # whether it is there twice still
    assert outbox.creation().state == "failed"
    outbox.sandbox.store.remove(other)
    assert outbox.reopen() == 1
    assert len(outbox.push().adopted) == 1
    assert_both_sides_agree(outbox)


def test_an_event_that_a_proxy_made_twice_waits_for_a_person(outbox: Outbox) -> None:
    """The answer is lost, and the request was replayed."""
    outbox.fail("drop_after", "createBlended")

    def replay(point: str) -> None:
        if point == "claimed" or outbox.creation().state != "unknown":
            return
        if len(outbox.remotes(BLENDED)) == 1:
            twin(outbox)

    # What is noted of the lost answer happens before the look-up.
    look = Finder.made_since
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Finder, "made_since", lambda *arguments: (replay("look"), look(*arguments))[1]
        )
        outbox.push()
    assert outbox.creation().state == "failed"
    assert len(outbox.remotes(BLENDED)) == 2
    assert outbox.states(CLASSROOM).keys() == {"done"}


def test_an_id_that_belongs_to_another_event_here_is_not_taken(outbox: Outbox) -> None:
    outbox.push()
    taken = outbox.external_id(BLENDED)
    forget(outbox)
    outbox.execute(
        "update adm.events set external_id = :id where title = :other", id=taken, other=CLASSROOM
    )
    outbox.execute("update adm_sync.steps set state = 'failed' where event_id <> 1")
    pushed = outbox.push()
    assert not pushed.adopted
    step = outbox.creation()
    assert step.state == "failed"
    assert f"({taken})" in step.message
    assert "belongs to another event" in step.message
    assert outbox.external_id(BLENDED) is None


# ---------------------------------------------------------------------- gone


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("together", [5, 1, 0])
def test_an_event_that_somebody_deletes_at_once_is_gone_and_not_made_again(
    outbox: Outbox, together: int
) -> None:
    before = outbox.local()

    def delete(point: str) -> None:
        for event in outbox.remotes(BLENDED) if point == "event id stored" else ():
            for session in outbox.sandbox.store.children("Session", "event", event["id"]):
                outbox.sandbox.store.remove(session["id"])
            outbox.sandbox.store.remove(event["id"])

    outbox.push(delete, together=together)
    gone = [step for step in outbox.steps(BLENDED) if step.kind != "create_event"]
    assert {step.state for step in gone} == {"failed"}
    assert all(step.message.startswith("Gone: ") for step in gone)
    assert not outbox.remotes(BLENDED)
    assert len(outbox.remotes()) == 2
    assert outbox.states(CLASSROOM).keys() == outbox.states(ONLINE).keys() == {"done"}
    assert outbox.local() == before
    for _ in range(2):
        outbox.reopen()
        outbox.push()
    assert not outbox.remotes(BLENDED)
    assert outbox.states(BLENDED) == {"done": 1, "failed": len(gone)}


def test_an_error_in_the_place_of_an_event_does_not_mean_that_it_has_gone(outbox: Outbox) -> None:
    outbox.fail("null_edges", "createBlended", field="sessions")
    outbox.fail("errors_beside_data", "Event", null="node", message="Out of order")
    outbox.push()
    waiting = [step for step in outbox.steps(BLENDED) if step.kind != "create_event"]
    assert {step.state for step in waiting} == {"pending"}
    assert "Out of order" in waiting[0].message
    outbox.settle()
    assert_both_sides_agree(outbox)


# ---------------------------------------------------------------------- sessions


def test_a_session_for_which_there_is_none_in_administrate_waits_for_a_person(
    outbox: Outbox,
) -> None:
    change_sessions(outbox, -1)
    outbox.push()
    failed = [step for step in outbox.steps() if step.state == "failed"]
    assert {(step.title, step.day) for step in failed} == {(BLENDED, OF_BLENDED)}
    assert all("No session slot: the event has 2 sessions" in step.message for step in failed)
    # A person adds it there, before all others by its start; it is the missing one all the same.
    (event,) = outbox.remotes(BLENDED)
    names = ("event", "title", "start", "end", "timeZoneName", "location")
    (first, *_) = outbox.sandbox.store.children("Session", "event", event["id"])
    values = {name: first[name] for name in names} | {
        "title": "Added",
        "start": "2027-01-05T09:30:00Z",
        "end": "2027-01-05T12:30:00Z",
    }
    outbox.sandbox.store.add("Session", **values)
    assert outbox.reopen() == len(failed)
    outbox.push()
    assert_both_sides_agree(outbox)


def test_a_session_that_the_workbook_has_not_is_told_of_and_left_alone(outbox: Outbox) -> None:
    change_sessions(outbox, 1)
    pushed = outbox.push()
    (warning,) = pushed.warnings
    assert "made 4 sessions from the course template, and the workbook has 3" in warning
    assert warning.endswith("Not used there: Revision.")
    assert warning.removeprefix(f"{BLENDED}: ") == outbox.creation().message
    assert set(outbox.states()) == {"done"}
    (event,) = outbox.remotes(BLENDED)
    titles = [
        one["title"] for one in outbox.sandbox.store.children("Session", "event", event["id"])
    ]
    assert titles.count("Revision") == 1


def test_more_sessions_than_come_with_an_event_are_read_page_by_page(outbox: Outbox) -> None:
    found = template(outbox)
    many = [{"title": f"Part {number}"} for number in range(1, 131)]
    outbox.sandbox.store.update(found["id"], sessions=many)
    pushed = outbox.push()
    assert set(outbox.states()) == {"done"}
    assert "EventSessionsRest" in outbox.asked()
    assert "made 130 sessions" in " ".join(pushed.warnings)
    stored = outbox.execute("select count(distinct external_id) from adm.sessions")
    assert stored[0][0] == SESSIONS


# ---------------------------------------------------------------------- people


def test_administrators_that_nobody_could_look_up_before_are_looked_up_once(
    outbox: Outbox,
) -> None:
    outbox.execute(WITHOUT_CONTACT)
    outbox.push()
    assert outbox.asked().count("StaffContacts") == 1
    assert_both_sides_agree(outbox)


def test_a_look_up_of_people_that_fails_holds_up_only_them(outbox: Outbox) -> None:
    outbox.execute(WITHOUT_CONTACT)
    outbox.fail("errors", "StaffContacts", times=None, message="Not allowed")
    pushed = outbox.push()
    assert not pushed.stopped
    assert outbox.asked().count("StaffContacts") == 1
    waiting = [step for step in outbox.steps() if step.state != "done"]
    assert {(step.kind, step.state, step.attempts) for step in waiting} == {
        ("add_event_staff", "retry", 0)
    }
    assert all("Not allowed" in step.message for step in waiting)
    outbox.sandbox.faults.clear()
    outbox.settle()
    assert_both_sides_agree(outbox)


def test_an_administrator_whom_administrate_does_not_know_waits_for_a_person(
    outbox: Outbox,
) -> None:
    outbox.execute(WITHOUT_CONTACT)
    (person,) = [one for one in outbox.sandbox.store.all("Contact") if one["lastName"] == "Pellow"]
    outbox.sandbox.store.update(person["id"], lastName="Pillow")
    outbox.push()
    failed = [step for step in outbox.steps() if step.state == "failed"]
    assert len(failed) == len(TITLES)
    assert all("nobody of the name Marguerite Pellow" in step.message for step in failed)
    outbox.sandbox.store.update(person["id"], lastName="Pellow")
    assert outbox.reopen() == len(failed)
    outbox.push()
    assert_both_sides_agree(outbox)


# ---------------------------------------------------------------------- strange words


def test_what_the_database_cannot_hold_of_a_message_is_kept_as_an_escape(outbox: Outbox) -> None:
    outbox.fail("payload_errors", "createBlended", message="a\0b", keep_object=True)
    outbox.fail("payload_errors", "createClassroom", message="a\0b")
    outbox.push()
    assert outbox.creation(BLENDED).state == "done"
    assert outbox.creation(CLASSROOM).state == "failed"
    assert "a\\x00b" in outbox.creation(CLASSROOM).message
