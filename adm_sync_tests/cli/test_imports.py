"""`imports`: what was imported, and how it stands now."""

from pathlib import Path

import pytest

from adm_sync.imports.arrivals import take_upload
from adm_sync.workbook.reading import Limits
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import (
    CLASSROOM,
    ONLINE,
    content,
    imported,
    remote,
    three_events,
)
from adm_sync_tests.workbooks import classroom, lms_only, workbook_bytes

pytestmark = pytest.mark.thorough(all_but_each=3)

PARTITION = three_events().partition


def test_before_any_import_it_says_how_to_make_one(synced: Workplace) -> None:
    assert synced.run("imports").stdout == (
        "Nothing has been imported yet: adm-sync import-events FILE\n"
    )
    assert synced.json("imports") == {"status": "succeeded", "imports": []}


@pytest.mark.thorough
def test_imports_are_listed_newest_first_with_how_they_stand(waiting: Workplace) -> None:
    bad = content(*classroom(max_places="many"), name="bad.xlsx")
    imported(bad)

    head, newest, oldest = waiting.run("imports").stdout.splitlines()

    numbers = ["created", "updated", "unchanged", "rejected", "pending", "failed"]
    columns = ["import", "when", "(UTC)", "who", "state", "latest", "run"]
    assert head.split() == [*columns, *numbers]
    assert newest.startswith(f"{bad.partition}  ")
    assert newest.split()[-8:] == ["partial", "partial", "0", "0", "0", "1", "0", "0"]
    assert oldest.split()[-8:] == ["pending", "partial", "3", "0", "0", "0", "3", "0"]
    (only,) = waiting.json("imports", "--limit", "1")["imports"]
    assert only["partition"] == bad.partition


def test_what_was_pushed_since_is_not_pending_any_more(waiting: Workplace) -> None:
    waiting.execute("update adm_sync.steps set state = 'done'")
    waiting.execute(
        "update adm_sync.steps set state = 'failed' "
        f"where event_id = (select id from adm_sync.events where title = '{ONLINE}')"
    )

    (listed,) = waiting.json("imports")["imports"]

    numbers = {name: number for name, number in listed["events"].items() if number}
    assert numbers == {"created": 3, "failed": 1}
    assert (listed["state"], listed["status"]) == ("failed", "partial")
    assert listed["who"] == "a test"
    assert listed["workbook"] == "events.xlsx"


def test_one_import_is_shown_with_its_events(done: Workplace) -> None:
    text = done.run("imports", "events").stdout

    assert text.startswith(f"{PARTITION}\n  received: 20")
    assert "  events: 3 created in all, 3 in the latest run\n" in text
    assert "  findings: 0 errors, 0 warnings\n" in text
    tutorial = dict(done.execute("select title, tutorial_event_id from adm_sync.events"))
    where = f"Administrate {remote(done, CLASSROOM)['id']}, tutorial event {tutorial[CLASSROOM]}"
    assert f"  - row 6: {CLASSROOM}: {where}\n" in text


def test_what_is_not_done_is_shown_with_its_import(waiting: Workplace) -> None:
    text = waiting.run("imports", PARTITION).stdout

    assert f"  - row 7: {ONLINE}: pending, tutorial event " in text
    assert "Not done in Administrate: 15 steps\n" in text
    assert f"  - {ONLINE}: creating the event and 1 step more (not tried yet, due now)\n" in text

    document = waiting.json("imports", PARTITION)
    assert len(document["steps"]) == 15
    assert [group["state"] for group in document["groups"]] == ["pending"] * 3
    assert document["findings"] == {"errors": 0, "warnings": 0}


@pytest.mark.thorough
def test_rejected_and_undone_events_are_told_apart(synced: Workplace) -> None:
    bad = classroom(title="CB3 Bristol 27A-02", max_places="many")
    partition = imported(content(lms_only(), *bad), push=False)
    synced.run("undo", partition, "--yes")

    text = synced.run("imports", partition).stdout

    assert "  latest run: undone, 20" in text
    assert "  events: 0 created in all; 1 rejected, 1 undone\n" in text
    assert f"  - row 4: {ONLINE}: undone, tutorial event " in text
    assert "  - row 5: CB3 Bristol 27A-02: rejected" in text


@pytest.mark.thorough
def test_what_a_later_workbook_brought_is_said_at_its_row(synced: Workplace) -> None:
    title = "CB3 Bristol 27A-02"
    partition = imported(
        content(lms_only(), *classroom(title=title, max_places="many")), push=False
    )
    imported(content(*classroom(title=title)), push=False)

    text = synced.run("imports", partition).stdout

    assert "1 rejected and put right since" in text
    assert f"  - row 5: {title}: rejected, brought in since by a later workbook\n" in text


def found_by(place: Workplace, *options: str) -> list[str]:
    """The workbooks that `adm-sync imports` lists with these options."""
    return [one["workbook"] for one in place.json("imports", *options)["imports"]]


def test_imports_are_searched_by_name_sitting_person_and_state(synced: Workplace) -> None:
    imported(content(*classroom(), name="Bristol.xlsx"), push=False)
    bad = classroom(title="CB3 Bristol 27A-02", max_places="many")
    imported(content(*bad, lms_only(), name="100%_more.xlsx"), push=False)
    imported(content(lms_only(max_places=9), name="again.xlsx"), push=False)
    synced.execute("update adm_sync.imports set who = 'Ada Example' where id = 1")
    synced.execute("update adm_sync.events set sitting = '2027S' where title like '%Bristol%'")
    data = workbook_bytes(classroom(title="CB3 Bristol 27A-03"))
    take_upload(synced.engine, "never.xlsx", data, Limits())

    everything = ["never.xlsx", "again.xlsx", "100%_more.xlsx", "Bristol.xlsx"]
    assert found_by(synced) == everything
    assert found_by(synced, "--name", "bristol") == ["Bristol.xlsx"]
    assert found_by(synced, "--name", "%_") == ["100%_more.xlsx"]
    assert found_by(synced, "--sitting", "2027a") == ["again.xlsx", "100%_more.xlsx"]
    assert found_by(synced, "--who", "ada") == ["Bristol.xlsx"]
    assert found_by(synced, "--state", "not imported") == ["never.xlsx"]
    assert found_by(synced, "--state", "partial") == ["100%_more.xlsx"]
    pending = ["--state", "pending"]
    assert found_by(synced, *pending) == ["again.xlsx", "Bristol.xlsx"]
    assert found_by(synced, *pending, "--limit", "1") == ["again.xlsx"]
    assert found_by(synced, *pending, "--name", "Bristol.xlsx-") == ["Bristol.xlsx"]
    assert "No import is like that." in synced.run("imports", "--who", "nobody").stdout
    refused = synced.run("imports", "--state", "lost", status=2).stderr
    assert "There is no state «lost»: complete, partial, " in refused
    assert "give PARTITION, or what to look for" in (
        synced.run("imports", "never", "--who", "ada", status=2).stderr
    )


@pytest.mark.thorough
def test_what_is_settled_is_found_by_what_is_shown_of_it(done: Workplace) -> None:
    assert found_by(done, "--state", "complete") == ["events.xlsx"]

    done.execute("update adm_sync.workbooks set shown = 'complete'")

    assert found_by(done, "--state", "complete") == ["events.xlsx"]
    assert found_by(done, "--state", "undone") == []
    done.execute("update adm_sync.steps set state = 'failed'")
    assert found_by(done, "--state", "complete") == []
    assert found_by(done, "--state", "failed") == ["events.xlsx"]


@pytest.mark.thorough
def test_a_file_of_imports_holds_those_that_are_looked_for(done: Workplace, tmp_path: Path) -> None:
    done.run("imports", "--state", "failed", "--csv", str(tmp_path / "none.csv"))
    done.run("imports", "--state", "complete", "--csv", str(tmp_path / "one.csv"))

    lines = [len((tmp_path / name).read_text().splitlines()) for name in ("none.csv", "one.csv")]
    assert lines == [1, 2]
