"""Events that Administrate has more than once: told of, proposed for removal, and removed."""

from pathlib import Path
from typing import Any

import pytest

from adm_sync.imports.importing import Importer
from adm_sync.imports.undo.doubles import Double, Doubles
from adm_sync.imports.undo.relinking import Relink, Relinking
from adm_sync.imports.undo.undoing import Undo
from adm_sync_tests.acceptance.passing_time import later
from adm_sync_tests.acceptance.pushing import (
    BLENDED,
    ONLINE,
    TITLES,
    Outbox,
    assert_both_sides_agree,
)
from adm_sync_tests.acceptance.test_once import HOUR, add_field, doubled, push, resend

pytestmark = pytest.mark.thorough(all_but_each=3)


@pytest.fixture
def importer(outbox: Outbox, tmp_path: Path) -> Importer:
    """With an event that is there twice: its first creation was carried out after its second."""
    resend(outbox, 0.5)
    later(outbox, HOUR + 1)
    push(outbox)
    assert len(doubled(outbox)) == 2
    return outbox.importer(tmp_path)


def other(outbox: Outbox) -> str:
    """The one that is not linked here."""
    (found,) = set(doubled(outbox)) - {outbox.external_id()}
    return found


def differences(importer: Importer) -> list[tuple[str, str | None]]:
    return [(one.kind, one.external_id) for one in importer.reconcile().differences]


def remove(importer: Importer) -> list[Double]:
    return Doubles(importer).remove(Doubles(importer).propose())


@pytest.mark.thorough
def test_the_one_that_is_not_linked_is_proposed_and_removed(
    outbox: Outbox, importer: Importer
) -> None:
    twin, linked = other(outbox), outbox.external_id()
    assert differences(importer) == [("doubled_in_administrate", linked)]
    (proposed,) = Doubles(importer).propose()
    assert (proposed.external_id, proposed.may_go, proposed.stays) == (twin, True, (linked,))
    assert len(outbox.remotes(BLENDED)) == 2
    (done,) = Doubles(importer).remove([proposed])
    assert done.outcome == "removed"
    assert [one["id"] for one in outbox.remotes(BLENDED)] == [linked]
    assert doubled(outbox) == []
    assert outbox.creation().state == "done"
    assert_both_sides_agree(outbox)
    assert differences(importer) == []
    assert Doubles(importer).propose() == []
    deletions = "select count(*) from adm.api_audit_log where operation = 'delete_event'"
    assert outbox.execute(deletions)[0][0] == 1


def book(outbox: Outbox, event: str) -> None:
    outbox.sandbox.store.add("Learner", event=event, contact=_contact(outbox))


def _contact(outbox: Outbox) -> Any:
    return outbox.sandbox.store.all("Contact")[0]["id"]


def change_session(outbox: Outbox, event: str) -> None:
    (first, *_) = outbox.sandbox.store.children("Session", "event", event)
    outbox.sandbox.store.update(first["id"], title="Moved by hand")


CHANGES: dict[str, Any] = {
    "published": lambda outbox, event: outbox.sandbox.store.update(
        event, lifecycleState="published"
    ),
    "bookings": book,
    "title": lambda outbox, event: outbox.sandbox.store.update(event, title=f"{BLENDED} (new)"),
    "notes": lambda outbox, event: outbox.sandbox.store.update(event, internalNotes="Keep this"),
    "title of the session": change_session,
}


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("what", CHANGES)
def test_one_that_was_booked_or_changed_stays_and_it_is_said_why(
    outbox: Outbox, importer: Importer, what: str
) -> None:
    before = Doubles(importer).propose()
    CHANGES[what](outbox, other(outbox))
    (proposed,) = Doubles(importer).propose()
    assert not proposed.may_go
    assert what in proposed.reason
    # Also if it happened after somebody had agreed.
    (kept,) = Doubles(importer).remove(before)
    assert (kept.outcome, kept.reason) == ("kept", proposed.reason)
    assert len(doubled(outbox)) == 2
    assert outbox.creation().state == "failed"


@pytest.mark.parametrize("how", ["removed", "cancelled"])
def test_a_double_that_a_person_has_seen_to_is_none_any_more(
    outbox: Outbox, importer: Importer, how: str
) -> None:
    twin, store = other(outbox), outbox.sandbox.store
    store.remove(twin) if how == "removed" else store.update(twin, lifecycleState="cancelled")
    assert "doubled_in_administrate" not in dict(differences(importer))
    assert doubled(outbox) == []
    assert outbox.creation().state == "done"


def test_if_the_linked_one_is_gone_nothing_is_removed(outbox: Outbox, importer: Importer) -> None:
    outbox.sandbox.store.remove(str(outbox.external_id()))
    (kept,) = remove(importer)
    assert kept.outcome == "kept"
    assert "linked here" in kept.reason
    assert len(outbox.remotes(BLENDED)) == 1


def test_of_two_that_are_not_linked_the_younger_is_removed(outbox: Outbox, tmp_path: Path) -> None:
    push(outbox)
    (first,) = outbox.remotes(ONLINE)
    passing = {"id", "__typename", "createdAt", "updatedAt"}
    values = {name: value for name, value in first.items() if name not in passing}
    outbox.sandbox.age(HOUR)
    younger = outbox.sandbox.store.add("Event", **values)
    outbox.restore("few")
    push(outbox)
    assert sorted(doubled(outbox, ONLINE)) == sorted([first["id"], younger])
    importer = outbox.importer(tmp_path)
    (done,) = remove(importer)
    assert (done.external_id, done.outcome) == (younger, "removed")
    assert len(push(outbox).adopted) == 1
    assert outbox.external_id(ONLINE) == first["id"]
    assert_both_sides_agree(outbox)


def test_reconcile_finds_a_double_that_nobody_looked_for(outbox: Outbox, tmp_path: Path) -> None:
    push(outbox)
    (first,) = outbox.remotes(BLENDED)
    passing = {"id", "__typename", "createdAt", "updatedAt", "title"}
    values = {name: value for name, value in first.items() if name not in passing}
    twin = outbox.sandbox.store.add("Event", **values, title=BLENDED.upper())
    importer = outbox.importer(tmp_path)
    assert ("doubled_in_administrate", first["id"]) in differences(importer)
    assert doubled(outbox) == [first["id"], twin]
    assert outbox.creation().state == "failed"
    assert twin in outbox.creation().message
    assert importer.reconcile().status == "failed"
    outbox.reopen()  # nothing has been decided yet
    push(outbox)
    assert outbox.creation().state == "failed"
    outbox.sandbox.store.remove(twin)
    assert importer.reconcile().status == "succeeded"
    assert_both_sides_agree(outbox)


def test_a_removal_that_is_refused_leaves_both(outbox: Outbox, importer: Importer) -> None:
    outbox.fail("payload_errors", "event.delete", message="Not today")
    (kept,) = remove(importer)
    assert (kept.outcome, "Not today" in kept.reason) == ("kept", True)
    assert len(doubled(outbox)) == 2


def test_a_removal_without_an_answer_is_looked_at(outbox: Outbox, importer: Importer) -> None:
    outbox.fail("drop_after", "event.delete")
    (done,) = remove(importer)
    assert done.outcome == "removed"
    assert len(outbox.remotes(BLENDED)) == 1
    assert doubled(outbox) == []


def test_an_import_with_a_double_is_not_undone_before_a_person_has_decided(
    outbox: Outbox, importer: Importer
) -> None:
    ((partition,),) = outbox.execute("select partition from adm_sync.workbooks")
    plan = Undo(importer, partition).plan()
    actions = {one.title: (one.action, one.reason) for one in plan.events}
    assert actions[BLENDED][0] == "keep"
    assert "adm-sync reconcile" in actions[BLENDED][1]
    assert actions[ONLINE][0] == "delete"


# ---------------------------------------------------------------------- what somebody deleted


def delete(outbox: Outbox, event: str) -> None:
    """Somebody deletes an event in Administrate, with all that belongs to it."""
    store = outbox.sandbox.store
    for kind in ("Staff", "Session"):
        for one in list(store.children(kind, "event", event)):
            store.remove(one["id"])
    store.remove(event)


def link_what_is_left(importer: Importer) -> list[Relink]:
    return Relinking(importer).relink(Relinking(importer).propose())


def test_the_one_that_is_left_is_linked_on_a_word_and_gets_what_it_needs(
    outbox: Outbox, importer: Importer
) -> None:
    twin, linked = other(outbox), str(outbox.external_id())
    delete(outbox, linked)
    push(outbox)
    assert outbox.asked() == ["Together"]
    step = outbox.creation()
    assert step.state == "failed"
    for words in (linked, "not in Administrate any more", f"({twin})", "--relink"):
        assert words in step.message
    assert (doubled(outbox), outbox.external_id()) == ([twin], linked)
    (proposed,) = Relinking(importer).propose()
    assert (proposed.external_id, proposed.instead_of) == (twin, linked)
    assert differences(importer) == [("deleted_in_administrate", linked)]
    (done,) = Relinking(importer).relink([proposed])
    assert done.outcome == "linked"
    assert (doubled(outbox), outbox.external_id()) == ([], twin)
    assert outbox.creation().state == "done"
    outbox.settle()
    assert_both_sides_agree(outbox)
    assert Relinking(importer).propose() == []
    assert differences(importer) == []


@pytest.mark.thorough
def test_what_is_proposed_to_be_linked_is_looked_at_again_before(
    outbox: Outbox, importer: Importer
) -> None:
    twin, linked = other(outbox), str(outbox.external_id())
    outbox.sandbox.store.update(linked, lifecycleState="cancelled")
    proposed = Relinking(importer).propose()
    assert [one.external_id for one in proposed] == [twin]
    outbox.sandbox.store.update(linked, lifecycleState="draft")
    (kept,) = Relinking(importer).relink(proposed)
    assert (kept.outcome, outbox.external_id()) == ("kept", linked)


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("finder", ["push", "reconcile"])
def test_one_that_carries_our_mark_is_linked_when_the_linked_one_was_deleted(
    outbox: Outbox, tmp_path: Path, finder: str
) -> None:
    """Events with marks travel together, so that all three are there twice."""
    add_field(outbox)
    resend(outbox, 0.5)
    later(outbox, HOUR + 1)
    push(outbox)
    linked = {title: str(outbox.external_id(title)) for title in TITLES}
    twins = {title: (*{*doubled(outbox, title)} - {linked[title]},)[0] for title in TITLES}
    for one in linked.values():
        delete(outbox, one)
    if finder == "reconcile":
        found = outbox.importer(tmp_path).reconcile().differences
        assert [one.external_id for one in found if twins[one.title] in one.detail]
        assert all("has its mark, is linked by the next push" in one.detail for one in found)
        assert len(found) == len(TITLES)
    pushed = push(outbox)
    assert len(pushed.adopted) == len(TITLES)
    assert any(linked[BLENDED] in one and twins[BLENDED] in one for one in pushed.warnings)
    assert {title: outbox.external_id(title) for title in TITLES} == twins
    assert_both_sides_agree(outbox)


def restored_with_two(outbox: Outbox) -> tuple[str, str]:
    """Of two events that were made long ago nothing is known here; gives their ids."""
    push(outbox)
    (first,) = outbox.remotes(ONLINE)
    passing = {"id", "__typename", "createdAt", "updatedAt"}
    values = {name: value for name, value in first.items() if name not in passing}
    second = outbox.sandbox.store.add("Event", **values)
    outbox.sandbox.age(40 * 24 * HOUR)
    outbox.restore("few")
    push(outbox)
    assert sorted(doubled(outbox, ONLINE)) == sorted([first["id"], second])
    return str(first["id"]), second


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("seen_by", ["push", "reconcile", "remove doubles"])
def test_of_two_from_long_ago_the_one_that_is_left_is_adopted(
    outbox: Outbox, tmp_path: Path, seen_by: str
) -> None:
    """It is looked for as one that was never sent from here, not by when it was made."""
    first, second = restored_with_two(outbox)
    outbox.sandbox.store.remove(second)
    importer = outbox.importer(tmp_path)
    if seen_by == "reconcile":
        importer.reconcile()
    elif seen_by == "remove doubles":
        assert Doubles(importer).propose() == []
    assert len(push(outbox).adopted) == 1
    assert outbox.external_id(ONLINE) == first
    assert_both_sides_agree(outbox)


def test_while_administrate_is_away_the_last_look_is_what_is_said(
    outbox: Outbox, importer: Importer
) -> None:
    said = outbox.creation().message
    outbox.sandbox.store.remove(other(outbox))
    outbox.fail("status", "query", times=None, code=503)
    push(outbox)
    assert (outbox.creation().state, outbox.creation().message) == ("failed", said)
    assert "when it was looked at" in said
    outbox.sandbox.faults.clear()
    push(outbox)
    assert (outbox.creation().state, doubled(outbox)) == ("done", [])


def test_all_doubles_are_looked_at_with_one_request(outbox: Outbox, tmp_path: Path) -> None:
    push(outbox)
    passing = {"id", "__typename", "createdAt", "updatedAt"}
    for event in outbox.remotes():
        values = {name: value for name, value in event.items() if name not in passing}
        outbox.sandbox.store.add("Event", **values)
    importer = outbox.importer(tmp_path)
    assert importer.reconcile().status == "failed"
    said = [one.message for one in outbox.steps()]
    push(outbox)
    assert outbox.asked() == ["Together"]
    assert [one.message for one in outbox.steps()] == said


@pytest.mark.thorough
def test_a_server_that_says_in_errors_that_an_event_is_gone_is_understood(
    outbox: Outbox, importer: Importer
) -> None:
    outbox.sandbox.store.remove(other(outbox))
    outbox.fail("errors", "Together", times=None, message="Not answered together")
    push(outbox)
    assert (outbox.creation().state, doubled(outbox)) == ("done", [])
