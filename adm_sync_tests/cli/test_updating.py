"""`import-events --update`: what it shows, does and refuses."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from adm_sync.imports.updates.options import Take, read_takes
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import BLENDED, CLASSROOM, remote
from adm_sync_tests.workbooks import blended, changed, classroom, lms_only, workbook_bytes


@pytest.fixture
def corrected(tmp_path: Path) -> str:
    """The workbook of `done`, with other places for one of its events."""
    path = tmp_path / "corrected.xlsx"
    rows = [*blended(title=BLENDED, sessions=2, max_places=20), *classroom(title=CLASSROOM)]
    path.write_bytes(workbook_bytes([*rows, lms_only()], blank_rows=0, lookup_sheet=False))
    return str(path)


@pytest.mark.thorough
def test_what_a_dry_run_shows_is_what_is_done(done: Workplace, corrected: str) -> None:
    shown = done.run("import-events", corrected, "--update", "--dry-run").stdout
    assert f"~ row 4: {BLENDED}: is changed" in shown
    assert "row 4: Max places: 14 → 20 (here and in Administrate)" in shown
    assert "create nothing and change 1 event." in shown
    promised = done.json("import-events", corrected, "--update", "--dry-run")
    assert remote(done, BLENDED)["maxPlaces"] == 14
    summary = done.json("import-events", corrected, "--update")
    assert summary["plan"] == promised["plan"]
    assert (summary["status"], summary["events"]["updated"]) == ("succeeded", 1)
    assert (summary["events"]["unchanged"], summary["events"]["conflicts"]) == (2, 0)
    assert remote(done, BLENDED)["maxPlaces"] == 20
    (row,) = done.execute("select who, changes from adm_sync.updates")
    assert row.changes[0]["fields"] == {"max_places": [14, 20]}


@pytest.mark.thorough
def test_changes_and_conflicts_have_the_headers_of_the_planner(
    done: Workplace, corrected: str, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(corrected)
    (header,) = [one for one in book["Import"][1] if one.value == "Max places"]
    header.value = "Seats: most"
    book.save(corrected)
    mapping = tmp_path / "columns.toml"
    mapping.write_text('[columns]\n"Max places" = "Seats: most"', encoding="utf-8")
    done.set(adm_sync_columns=str(mapping))
    shown = done.run("import-events", corrected, "--update", "--dry-run").stdout
    assert "row 4: Seats: most: 14 → 20 (here and in Administrate)" in shown

    event = remote(done, BLENDED)
    done.sandbox.store.update(event["id"], maxPlaces=18)
    summary = done.json("import-events", corrected, "--update", status=3)
    (conflict,) = summary["findings"]
    assert conflict["message"].startswith("Seats: most was last written as 14")
    # What is suggested is what one can do.
    take = f"{BLENDED}: Seats: most=workbook"
    assert f"--take '{take}'" in conflict["suggestion"]
    summary = done.json("import-events", corrected, "--update", "--take", take)
    assert (summary["status"], remote(done, BLENDED)["maxPlaces"]) == ("succeeded", 20)


@pytest.mark.thorough
def test_a_list_of_imports_tells_what_was_changed_and_cancelled(
    done: Workplace, corrected: str, tmp_path: Path
) -> None:
    rows = [*blended(title=BLENDED, sessions=1, max_places=20), lms_only()]
    rows += [changed(one, cancelled="Y") for one in classroom(title=CLASSROOM)]
    Path(corrected).write_bytes(workbook_bytes(rows, blank_rows=0, lookup_sheet=False))
    options = ["--update", "--cancel", "--remove-sessions"]
    would = done.run("import-events", corrected, *options, "--dry-run").stdout
    assert "would create nothing and change 1 event and cancel 1 event." in would
    text = done.run("import-events", corrected, *options).stdout
    assert "✓ changed here: 1 event\n" in text
    assert "✓ changed in Administrate: 1 event\n" in text
    assert "✓ cancelled in Administrate: 1 event\n" in text
    assert remote(done, CLASSROOM)["lifecycleState"] == "cancelled"
    assert "row 4: Day 2 is removed (here and in Administrate)" in would

    listed = done.json("imports")["imports"][0]["events"]
    told = {name: number for name, number in listed.items() if number}
    assert told == {"updated": 1, "unchanged": 1, "skipped": 1}
    assert "1 updated, 1 unchanged, 1 skipped" in done.run("imports", "corrected").stdout


@pytest.mark.thorough
def test_changes_that_administrate_does_not_take_now_wait(done: Workplace, corrected: str) -> None:
    rows = [*blended(title=BLENDED, sessions=1, max_places=20, instructor="Agnes Tolliver")]
    rows += [changed(one, cancelled="Y") for one in classroom(title=CLASSROOM)]
    rows += [lms_only(lms_end_date=date(2027, 6, 1))]
    Path(corrected).write_bytes(workbook_bytes(rows, blank_rows=0, lookup_sheet=False))
    options = ["--update", "--cancel", "--remove-sessions"]
    done.sandbox.faults.add("status", match="mutation", times=None)
    text = done.run("import-events", corrected, *options, status=3).stdout
    assert "✓ changed here: 2 events" in text
    assert "changed in Administrate" not in text
    assert "cancelled in Administrate" not in text
    open_now = "select distinct kind from adm_sync.steps where state not in ('done', 'undone')"
    waiting = {row.kind for row in done.execute(open_now)}
    assert waiting == {"change_event", "change_staff", "remove_session", "cancel_event"}

    done.sandbox.faults.clear()
    done.run("push")
    assert remote(done, BLENDED)["maxPlaces"] == 20
    assert remote(done, CLASSROOM)["lifecycleState"] == "cancelled"


@pytest.mark.thorough
def test_without_leave_it_is_only_said(done: Workplace, corrected: str) -> None:
    summary = done.json("import-events", corrected)
    assert [one["code"] for one in summary["findings"]] == ["differs"]
    assert remote(done, BLENDED)["maxPlaces"] == 14


@pytest.mark.parametrize("option", [["--take", "here"], ["--cancel"], ["--published"]])
def test_how_to_change_says_nothing_without_leave_to(
    done: Workplace, corrected: str, option: list[str]
) -> None:
    said = done.run("import-events", corrected, *option, status=2).stderr
    assert "--update" in said


def test_what_to_take_has_to_be_said_as_it_should_be(done: Workplace, corrected: str) -> None:
    said = done.run("import-events", corrected, "--update", "--take", "mine", status=2).stderr
    assert "workbook, administrate or here" in said


@pytest.mark.parametrize("how", [["--dry-run"], []])
def test_what_is_taken_for_an_event_that_is_not_in_the_workbook_is_wrong_usage(
    done: Workplace, corrected: str, how: list[str]
) -> None:
    before = done.json("imports")
    take = ["--take", f"{BLENDED}x: Max places=here"]
    ended = done.run("import-events", corrected, "--update", *take, *how, status=2)
    assert f"Did you mean «{BLENDED}»" in ended.stderr
    assert done.json("imports") == before
    assert remote(done, BLENDED)["maxPlaces"] == 14


@pytest.mark.parametrize(
    ("text", "take"),
    [
        ("workbook", Take("workbook")),
        ("CB1 London=here", Take("here", "CB1 London")),
        ("CB1 London: Max places=Administrate", Take("administrate", "CB1 London: Max places")),
        ("CB1: evening=here", Take("here", "CB1: evening")),
        ("CB1: A=B: Venue=here", Take("here", "CB1: A=B: Venue")),
    ],
)
def test_what_to_take_is_read(text: str, take: Take) -> None:
    assert read_takes([text]) == (take,)
    assert read_takes([str(take)]) == (take,)
