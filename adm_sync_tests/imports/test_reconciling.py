"""What differs between the events here and in Administrate, in both directions."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from adm_sync.database.reconciling import current_sittings
from adm_sync.errors import AdministrateError, WrongInstance
from adm_sync.imports.reconciling import Reconciliation, reconcile
from adm_sync.sandbox import Store
from adm_sync_tests.acceptance.importing import Office, open_office
from adm_sync_tests.workbooks import blended, lms_only

TITLE = "CB1 London 27A-01"


@pytest.fixture(scope="module")
def imported(
    database_server: sa.URL, _synced_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("home")
    with open_office(database_server, _synced_template, folder) as office:
        office.import_([*blended(), lms_only()])
        yield office


@pytest.fixture
def office(imported: Office, tmp_path: Path) -> Iterator[Office]:
    """Each test finds Administrate as the import left it."""
    kept, store = tmp_path / "state.json", imported.sandbox.store
    store.save(kept)
    yield imported
    imported.sandbox.faults.clear()
    for name, value in vars(Store.load(kept)).items():
        if name != "lock":
            setattr(store, name, value)


@pytest.mark.thorough
def test_a_sitting_is_current_until_its_events_are_over_and_nothing_waits(office: Office) -> None:
    over = "update acted.tutorial_events set end_date = current_date - 1"
    waiting = "update adm_sync.steps set state = 'failed' where kind = 'create_event'"
    found = []
    with office.engine.connect() as connection:
        for statement in ("select 1", over, waiting):
            connection.execute(sa.text(statement))
            found.append(current_sittings(connection))
        connection.rollback()
    assert found == [["2027A"], [], ["2027A"]]


def compare(office: Office, **options: object) -> Reconciliation:
    importer = office.importer
    return reconcile(importer.database, importer.client, importer.options.push, **options)


def kinds(office: Office) -> list[tuple[str, str]]:
    return [(one.kind, one.title) for one in compare(office).differences]


def test_nothing_differs_after_an_import(office: Office) -> None:
    found = compare(office)
    assert (found.sittings, found.compared, found.differences) == (("2027A",), 2, ())
    assert found.requests == 1
    assert found.as_json()["differences"] == []


CHANGES: dict[str, Callable[[Office, str, list[str]], object]] = {
    "Administrate calls it": lambda office, event, _: office.sandbox.store.update(event, title="X"),
    # It has online work before that, and from before its first session here.
    "It starts 16/01/2027 09:30 UTC in": lambda office, event, _: office.sandbox.store.update(
        event, classroomStart="2027-01-16T09:30:00Z", lmsStart="2027-01-04T09:00:00Z"
    ),
    "cancelled": lambda office, event, _: office.sandbox.store.update(
        event, lifecycleState="cancelled"
    ),
    "Day 3 starts": lambda office, _, sessions: office.sandbox.store.update(
        sessions[2], start="2027-01-26T10:30:00Z"
    ),
    "Day 3 ends": lambda office, _, sessions: office.sandbox.store.update(
        sessions[2], end="2027-01-26T13:30:00Z"
    ),
    "Day 2 is called": lambda office, _, sessions: office.sandbox.store.update(
        sessions[1], title="Y"
    ),
    "Day 6 has no session": lambda office, _, sessions: office.sandbox.store.remove(sessions[5]),
    "a session more": lambda office, event, _: office.sandbox.store.add(
        "Session", event=event, title="Z", start="2027-03-01T09:00:00Z", end="2027-03-01T10:00:00Z"
    ),
}


@pytest.mark.parametrize("words", CHANGES)
def test_what_was_changed_in_administrate_differs(office: Office, words: str) -> None:
    event = office.remote(TITLE)["id"]
    sessions = [session["id"] for session in office.remote_sessions(event)]
    CHANGES[words](office, event, sessions)
    (difference,) = compare(office).differences
    assert (difference.kind, difference.title, difference.external_id) == ("differs", TITLE, event)
    assert words in difference.detail


def test_an_event_that_was_deleted_there_is_named(office: Office) -> None:
    office.sandbox.store.remove(office.remote("CB1 online 27A")["id"])
    assert kinds(office) == [("deleted_in_administrate", "CB1 online 27A")]


def test_an_event_that_was_moved_far_away_is_still_found(office: Office) -> None:
    event = office.remote("CB1 online 27A")["id"]
    office.sandbox.store.update(event, lmsStart="2029-01-04T09:00:00Z", lmsEnd=None)
    (difference,) = compare(office).differences
    assert (difference.kind, difference.external_id) == ("differs", event)
    assert difference.detail.startswith("It starts 04/01/2029 09:00 UTC in Administrate and ")
    assert "04/01/2029" in difference.detail


def test_an_event_of_the_sitting_that_nobody_knows_here_is_named(office: Office) -> None:
    known = office.remote("CB1 online 27A")
    _copy(office, known, title="made by hand")
    assert kinds(office) == [("only_in_administrate", "made by hand")]


def test_an_event_that_is_there_twice_is_listed_for_removal(office: Office) -> None:
    known = office.remote("CB1 online 27A")
    twin = _copy(office, known)
    (difference,) = compare(office).differences
    assert difference.kind == "doubled_in_administrate"
    assert twin in difference.detail
    assert difference.external_id == known["id"]


def _copy(office: Office, event: dict[str, object], **changes: object) -> str:
    left_out = {"id", "__typename", "legacyId"}
    fields = {name: value for name, value in event.items() if name not in left_out}
    return office.sandbox.store.add("Event", **{**fields, **changes})


def test_a_list_that_does_not_come_whole_says_nothing(office: Office) -> None:
    office.sandbox.faults.add("short_page", "events", times=None, field="events")
    with pytest.raises(AdministrateError):
        compare(office)


def test_another_tenant_is_refused(office: Office) -> None:
    from dataclasses import replace

    importer = office.importer
    elsewhere = replace(importer.options.push, instance="https://other.example")
    with pytest.raises(WrongInstance, match=r"other\.example"):
        reconcile(importer.database, importer.client, elsewhere)


def test_a_sitting_can_be_chosen(office: Office) -> None:
    assert compare(office, sittings=["2027S"]).compared == 0
    assert compare(office, sittings=["2027A"]).compared == 2


def test_an_event_that_is_not_pushed_yet_is_only_here(office: Office) -> None:
    with office.engine.begin() as connection:
        connection.execute(
            sa.text("update adm_sync.events set external_id = null where title like '%online%'")
        )
    found = kinds(office)
    with office.engine.begin() as connection:
        event = office.remote("CB1 online 27A")["id"]
        connection.execute(
            sa.text("update adm_sync.events set external_id = :id where title like '%online%'"),
            {"id": event},
        )
    assert ("only_here", "CB1 online 27A") in found
