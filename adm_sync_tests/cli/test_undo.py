"""`undo`: it shows first, asks, and never does more than was consented to."""

import json

import pytest
from click.testing import CliRunner

from adm_sync.cli.main import cli
from adm_sync.cli.terminal import UNASKED
from adm_sync_tests.cli.workplace import Workplace, attend
from adm_sync_tests.imports.imported import (
    BLENDED,
    CLASSROOM,
    ONLINE,
    TITLES,
    imported,
    remote,
    remote_titles,
    three_events,
)
from adm_sync_tests.imports.imported import content as workbook_of
from adm_sync_tests.workbooks import lms_only

pytestmark = pytest.mark.thorough(all_but_each=3)

PARTITION = three_events().partition
QUESTION = "Undo it? [y/N]: "


def answered(place: Workplace, answer: str, *options: str) -> str:
    """Undo as somebody who sits there and answers."""
    attend(place.patch)
    result = CliRunner().invoke(cli, ["undo", PARTITION, *options], input=answer)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_without_a_terminal_and_without_yes_it_only_shows(done: Workplace) -> None:
    result = done.run("undo", PARTITION, status=2)

    title = "To be deleted from Administrate, and unlinked here: 3 events\n"
    assert result.stdout.startswith(
        f"{PARTITION}: 3 events that this import brought or changed.\n{title}"
    )
    assert f"  - {ONLINE} ({remote(done, ONLINE)['id']}): the tutorial event stays\n" in (
        result.stdout
    )
    assert "If it approved instructors for course templates, they stay approved.\n" in (
        result.stdout
    )
    assert result.stderr.endswith(f"Error: {UNASKED}\n")
    assert remote_titles(done) == TITLES


def test_a_no_undoes_nothing_and_a_yes_does(done: Workplace) -> None:
    assert answered(done, "\n").endswith(QUESTION + "\n")
    assert remote_titles(done) == TITLES

    text = answered(done, "y\n")

    assert f"{QUESTION}y\n✓ Deleted from Administrate, and unlinked here: 3 events\n" in text
    assert text.endswith(
        "The workbook can be imported again; what is undone is then created anew.\n"
    )
    assert remote_titles(done) == []


@pytest.mark.thorough
def test_what_is_kept_is_said_with_the_reason(done: Workplace) -> None:
    done.sandbox.store.update(remote(done, BLENDED)["id"], lifecycleState="published")
    done.sandbox.store.update(remote(done, CLASSROOM)["id"], maxPlaces=99)
    done.sandbox.store.remove(remote(done, ONLINE)["id"])

    text = done.run("undo", "events", "--yes", "--remove-tutorial").stdout

    assert (
        "To be unlinked here; there is nothing to delete in Administrate: 1 event\n"
        f"  - {ONLINE} (Q291cnNlOjI=): it is gone from Administrate already; the tutorial event is "
        "removed\n"
    ).replace("Q291cnNlOjI=", _external_id(done, ONLINE)) in text
    assert "To be kept as it is: 2 events\n" in text
    assert "): it is published in Administrate, and no draft any more\n" in text
    assert "): it was changed in Administrate since: places\n" in text
    assert "✓ Unlinked here; there was nothing to delete in Administrate: 1 event\n" in text
    assert "- Kept as it is: 2 events\n" in text
    assert len(done.execute("select from acted.tutorial_events")) == 2


def _external_id(place: Workplace, title: str) -> str:
    statement = "select external_id from adm_sync.events where title = :title"
    return str(place.execute(statement, title=title)[0][0])


def test_json_needs_yes_and_is_one_document(done: Workplace) -> None:
    shown = done.json("undo", PARTITION, status=2)

    assert set(shown) == {"status", "partition", "events", "message", "done"}
    assert (shown["done"], shown["status"], shown["message"]) == (False, "failed", UNASKED)
    assert [event["outcome"] for event in shown["events"]] == ["planned"] * 3
    assert remote_titles(done) == TITLES
    # Whoever only wants to be shown it is asked nothing, whatever else is said.
    only = done.json("undo", PARTITION, "--dry-run", "--yes")
    assert only == shown | {"status": "succeeded", "message": ""}
    assert remote_titles(done) == TITLES

    document = done.json("undo", PARTITION, "--yes")
    assert document["done"] is True
    assert document["status"] == "succeeded"
    assert [event["outcome"] for event in document["events"]] == ["deleted"] * 3
    assert remote_titles(done) == []
    # A second time nothing is left, which is no question and no failure.
    again = done.run("undo", PARTITION)
    assert "There is nothing to undo.\n" in again.stdout
    assert UNASKED not in again.stderr


def test_an_undo_that_stops_in_the_middle_says_so_and_ends_with_3(done: Workplace) -> None:
    # Three events are looked at; the first is looked at again and deleted; then it is over.
    done.set(adm_sync_concurrent_pushes="1")
    done.sandbox.faults.add("status", times=None, code=403, skip=3)

    text = done.run("undo", PARTITION, "--yes", status=3).stdout

    assert "✓ Deleted from Administrate, and unlinked here: 1 event\n" in text
    assert "✗ Not undone: 2 events\n" in text
    assert "It stopped: Reading events failed: " in text
    assert "Run adm-sync undo again for what was not undone.\n" in text


def test_administrate_away_from_the_start_ends_with_1_and_the_whole_document(
    done: Workplace,
) -> None:
    done.sandbox.faults.add("status", times=None, code=403)

    document = done.json("undo", PARTITION, "--yes", status=1)

    assert document["status"] == "failed"
    assert document["partition"] == PARTITION
    assert document["events"] == []
    assert "403" in document["message"]


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("command", ["undo", "push", "imports"])
def test_the_beginning_of_a_name_is_enough_if_it_is_the_only_one(
    waiting: Workplace, command: str
) -> None:
    other = imported(workbook_of(lms_only(), name="events again.xlsx"), push=False)

    errors = waiting.run(command, "events", status=1).stderr

    assert errors == (
        f"Error: Several imports begin with «events»; name one of them:\n{other}\n{PARTITION}\n"
    )
    assert "There is no import «nothing»" in waiting.run(command, "nothing", status=1).stderr
    document = json.loads(waiting.run(command, "nothing", "--json", status=1).stdout)
    assert document["status"] == "failed"
    assert "entities" not in document
