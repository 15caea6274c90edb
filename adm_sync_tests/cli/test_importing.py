"""`import-events` without a terminal: what is printed, what is written, and the exit status."""

import hashlib
import os
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from adm_sync.demo.workbook import demo_workbook
from adm_sync.workbook.columns import Column
from adm_sync_tests import workbooks
from adm_sync_tests.cli.workplace import Workplace, dump

KEYS = {
    *("status", "workbook", "partition", "rows", "events", "sessions", "findings", "report"),
    *("message", "requests", "warnings", "plan"),
}
COUNTS = {
    *("in_workbook", "created", "unchanged", "rejected", "skipped"),
    *("pushed", "adopted", "pending", "failed"),
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
    bad = workbooks.classroom(venue="Nowhere Hall", max_places="many")
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


def remote_titles(place: Workplace) -> list[str]:
    return sorted(str(one["title"]) for one in place.sandbox.store.all("Event"))


# ---------------------------------------------------------------------- a real import


def test_a_good_workbook_is_created_on_both_sides_and_the_run_is_dagsters(
    synced: Workplace, good: str
) -> None:
    result = synced.run("import-events", good)

    assert result.stdout.startswith("good.xlsx: 3 rows, 2 events with 3 sessions.\n")
    assert "  ✓ created here: 2 events with 3 sessions\n" in result.stdout
    assert "  ✓ created in Administrate: 2 events with 3 sessions\n" in result.stdout
    assert "Nothing is left to do." in result.stdout
    assert remote_titles(synced) == ["CB1 London 27A-01", "CB3 Bristol 27A-01"]
    assert synced.execute("select count(*) from adm.events where external_id is not null") == [(2,)]
    run = synced.latest_run()
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert run.tags["dagster/partition"].startswith("good.xlsx-")
    assert run.tags["adm_sync/started_from"] == "command_line"


def test_the_same_workbook_again_changes_nothing(synced: Workplace, good: str) -> None:
    synced.run("import-events", good)
    mutations = synced.sandbox.calls.mutations

    document = synced.json("import-events", good)

    assert document["events"]["unchanged"] == 2
    assert document["events"]["created"] == document["events"]["pushed"] == 0
    assert synced.sandbox.calls.mutations == mutations


def test_without_a_terminal_each_stage_is_a_line_on_standard_error(
    synced: Workplace, good: str
) -> None:
    result = synced.run("import-events", good)

    assert result.stderr.splitlines() == [
        "  … reading the workbook",
        "  … checking 3 rows",
        "  … looking up what is named in 2 events",
        "  … recording 2 events",
        "  … pushing 2 events",
    ]


def test_rejected_rows_are_told_with_place_sentence_and_what_to_do(
    synced: Workplace, mixed: str
) -> None:
    text = synced.run("import-events", mixed, status=3).stdout

    assert "  ✓ created here: 1 event with 2 sessions\n" in text
    assert "  ✗ rejected: 1 event with 1 session\n" in text
    assert "      - row 6, column F (Venue): " in text
    assert "      - row 6, column P (Max places): " in text
    (copy,) = synced.home.glob("reports/mixed.xlsx-*/mixed (checked).xlsx")
    assert f"adm-sync import-events '{copy}'\n" in text
    assert remote_titles(synced) == ["CB1 London 27A-01"]


def test_json_is_one_document_with_all_keys(synced: Workplace, mixed: str) -> None:
    document = synced.json("import-events", mixed, status=3)

    assert set(document) == KEYS
    assert set(document["events"]) == set(document["sessions"]) == COUNTS
    assert document["status"] == "partial"
    assert document["events"]["in_workbook"] == 2
    assert [(one["row"], one["column"]) for one in document["findings"]] == [(6, "F"), (6, "P")]
    assert Path(document["report"]).is_file()
    assert document["partition"].startswith("mixed.xlsx-")


def test_warnings_are_told_and_are_no_failure(synced: Workplace, tmp_path: Path) -> None:
    rows = workbooks.classroom()
    cancelled = workbooks.classroom(title="CB3 Bristol 27A-02", cancelled="Y")
    path = written(tmp_path / "a.xlsx", *rows, *cancelled)

    text = synced.run("import-events", path).stdout

    assert "  - skipped: 1 event with 1 session\n" in text
    assert "  ⚠ 1 warning:\n      - row 5, column AF (Cancelled): " in text


def test_rows_with_the_same_finding_share_a_line(synced: Workplace, tmp_path: Path) -> None:
    rows = workbooks.blended(sessions=3, venue="Nowhere Hall")

    path = written(tmp_path / "a.xlsx", *rows)

    text = synced.run("import-events", path, "--dry-run", status=3).stdout
    assert "      - rows 4, 5, 6, column F (Venue): " in text


def test_many_findings_are_told_in_part(synced: Workplace, tmp_path: Path) -> None:
    rows = [
        row
        for n in range(25)
        for row in workbooks.classroom(title=f"CB3 Bristol 27A-{n:02}", venue=f"Hall {n}")
    ]
    path = written(tmp_path / "a.xlsx", *rows)

    text = synced.run("import-events", path, "--report", str(tmp_path), status=3).stdout

    assert text.count("      - row ") == 20
    assert f"      … and 5 more in the report {tmp_path}/a (checked).xlsx\n" in text


# ---------------------------------------------------------------------- the report


def test_the_report_goes_where_it_is_wanted(synced: Workplace, mixed: str, tmp_path: Path) -> None:
    folder = tmp_path / "my reports"

    document = synced.json("import-events", mixed, "--report", str(folder), status=3)

    assert document["report"] == str(folder / "mixed (checked).xlsx")
    names = {path.name for path in folder.iterdir()}
    assert names == {"mixed (checked).xlsx", "mixed findings.csv"}


def test_a_report_that_cannot_be_written_is_a_remark(
    synced: Workplace, good: str, tmp_path: Path
) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("in the way")

    result = synced.run("import-events", good, "--report", str(occupied))

    assert f"The report {occupied}/good (checked).xlsx could not be written" in result.stderr
    assert "  ✓ created in Administrate: 2 events with 3 sessions\n" in result.stdout


# ---------------------------------------------------------------------- a dry run


def test_a_dry_run_writes_nothing_and_the_real_run_keeps_to_its_plan(
    synced: Workplace, tmp_path: Path
) -> None:
    path = tmp_path / "demo.xlsx"
    path.write_bytes(demo_workbook())
    before = everything(synced)

    text = synced.run("import-events", str(path), "--dry-run", status=3).stdout
    planned = synced.json("import-events", str(path), "--dry-run", status=3)

    assert everything(synced) == before
    assert synced.sandbox.calls.mutations == 0
    assert not (synced.home / "reports").exists()
    done = synced.json("import-events", str(path), status=3)
    assert planned["plan"] == done["plan"]
    assert planned["findings"] == done["findings"]
    for kind in ("events", "sessions"):
        for count in ("in_workbook", "created", "unchanged", "rejected", "skipped"):
            assert planned[kind][count] == done[kind][count]
        assert planned[kind]["created"] == done[kind]["pushed"]
    titles = [entry["title"] for entry in planned["plan"]]
    assert remote_titles(synced) == sorted(titles)
    for title in titles:
        assert f": {title}: new; create the event" in text
    assert text.endswith(
        "This was a dry run: nothing was written. An import would create 33 events with 91 "
        "sessions.\n"
    )


def test_a_dry_run_says_what_it_is_in_json_too(synced: Workplace, good: str) -> None:
    document = synced.json("import-events", good, "--dry-run")

    assert set(document) == KEYS | {"dry_run"}
    assert document["dry_run"] is True
    assert document["report"] is None


# ---------------------------------------------------------------------- a file that is refused


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_file_that_is_no_workbook_leaves_no_trace(
    synced: Workplace, tmp_path: Path, options: tuple[str, ...]
) -> None:
    path = tmp_path / "notes.xlsx"
    path.write_text("Dear all,")
    before = everything(synced)

    result = synced.run("import-events", str(path), *options, "--json", status=1)

    document = synced_document(result.stdout)
    assert set(document) >= {"status", "workbook", "partition", "rows", "events", "sessions"}
    assert document["status"] == "failed"
    assert document["workbook"] == "notes.xlsx"
    assert document["report"] is None
    assert [one["code"] for one in document["findings"]] == ["not_a_workbook"]
    assert "notes.xlsx was not imported. Nothing was stored" in result.stderr
    assert everything(synced) == before


def synced_document(text: str) -> Any:
    import json

    return json.loads(text)


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

    assert synced.json("import-events", path, "--sheet", "Spring")["events"]["created"] == 1
    document = synced.json("import-events", path, "--sheet", "Autumn", status=1)
    assert document["findings"][0]["code"] == "sheet_not_found"


def test_a_missing_file_is_one_finding(synced: Workplace, tmp_path: Path) -> None:
    document = synced.json("import-events", str(tmp_path / "none.xlsx"), status=1)

    assert [one["code"] for one in document["findings"]] == ["no_such_file"]


# ---------------------------------------------------------------------- what else can go wrong


def test_if_administrate_is_away_the_events_are_recorded_and_wait(
    synced: Workplace, good: str
) -> None:
    synced.sandbox.faults.add("status", times=None, code=503)

    result = synced.run("import-events", good, status=3)

    assert "  ✓ created here: 2 events with 3 sessions\n" in result.stdout
    assert "  ⏸ recorded here, not yet in Administrate: 2 events\n" in result.stdout
    assert "  When Administrate is back: adm-sync push good.xlsx-" in result.stdout
    assert remote_titles(synced) == []


def test_a_refused_event_is_a_failure_with_its_sentence(synced: Workplace, good: str) -> None:
    synced.sandbox.faults.add("payload_errors", match="createClassroom", message="No such tutor")

    text = synced.run("import-events", good, status=1).stdout

    assert "  ✗ failed in Administrate: 1 step\n" in text
    assert "      - CB3 Bristol 27A-01: creating the event: " in text
    assert "No such tutor" in text
    assert " --reopen\n" in text
    assert synced.latest_run().status is dg.DagsterRunStatus.FAILURE


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

    result = synced.run("import-events", path, status=3)

    assert "\x1b" not in result.stdout + result.stderr
