"""`import-events` without a terminal: what is printed, what is written, and the exit status."""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from adm_sync.database.locks import exclusive
from adm_sync.demo.workbook import demo_workbook
from adm_sync.imports.state import lock_name
from adm_sync.workbook.columns import Column
from adm_sync_tests import workbooks
from adm_sync_tests.cli.workplace import SECRET, Workplace, dump
from adm_sync_tests.imports.imported import remote_titles

pytestmark = pytest.mark.thorough(all_but_each=3)

KEYS = {
    *("status", "workbook", "partition", "rows", "events", "sessions", "findings", "report"),
    *("message", "requests", "warnings", "plan", "state", "in_all"),
}
COUNTS = {
    *("in_workbook", "created", "unchanged", "rejected", "skipped", "not_recorded"),
    *("pushed", "adopted", "pending", "failed"),
    "updated",
    "conflicts",
}
SCHEMAS = "('acted', 'adm', 'adm_sync', 'public')"


def written(path: Path, *rows: Any, **options: Any) -> str:
    """A workbook of these rows at this path."""
    path.write_bytes(workbooks.workbook_bytes(rows, blank_rows=2, **options))
    return str(path)


@pytest.fixture
def good(tmp_path: Path) -> str:
    """A workbook of two events with three sessions, all as it should be."""
    rows = [*workbooks.blended(sessions=2), *workbooks.classroom("CB3_BR_1")]
    return written(tmp_path / "good.xlsx", *rows)


@pytest.fixture
def mixed(tmp_path: Path) -> str:
    """A workbook of which one event is good, and one has two mistakes and is rejected."""
    bad = workbooks.classroom(start_date="31/04/2027", max_places="many")
    return written(tmp_path / "mixed.xlsx", *workbooks.blended(sessions=2), *bad)


def everything(place: Workplace) -> str:
    """A hash of all rows of the database, and of Dagster's."""
    tables = place.execute(
        "select table_schema, table_name from information_schema.tables "
        f"where table_type = 'BASE TABLE' and table_schema in {SCHEMAS} order by 1, 2"
    )
    rows = [
        (schema, name, place.execute(f'select t::text from "{schema}"."{name}" t order by 1'))
        for schema, name in tables
    ]
    return hashlib.sha256(repr((rows, dump(_dagster_url()))).encode()).hexdigest()


def _dagster_url() -> str:
    return os.environ["ADM_SYNC_DAGSTER_DATABASE_URL"]


# ---------------------------------------------------------------------- a real import


def test_a_good_workbook_is_created_on_both_sides_once_in_a_run_of_dagsters(
    synced: Workplace, good: str
) -> None:
    result = synced.run("import-events", good)

    assert result.stdout.startswith("good.xlsx: 3 rows, 2 events with 3 sessions.\n")
    assert "  ✓ created here: 2 events with 3 sessions\n" in result.stdout
    assert "  ✓ created in Administrate: 2 events\n" in result.stdout
    assert "  ✓ set in Administrate: 3 sessions of 2 events\n" in result.stdout
    assert "Nothing is left to do." in result.stdout
    # Without a terminal each stage is a line.
    assert result.stderr.splitlines() == [
        "  … reading the workbook",
        "  … checking 3 rows",
        "  … looking up what is named in 2 events",
        "  … recording 2 events",
        "  … pushing 2 events",
    ]
    assert remote_titles(synced) == ["CB1 London 27A-01", "CB3 Bristol 27A-01"]
    assert synced.execute("select count(*) from adm.events where external_id is not null") == [(2,)]
    run = synced.latest_run()
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert run.tags["dagster/partition"].startswith("good.xlsx-")
    assert run.tags["adm_sync/started_from"] == "command_line"

    mutations = synced.sandbox.calls.mutations
    document = synced.json("import-events", good)

    assert set(document) == KEYS
    assert set(document["events"]) == set(document["sessions"]) == COUNTS
    assert document["status"] == "succeeded"
    assert document["events"]["unchanged"] == 2
    assert document["events"]["created"] == document["events"]["pushed"] == 0
    assert synced.sandbox.calls.mutations == mutations


@pytest.mark.thorough
def test_every_mutation_is_kept_with_its_answer_and_without_secrets(
    synced: Workplace, good: str
) -> None:
    synced.sandbox.faults.add("payload_errors", match="createBlended", times=1)
    synced.run("import-events", good, status=1)
    synced.run("push", "--reopen")

    calls = synced.execute(
        "select document, variables, data, failure, graphql_query, who from adm_sync.calls"
        " order by id"
    )

    creations = [call for call in calls if call.document.startswith("create_")]
    assert len(creations) == 3
    assert not any(call.failure for call in calls)
    assert all("mutation" in call.graphql_query and call.who for call in calls)
    sent = [call.variables["input"]["title"] for call in creations]
    assert sorted(set(sent)) == ["CB1 London 27A-01", "CB3 Bristol 27A-01"]
    made = [next(iter(call.data["event"].values()))["event"] for call in creations]
    assert sum(event is not None for event in made) == 2
    assert SECRET not in repr(calls)


def test_rejected_rows_are_told_with_place_sentence_and_what_to_do(
    synced: Workplace, mixed: str, tmp_path: Path
) -> None:
    folder = tmp_path / "my reports"

    text = synced.run("import-events", mixed, "--report", str(folder), status=3).stdout

    assert "  ✓ created here: 1 event with 2 sessions\n" in text
    assert "  ✗ rejected: 1 event with 1 session\n" in text
    assert "      - row 6, column H (Classroom start date): " in text
    assert "      - row 6, column P (Max places): " in text
    assert {path.name for path in folder.iterdir()} == {
        "mixed (checked).xlsx",
        "mixed findings.csv",
    }
    assert f"  adm-sync import-events '{folder}/mixed (checked).xlsx'\n" in text
    assert remote_titles(synced) == ["CB1 London 27A-01"]
    # An import that is looked at later names the same report.
    assert f"  report: {folder}/mixed (checked).xlsx\n" in synced.run("imports", "mixed").stdout


# ---------------------------------------------------------------------- a dry run


@pytest.mark.thorough
def test_a_dry_run_writes_nothing_and_the_real_run_keeps_to_its_plan(
    synced: Workplace, tmp_path: Path
) -> None:
    path = tmp_path / "demo.xlsx"
    path.write_bytes(demo_workbook())
    before = everything(synced)

    planned = synced.json("import-events", str(path), "--dry-run", status=3)

    sent = synced.sandbox.calls.requests
    assert everything(synced) == before
    assert synced.sandbox.calls.mutations == 0
    assert not (synced.home / "reports").exists()
    assert set(planned) == KEYS | {"dry_run", "fingerprint"}
    assert planned["dry_run"] is True
    assert planned["report"] is None
    assert planned["requests"] == sent > 0
    done = synced.json("import-events", str(path), status=3)
    assert planned["plan"] == done["plan"]
    assert planned["findings"] == done["findings"]
    for kind in ("events", "sessions"):
        for count in ("in_workbook", "created", "unchanged", "rejected", "skipped"):
            assert planned[kind][count] == done[kind][count]
        assert planned[kind]["created"] == done[kind]["pushed"] > 0
    assert remote_titles(synced) == sorted(entry["title"] for entry in planned["plan"])


@pytest.mark.thorough
def test_an_import_that_another_is_at_work_on_has_all_keys(synced: Workplace, good: str) -> None:
    partition = synced.json("import-events", good)["partition"]

    with exclusive(synced.engine, lock_name(partition), 0, print):
        document = synced.json("import-events", good, status=1)

    assert set(document) == KEYS
    assert document["partition"] == partition
    assert f"import {partition[:10]}" in document["message"]


def test_a_dry_run_tells_what_would_happen_to_each_event(synced: Workplace, good: str) -> None:
    text = synced.run("import-events", good, "--dry-run").stdout

    text, fingerprint = text.removesuffix("\n").rsplit(" ", 1)
    assert re.fullmatch("[0-9a-f]{16}", fingerprint)
    assert text == (
        "good.xlsx: 3 rows, 2 events with 3 sessions.\n"
        "It would record here, and do in Administrate:\n"
        "  + row 4: CB1 London 27A-01: new; create the event, set 2 sessions, instructors of 2 "
        "sessions, 2 people on its staff\n"
        "  + row 6: CB3 Bristol 27A-01: new; create the event, set 1 session, instructors of 1 "
        "session, 2 people on its staff\n"
        "It would approve in Administrate, unless they are approved by then:\n"
        "  + for the course template CB3_BR_1: Agnes Tolliver\n"
        "\n"
        "This was a dry run: nothing was written. An import would create 2 events with 3 "
        "sessions.\n"
        "To import exactly that, or nothing: add --plan"
    )


def test_warnings_are_told_and_are_no_failure(synced: Workplace, tmp_path: Path) -> None:
    cancelled = workbooks.classroom(title="CB3 Bristol 27A-02", cancelled="Y")
    path = written(tmp_path / "a.xlsx", *workbooks.classroom(), *cancelled)

    result = synced.run("import-events", path, "--dry-run", "--report", str(tmp_path / "new"))

    assert "  … A dry run writes no report.\n" in result.stderr
    assert not (tmp_path / "new").exists()
    text = result.stdout
    assert "  - skipped: 1 event with 1 session\n" in text
    assert "  ⚠ 1 warning:\n      - row 5, column AF (Cancelled): " in text


def test_findings_are_told_together_and_in_part(synced: Workplace, tmp_path: Path) -> None:
    rows = [
        row
        for n in range(25)
        for row in workbooks.classroom(title=f"CB3 Bristol 27A-{n:02}", max_places=f"{n} or so")
    ]
    same = workbooks.blended(sessions=3, venue="Nowhere Hall")
    path = written(tmp_path / "a.xlsx", *same, *rows)

    text = synced.run("import-events", path, "--dry-run", status=3).stdout

    assert "      - rows 4, 5, 6, column F (Venue): " in text
    assert text.count("      - row ") == 19
    assert "      … and 6 more with --json\n" in text


# ---------------------------------------------------------------------- a file that is refused


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_file_that_is_no_workbook_leaves_no_trace(
    synced: Workplace, tmp_path: Path, options: tuple[str, ...]
) -> None:
    path = tmp_path / "notes.xlsx"
    path.write_text("Dear all,")
    before = everything(synced)

    result = synced.run("import-events", str(path), *options, "--json", status=1)

    document = json.loads(result.stdout)
    assert set(document) >= {"status", "workbook", "partition", "rows", "events", "sessions"}
    assert document["status"] == "failed"
    assert document["workbook"] == "notes.xlsx"
    assert document["report"] is None
    assert [one["code"] for one in document["findings"]] == ["not_a_workbook"]
    assert "notes.xlsx was not imported. Nothing was stored" in result.stderr
    assert everything(synced) == before


def test_a_refused_sheet_is_told_with_its_place(synced: Workplace, tmp_path: Path) -> None:
    headers = [column.value for column in Column if column is not Column.VENUE]
    path = written(tmp_path / "a.xlsx", *workbooks.classroom(), headers=headers)
    before = everything(synced)

    result = synced.run("import-events", path, status=1)

    assert result.stdout == ""
    assert result.stderr.splitlines()[-2].startswith("Error: row 1: ")
    assert "Venue" in result.stderr
    assert everything(synced) == before


def test_a_sheet_can_be_chosen(synced: Workplace, tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", *workbooks.classroom(), sheet="Spring")

    chosen = ("import-events", path, "--dry-run", "--sheet")
    assert synced.json(*chosen, "Spring")["events"]["created"] == 1
    document = synced.json(*chosen, "Autumn", status=1)
    assert document["findings"][0]["code"] == "unknown_sheet"


def test_a_missing_file_is_one_finding(synced: Workplace, tmp_path: Path) -> None:
    document = synced.json("import-events", str(tmp_path / "none.xlsx"), status=1)

    assert [one["code"] for one in document["findings"]] == ["file_missing"]


# ---------------------------------------------------------------------- what else can go wrong


@pytest.mark.thorough
def test_if_administrate_is_away_the_events_are_recorded_and_wait(
    synced: Workplace, good: str
) -> None:
    synced.sandbox.faults.add("status", times=None, code=503)

    result = synced.run("import-events", good, status=3)

    assert "  ✓ created here: 2 events with 3 sessions\n" in result.stdout
    assert "  ⏸ recorded here, not yet in Administrate: 2 events\n" in result.stdout
    assert "  When that is over: adm-sync push good.xlsx-" in result.stdout
    assert remote_titles(synced) == []


@pytest.mark.thorough
def test_a_refused_event_fails_the_import_and_a_report_that_cannot_be_written_does_not(
    synced: Workplace, good: str, tmp_path: Path
) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("in the way")
    synced.sandbox.faults.add("payload_errors", match="createClassroom", message="No such tutor")

    result = synced.run("import-events", good, "--report", str(occupied), status=1)

    assert f"The report {occupied}/good (checked).xlsx could not be written" in result.stderr
    assert "  ✓ created in Administrate: 1 event\n" in result.stdout
    assert "  ✗ failed in Administrate: 1 step\n" in result.stdout
    refused = "CB3 Bristol 27A-01: creating the event: Administrate refused it: No such tutor"
    assert f"      - {refused}" in result.stdout
    assert " --reopen\n" in result.stdout
    assert synced.latest_run().status is dg.DagsterRunStatus.FAILURE


def refuse_staff(place: Workplace) -> None:
    """The staff of events alone: so that they are, every mutation is a request."""
    place.set(adm_sync_push_together="no")
    place.sandbox.faults.add(
        "payload_errors", match="event.addStaff", times=None, message="Not on the rota"
    )


@pytest.mark.thorough
def test_an_event_whose_staff_administrate_refuses_counts_as_created(
    synced: Workplace, good: str
) -> None:
    refuse_staff(synced)

    text = synced.run("import-events", good, status=1).stdout

    assert "  ✓ created in Administrate: 2 events\n" in text
    assert "  ✗ failed in Administrate: 4 steps\n" in text
    assert "Not on the rota" in text
    assert remote_titles(synced) == ["CB1 London 27A-01", "CB3 Bristol 27A-01"]


@pytest.mark.thorough
def test_the_document_counts_an_event_whose_staff_is_refused_as_created(
    synced: Workplace, good: str
) -> None:
    refuse_staff(synced)

    document = synced.json("import-events", good, status=1)

    assert document["status"] == document["state"] == "failed"
    events, sessions = document["events"], document["sessions"]
    assert (events["created"], events["pushed"], events["failed"]) == (2, 2, 2)
    assert (sessions["pushed"], sessions["failed"]) == (3, 0)


def test_wrong_settings_end_with_2_and_the_whole_document(synced: Workplace, good: str) -> None:
    synced.set(administrate_api_key=None)

    document = synced.json("import-events", good, status=2)

    assert document["status"] == "failed"
    assert set(document["events"]) == COUNTS
    assert document["workbook"] == "good.xlsx"
    assert "ADMINISTRATE_API_KEY" in document["message"]


def test_wrong_usage_ends_with_2_and_the_whole_document(synced: Workplace) -> None:
    document = synced.json("import-events", status=2)

    assert document["findings"] == []
    assert document["message"] == "Missing argument 'FILE'."


def test_names_cannot_steer_the_terminal(synced: Workplace, tmp_path: Path) -> None:
    rows = workbooks.classroom(title="CB3 \x1b[31mBristol", venue="Hall \x1b]0;x\x07")
    path = written(tmp_path / "a.xlsx", *rows)

    result = synced.run("import-events", path, "--dry-run", status=3)

    assert "Bristol" in result.stdout
    assert "\x1b" not in result.stdout + result.stderr


@pytest.mark.thorough
@pytest.mark.parametrize("letter", ["a", "é", "\N{CJK UNIFIED IDEOGRAPH-6F22}"])
def test_a_name_of_250_bytes_gives_reports_of_a_shorter_one(
    synced: Workplace, tmp_path: Path, letter: str
) -> None:
    stem = letter * (245 // len(letter.encode()))
    path = written(tmp_path / f"{stem}.xlsx", *workbooks.classroom(max_places="many"))

    document = synced.json("import-events", path, status=3)

    report = Path(document["report"])
    assert report.is_file()
    assert report.name.startswith(letter)
    assert report.name.endswith(" (checked).xlsx")
    assert len(report.name.encode()) <= 255
    assert "�" not in report.name
