"""A double that somebody has seen to by hand: every command looks before it says that it is one."""

from pathlib import Path
from typing import Any

import pytest

from adm_sync_tests.cli.test_pushing import twin
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import ONLINE, remote, three_events

pytestmark = pytest.mark.thorough(all_but_each=3)

STATE = "select external_id, doubled, state, message from adm_sync.events e join adm_sync.steps s"
STATE += " on s.event_id = e.id where title = :title and kind = 'create_event'"


def cancel(place: Workplace, event: str) -> None:
    place.sandbox.store.update(event, lifecycleState="cancelled")


def delete(place: Workplace, event: str) -> None:
    for staff in list(place.sandbox.store.children("Staff", "event", event)):
        place.sandbox.store.remove(staff["id"])
    place.sandbox.store.remove(event)


# What somebody has done with the linked one and with the other; whether nothing is left to decide.
CASES: dict[str, tuple[Any, Any, bool]] = {
    "the other one deleted": (None, delete, True),
    "the other one cancelled": (None, cancel, True),
    "both deleted": (delete, delete, True),
    "the linked one deleted": (delete, None, False),
    "the linked one cancelled": (cancel, None, False),
    "neither": (None, None, False),
}
COMMANDS = ("push", "import-events", "reconcile")


def nothing(_place: Workplace, _event: str) -> None:
    pass


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "events.xlsx"
    path.write_bytes(three_events().data)
    return path


@pytest.fixture
def double(done: Workplace) -> tuple[str, str]:
    """The ids of the linked event and of one that is the same; that is known here."""
    first = remote(done, ONLINE)["id"]
    other = twin(done, ONLINE)
    done.json("reconcile", status=1)
    assert known(done)[1] == [first, other]
    return str(first), other


def known(place: Workplace) -> tuple[Any, ...]:
    (row,) = place.execute(STATE, title=ONLINE)
    return tuple(row)


@pytest.mark.thorough(all_but_each=7)
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", CASES)
def test_what_somebody_has_seen_to_is_seen(
    done: Workplace, double: tuple[str, str], path: Path, case: str, command: str
) -> None:
    linked, other = double
    with_linked, with_other, is_settled = CASES[case]
    (with_linked or nothing)(done, linked)
    (with_other or nothing)(done, other)
    before = known(done)

    dry = done.json("import-events", str(path), "--dry-run", status=0 if is_settled else 1)

    assert known(done) == before
    assert dry["events"]["failed"] == (not is_settled)
    state = "complete" if is_settled else "doubled" if case == "neither" else "failed"
    assert dry["state"] == state
    arguments = [command, str(path)] if command == "import-events" else [command]
    is_failure = not is_settled and (command != "reconcile" or case == "neither")

    document = done.json(*arguments, status=int(is_failure))

    assert document["status"] == ("failed" if is_failure else "succeeded")
    (shown,) = done.json("imports")["imports"]
    assert shown["state"] == state
    now = known(done)
    assert now[0] == linked
    if is_settled:
        assert now[1:3] == ([], "done")
        assert dry["warnings"] == []
        return
    assert now[2] == "failed"
    (warning,) = dry["warnings"]
    assert warning == f"«{ONLINE}»: {now[3]}"
    assert other in warning
    if case == "neither":
        assert now == before
        return
    assert now[1] == [other]
    assert linked in warning
    assert "--relink" in warning
    assert "more than once" not in str(document)


@pytest.mark.thorough
def test_what_is_left_is_linked_only_on_a_word(
    done: Workplace, double: tuple[str, str], path: Path
) -> None:
    linked, other = double
    delete(done, linked)

    told = done.run("reconcile", "--relink", status=2)

    assert f"{other} would be linked instead of {linked}\n" in told.stdout
    assert known(done)[0] == linked
    document = done.json("reconcile", "--relink", "--yes")
    assert document["status"] == "succeeded"
    (one,) = document["relinked"]
    assert (one["external_id"], one["instead_of"], one["outcome"]) == (other, linked, "linked")
    assert known(done)[:3] == (other, [], "done")
    assert done.json("push")["status"] == "succeeded"
    assert ONLINE not in [one["title"] for one in done.json("reconcile")["differences"]]
    assert done.json("import-events", str(path))["state"] == "complete"
    assert done.json("reconcile", "--relink")["relinked"] == []
