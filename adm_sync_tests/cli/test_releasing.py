"""`release` without a terminal."""

import getpass
from typing import Any

import pytest

from adm_sync.acting import ACTING_FOR
from adm_sync.cli.releasing import perform
from adm_sync_tests.cli.workplace import Workplace


@pytest.fixture
def held(settled: Workplace) -> Workplace:
    """A plan that would take away all locations but one is held."""
    settled.sync("locations")
    for location in settled.sandbox.store.all("Location")[1:]:
        settled.sandbox.store.remove(str(location["id"]))
    assert [result.status for result in settled.sync("locations")] == ["held"]
    return settled


def rows(place: Workplace) -> int:
    return len(place.execute("select 1 from adm.locations"))


def test_without_a_terminal_the_command_is_the_decision(held: Workplace) -> None:
    result = held.run("release", "locations")

    assert result.stdout.startswith("Held since 20")
    assert "It would create 0, update 0, delete 9.\n" in result.stdout
    assert result.stdout.count("  - deleted: ") == 9
    names = [row.name for row in held.execute("select name from acted.tutorial_locations")]
    assert sum(f"  - deleted: {name} (tutorial id " in result.stdout for name in names) == 8
    assert result.stdout.count("  - deleted: Cardiff (not linked; ") == 1
    assert "{" not in result.stdout
    assert rows(held) == 1


@pytest.mark.thorough
def test_yes_applies_exactly_that_plan(held: Workplace) -> None:
    text = held.run("release", "locations", "--yes").stdout

    assert "Sync completed: 0 created, 0 updated, 1 unchanged,\n                9 deleted" in text
    assert rows(held) == 1
    settled_by = held.execute("select outcome, settled_by from adm_sync.held_plans")
    assert settled_by == [("released", getpass.getuser())]


@pytest.mark.thorough
def test_who_comes_second_is_told_who_has_released_it(
    held: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def perform_later(*given: Any, **how: Any) -> Any:
        monkeypatch.setattr("adm_sync.cli.releasing.perform", perform)
        monkeypatch.setenv(ACTING_FOR, "carla@example.com")
        held.run("release", "locations", "--yes")
        monkeypatch.delenv(ACTING_FOR)
        return perform(*given, **how)

    monkeypatch.setattr("adm_sync.cli.releasing.perform", perform_later)
    message = held.json("release", "locations", "--yes")["message"]
    assert message.startswith("carla@example.com has released this plan meanwhile.")


@pytest.mark.thorough
def test_that_nothing_of_the_plan_was_to_be_done_any_more_is_said(held: Workplace) -> None:
    linked = held.execute(
        "select external_id, name from adm.locations join acted.tutorial_locations"
        " on tutorial_locations.id = tutorial_location_id"
    )
    for row in linked:
        if held.sandbox.store.find(row.external_id) is None:
            held.sandbox.store.add("Location", id=row.external_id, name=row.name)

    text = held.run("release", "locations", "--yes").stdout

    assert "Nothing of the held plan was to be done any more as it stood" in text


@pytest.mark.thorough
def test_another_plan_is_held_again(held: Workplace) -> None:
    for location in held.sandbox.store.all("Location"):
        held.sandbox.store.remove(str(location["id"]))

    text = held.run("release", "locations", "--yes", status=1).stdout

    assert "Sync held: nothing was written" in text
    assert rows(held) == 10


@pytest.mark.thorough
def test_json_is_one_document(held: Workplace) -> None:
    document = held.json("release", "locations")
    assert document["status"] == "succeeded"
    assert document["entities"][0]["deleted"] == 9


def test_nothing_to_release_is_said(settled: Workplace) -> None:
    stderr = settled.run("release", "locations", "--yes", status=1).stderr

    assert stderr == "Error: No plan of locations is held. There is nothing to release.\n"


@pytest.mark.thorough
def test_long_plans_are_shown_in_part(synced: Workplace) -> None:
    for contact in synced.sandbox.store.all("Contact"):
        synced.sandbox.store.remove(str(contact["id"]))
    assert [result.status for result in synced.sync("instructors")] == ["held"]

    text = synced.run("release", "instructors").stdout

    assert text.count("  - deleted: ") == 20
    assert "  … and 9 more\n" in text
