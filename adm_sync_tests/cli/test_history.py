"""`history`: one record or event, by whom and when; and `reconcile --last`."""

from pathlib import Path

import pytest

from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import BLENDED, CLASSROOM, ONLINE, remote, three_events
from adm_sync_tests.workbooks import blended, classroom, lms_only, workbook_bytes

PARTITION = three_events().partition


@pytest.mark.thorough
def test_an_event_tells_of_its_import_its_changes_and_its_undo(
    done: Workplace, tmp_path: Path
) -> None:
    event = remote(done, BLENDED)["id"]
    path = tmp_path / "corrected.xlsx"
    rows = [*blended(title=BLENDED, sessions=2, max_places=20), *classroom(title=CLASSROOM)]
    path.write_bytes(workbook_bytes([*rows, lms_only()], blank_rows=0, lookup_sheet=False))
    done.json("import-events", str(path), "--update")
    done.run("undo", "corrected", "--yes")

    found = done.json("history", "event", BLENDED)

    assert (found["status"], found["kind"], found["following"]) == ("succeeded", "event", None)
    assert found["subject"]["external_ids"] == [event]
    entries = found["entries"]
    assert [one["at"] for one in entries] == sorted((one["at"] for one in entries), reverse=True)
    by_source = {one["source"]: one for one in reversed(entries)}
    assert set(by_source) == {"import", "step", "call", "update", "taken back"}
    imported = by_source["import"]
    assert (imported["who"], imported["workbook"]) == ("a test", PARTITION)
    nothing = {"field": "Max places", "overwritten_here": "", "overwritten_there": ""}
    assert nothing | {"before": "", "after": "14"} in imported["changes"]
    update, back = by_source["update"], by_source["taken back"]
    assert update["changes"] == [nothing | {"before": "14", "after": "20"}]
    assert back["changes"] == [nothing | {"before": "20", "after": "14"}]
    assert update["workbook"].startswith("corrected.xlsx-")
    assert update["who"] == back["who"] != ""
    doings = [one["what"] for one in entries if one["source"] == "step"]
    assert doings[-1] == "in Administrate, creating the event: done"
    assert "in Administrate, Day 1, adding the session's instructors: done" in doings
    assert {one["who"] for one in entries if one["source"] == "call"} == {"a test", update["who"]}

    text = done.run("history", "event", event).stdout
    assert text.startswith(f"{BLENDED} (event; ")
    assert "      Max places: 14 → 20\n" in text


def test_an_event_that_was_taken_back_says_by_whom(done: Workplace) -> None:
    done.run("undo", PARTITION, "--yes")
    found = done.json("history", "event", CLASSROOM)
    undone = found["entries"][0]
    assert (undone["source"], undone["what"]) == ("undo", "import taken back")
    assert undone["who"] not in ("", None)
    assert found["subject"]["about"].endswith(", taken back")


def test_of_several_the_command_says_what_to_add(done: Workplace) -> None:
    refused = done.run("history", "event", "27A", status=2)
    assert refused.stdout.count("  recorded:") == 3
    assert "Several match. Name one of them by the id in front of it." in refused.stderr
    document = done.json("history", "event", "27A", status=2)
    assert len(document["matches"]) == 3
    one = document["matches"][0]["id"]
    assert done.json("history", "event", one)["subject"]["id"] == one


def test_what_is_not_there_is_a_sentence(synced: Workplace) -> None:
    assert "No venue «Room 404» is known here." in (
        synced.run("history", "venues", "Room 404", status=1).stderr
    )
    assert "And there is 'event'." in synced.run("history", "rooms", "x", status=2).stderr
    assert "Name the event" in synced.run("history", "event", status=2).stderr
    wrong = synced.run("history", "venues", "--before", "x", status=2).stderr
    assert "no place in a history" in wrong


def test_a_list_goes_on_where_it_ended(synced: Workplace) -> None:
    first = synced.run("history", "locations", "--limit", "2").stdout
    place = first.rpartition("--before ")[2].strip()
    second = synced.json("history", "locations", "--limit", "500", "--before", place)
    whole = synced.json("history", "locations", "--limit", "500")
    assert second["entries"] == whole["entries"][2:]
    assert whole["following"] is None


def test_what_was_compared_last_can_be_looked_at_later(done: Workplace) -> None:
    assert (
        done.run("reconcile", "--last").stdout == "Nothing was compared yet: adm-sync reconcile\n"
    )
    event = remote(done, ONLINE)
    done.sandbox.store.update(event["id"], title="X", updatedAt="2031-01-01T00:00:00.000001Z")
    compared = done.json("reconcile")["differences"]
    # The workbook has two of the six sessions that the template made of another event.
    assert len(compared) == 5
    done.sandbox.store.update(event["id"], title=ONLINE)
    asked = done.sandbox.calls.requests

    document = done.json("reconcile", "--last")

    kept = document["differences"][0]
    assert [{name: one[name] for name in compared[0]} for one in document["differences"]] == (
        compared
    )
    assert (kept["newer"], kept["workbook"]) == ("administrate", PARTITION)
    assert kept["changed_there"] == "2031-01-01T00:00:00.000001+00:00"
    (comparison,) = document["comparisons"]
    assert (comparison["sitting"], comparison["events"]) == ("2027A", 3)
    assert comparison["run_id"]
    text = done.run("reconcile", "--last", "--sitting", "2027A").stdout
    assert "Changed last: in Administrate." in text
    assert done.sandbox.calls.requests == asked

    again = done.json("reconcile")["differences"]
    assert len(again) == len(done.json("reconcile", "--last")["differences"]) == 4


@pytest.mark.thorough
def test_a_sitting_whose_events_were_all_taken_back_is_forgotten(done: Workplace) -> None:
    done.run("reconcile")
    done.run("undo", PARTITION, "--yes")
    done.run("reconcile", "--sitting", "2026S")
    assert [one["sitting"] for one in done.json("reconcile", "--last")["comparisons"]] == ["2026S"]
