"""`push` and `reconcile`: sending what is still to be sent, and comparing afterwards."""

import os
from pathlib import Path

import dagster as dg
import pytest

from adm_sync.cli.terminal import UNASKED
from adm_sync.database.locks import exclusive
from adm_sync_tests.cli.terminals import on_terminal
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import (
    BLENDED,
    CLASSROOM,
    ONLINE,
    TITLES,
    content,
    remote,
    remote_titles,
    three_events,
)
from adm_sync_tests.workbooks import blended, lms_only

pytestmark = pytest.mark.thorough(all_but_each=3)

PARTITION = three_events().partition
KEYS = {
    *("status", "partition", "pushed", "adopted", "sessions", "requests", "pending", "failed"),
    *("conflicts", "message"),
}


# ---------------------------------------------------------------------- push


def test_what_waits_is_pushed_once_in_a_run_of_dagsters(waiting: Workplace) -> None:
    result = waiting.run("push")

    told = "✓ 3 events created in Administrate, 0 found there and adopted; "
    assert f"{told}3 sessions of 2 events set.\n" in result.stdout
    assert result.stderr == "  … pushing 3 events\n"
    assert remote_titles(waiting) == TITLES
    run = waiting.latest_run()
    assert run.job_name == "push_pending"
    assert run.status is dg.DagsterRunStatus.SUCCESS
    mutations = waiting.sandbox.calls.mutations

    again = waiting.json("push")

    assert set(again) == KEYS
    assert (again["status"], again["pushed"], again["pending"]) == ("succeeded", 0, [])
    assert waiting.sandbox.calls.mutations == mutations


@pytest.mark.thorough
def test_progress_is_shown_while_events_are_pushed(waiting: Workplace) -> None:
    waiting.sandbox.options.latency = 0.2
    waiting.set(adm_sync_concurrent_pushes="1", adm_sync_push_together="1")

    with on_terminal(waiting, "push") as (screen, process):
        screen.wait_for("pushing")
        screen.wait_for("2 of 3 events")
        screen.wait_for("a second,")
        text = screen.read_to_end()

    assert process.returncode == 0
    assert "✓ 3 events created in Administrate" in text


@pytest.mark.thorough
def test_one_import_can_be_pushed_alone_and_failed_steps_reopened(waiting: Workplace) -> None:
    waiting.sandbox.faults.add("payload_errors", match="createLMS", message="No such tutor")

    document = waiting.json("push", "events", status=1)

    assert (document["status"], document["partition"]) == ("failed", PARTITION)
    assert (document["pushed"], document["sessions"]) == (2, 3)
    creation = document["failed"][0]
    assert (creation["event"], creation["step"]) == (ONLINE, "create_event")
    assert (creation["attempts"], "No such tutor" in creation["message"]) == (1, True)
    assert remote_titles(waiting) == sorted([BLENDED, CLASSROOM])

    text = waiting.run("push", PARTITION, "--reopen").stdout

    assert "Another chance for 1 step that had failed.\n✓ 1 event created" in text
    assert remote_titles(waiting) == TITLES


def test_while_administrate_is_away_it_says_what_waits(waiting: Workplace) -> None:
    waiting.sandbox.faults.add("status", times=None, code=503)

    document = waiting.json("push", status=3)

    assert document["status"] == "partial"
    assert document["partition"] is None
    assert document["message"].startswith(
        "Asking what Administrate's API takes failed: Administrate answered 503"
    )
    assert {step["event"] for step in document["pending"]} == set(TITLES)
    assert set(document["pending"][0]) == {
        *("event", "external_id", "step", "day", "state", "attempts", "next_try", "message")
    }


@pytest.mark.thorough
def test_what_another_process_is_at_work_on_is_said_to_be_so(waiting: Workplace) -> None:
    with exclusive(waiting.engine, "push by another", 0, print) as lock:
        waiting.execute(
            "update adm_sync.events set lease_holder = :key, lease_until = now() + interval '5 min'"
            " where title = :title",
            key=str(lock.key),
            title=ONLINE,
        )
        document = waiting.json("push", status=3)
        text = waiting.run("push", "events", status=3).stdout

    assert document["status"] == "partial"
    assert {step["event"] for step in document["pending"]} == {ONLINE}
    for told in (document["message"], text):
        assert "Another process is at work on 1 event of these: «adm_sync push by" in told
        assert f" pid {os.getpid()} on " in told
        assert "connected since 20" in told
    assert "When that is over: adm-sync push events" in text
    assert "Administrate" not in text.partition("⏸")[2]
    # The lease of one that is gone is void, and there is nobody to speak of.
    assert waiting.json("push")["message"] == ""


def test_an_unknown_import_is_said_with_all_keys(synced: Workplace) -> None:
    document = synced.json("push", "nothing", status=1)

    assert set(document) == KEYS
    assert document["message"].startswith("There is no import «nothing».")


# ---------------------------------------------------------------------- reconcile


def test_differences_are_told_in_both_directions_and_are_no_failure(done: Workplace) -> None:
    store = done.sandbox.store
    store.update(remote(done, CLASSROOM)["id"], title="Another \x1b[1mname")
    store.remove(remote(done, ONLINE)["id"])

    result = done.run("reconcile", "--sitting", "2027A")

    assert result.stdout.startswith("Compared 3 events of the sittings 2027A.\n")
    assert "⚠ deleted in Administrate: 1\n" in result.stdout
    assert "⚠ not the same on both sides: " in result.stdout
    assert "\x1b" not in result.stdout
    assert "Nothing was changed." in result.stdout
    assert result.stderr == ""
    assert done.sandbox.calls.mutations == 0
    assert done.latest_run().job_name == "reconcile"


def test_reconcile_as_json_is_one_document(synced: Workplace) -> None:
    document = synced.json("reconcile")

    assert (document["status"], document["compared"], document["differences"]) == (
        *("succeeded", 0, []),
    )


def test_nothing_is_claimed_of_a_sitting_without_events(synced: Workplace) -> None:
    assert synced.run("reconcile", "--sitting", "30a").stdout == (
        "Compared 0 events of the sittings 2030A.\nNo event here is of sitting 2030A.\n"
    )
    wrong = synced.run("reconcile", "--sitting", "1999Z", status=2)
    assert "«1999Z» is no sitting" in wrong.stderr


def test_a_comparison_that_fails_ends_with_1_and_all_keys(done: Workplace) -> None:
    done.sandbox.faults.add("status", times=None, code=403)

    document = done.json("reconcile", status=1)

    assert document["status"] == "failed"
    assert document["differences"] == []
    assert "403" in document["message"]


# ---------------------------------------------------------------------- doubles


def twin(place: Workplace, title: str, **changed: object) -> str:
    """Somebody has made the event there once more."""
    passing = {"id", "__typename", "createdAt", "updatedAt"}
    fields = {name: value for name, value in remote(place, title).items() if name not in passing}
    return place.sandbox.store.add("Event", **{**fields, **changed})


@pytest.mark.thorough
def test_a_double_is_proposed_and_removed_only_on_a_word(done: Workplace) -> None:
    first = remote(done, ONLINE)["id"]
    other = twin(done, ONLINE)

    told = done.run("reconcile", "--remove-doubles", status=2)

    assert "⚠ more than once in Administrate: 1\n" in told.stdout
    assert f"({other}): would be removed; {first} stays\n" in told.stdout
    assert told.stderr == f"Error: {UNASKED}\n"
    document = done.json("reconcile", "--remove-doubles", status=2)
    assert (document["status"], document["message"]) == ("failed", UNASKED)
    shown = done.json("reconcile", "--remove-doubles", "--dry-run", "--yes", status=1)
    assert shown["doubles"] == document["doubles"]
    assert "message" not in shown
    for wrong in ("--dry-run", "--only=x"):
        assert (
            "go with --remove-doubles or --relink" in done.run("reconcile", wrong, status=2).stderr
        )
    assert done.sandbox.calls.mutations == 0

    with on_terminal(done, "reconcile", "--remove-doubles") as (screen, process):
        screen.wait_for("Remove them from Administrate? [y/N]")
        screen.type("n")
        screen.read_to_end()
    assert process.returncode == 1
    assert done.sandbox.calls.mutations == 0

    document = done.json("reconcile", "--remove-doubles", "--yes")

    assert document["status"] == "succeeded"
    assert [(one["external_id"], one["outcome"]) for one in document["doubles"]] == [
        (other, "removed")
    ]
    assert remote(done, ONLINE)["id"] == first
    assert done.json("reconcile", "--remove-doubles")["doubles"] == []


@pytest.mark.thorough
def test_while_a_double_is_open_every_command_says_so(done: Workplace, tmp_path: Path) -> None:
    linked, path = remote(done, ONLINE)["id"], tmp_path / "events.xlsx"
    other = twin(done, ONLINE)
    path.write_bytes(three_events().data)

    def told(status: int) -> dict[str, tuple[str, object]]:
        commands = [["reconcile"], ["push"], ["import-events", str(path)]]
        commands.append([*commands[-1], "--dry-run"])
        answers = {" ".join(c[::2]): done.json(*c, status=status) for c in commands}
        return {name: (one["status"], one.get("state")) for name, one in answers.items()}

    assert told(1) == {
        "reconcile": ("failed", None),
        "push": ("failed", None),
        "import-events": ("failed", "doubled"),
        "import-events --dry-run": ("failed", "doubled"),
    }
    text = done.run("import-events", str(path), "--dry-run", status=1).stdout
    assert f"«{ONLINE}»: Beside {linked}, which is linked here" in text
    assert "--remove-doubles" in text

    # A person says that it is another event.
    done.sandbox.store.update(other, title="OC1 for the evening")
    assert {status for status, _ in told(0).values()} == {"succeeded"}
    (shown,) = done.json("imports")["imports"]
    assert shown["state"] == "complete"


@pytest.mark.thorough
def test_a_dry_run_says_what_waits_for_a_person_since_an_earlier_run(
    waiting: Workplace, tmp_path: Path
) -> None:
    waiting.sandbox.faults.add("payload_errors", match="createLMS", message="No such tutor")
    path = tmp_path / "corrected.xlsx"
    path.write_bytes(content(*blended(title=BLENDED, sessions=3), lms_only()).data)
    waiting.run("push", status=1)

    planned = waiting.json("import-events", str(path), "--dry-run", status=1)
    done = waiting.json("import-events", str(path), status=1)

    assert planned["status"] == done["status"] == "failed"
    assert planned["events"] | {"pushed": 0} == done["events"] | {"pushed": 0}
    assert planned["events"]["failed"] == 1
    assert "No such tutor" in planned["warnings"][0]


@pytest.mark.thorough
def test_an_event_that_is_there_cancelled_is_not_adopted_and_no_success(waiting: Workplace) -> None:
    waiting.run("push")
    for event in waiting.sandbox.store.all("Event"):
        waiting.sandbox.store.update(event["id"], lifecycleState="cancelled")
    waiting.execute(
        "update adm_sync.events set external_id = null;"
        " update adm.events set external_id = null; update adm_sync.event_sessions set"
        " external_id = null; update adm_sync.steps set state = 'pending', sent_at = null,"
        " first_sent_at = null, mark = null, attempts = 0"
    )
    waiting.sandbox.calls.clear()

    result = waiting.run("push", status=1)

    assert "cancelled" in result.stdout
    assert waiting.sandbox.calls.mutations == 0
    assert len(remote_titles(waiting)) == len(TITLES)
