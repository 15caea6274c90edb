"""Workbooks that somebody has sent: which are kept, and what a dry run of them keeps."""

import io
import zipfile

import pytest

from adm_sync.database.dry_runs import KeptDryRun
from adm_sync.database.locks import exclusive
from adm_sync.errors import SyncBusy
from adm_sync.imports import dry_runs
from adm_sync.imports.agreed import PlanMoved
from adm_sync.imports.arrivals import take_upload
from adm_sync.imports.finding_pages import ToDo, finding_page
from adm_sync.imports.importing import Importer
from adm_sync.imports.kept_dry_runs import kept_dry_run
from adm_sync.workbook.findings import WorkbookRefused
from adm_sync.workbook.reading import Limits
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import CLASSROOM, content, imported, importer, remote_titles
from adm_sync_tests.workbooks import classroom, workbook_bytes

LIMITS = Limits(megabytes=1)


def sent(place: Workplace, *rows: object, name: str = "events.xlsx") -> str:
    """The partition of a workbook of these rows, as somebody sends it."""
    data = workbook_bytes(rows, blank_rows=0, lookup_sheet=False)
    return take_upload(place.engine, name, data, LIMITS)


def kept(opened: Importer, partition: str) -> KeptDryRun:
    """What is kept of the dry run of a workbook."""
    with opened.database.engine.connect() as connection:
        found = kept_dry_run(connection, opened.kept(partition)[0], partition)
    assert found is not None
    return found


def test_a_workbook_is_kept_once_under_the_name_that_it_first_had(synced: Workplace) -> None:
    data, name = workbook_bytes(classroom(), blank_rows=0), "C:\\fakepath\\Sitting\x01 2027A.xlsx"

    first = take_upload(synced.engine, name, data, LIMITS)

    assert first.startswith("Sitting_ 2027A.xlsx-")
    assert take_upload(synced.engine, "again.xlsx", data, LIMITS) == first
    found = synced.execute("select file_name, source from adm_sync.workbooks")
    assert found == [("Sitting_ 2027A.xlsx", "desk")]


@pytest.mark.thorough
def test_a_name_of_any_length_is_kept_in_part(synced: Workplace) -> None:
    partition = sent(synced, *classroom(), name=f"{'Ü' * 300}.xlsx")

    assert partition.startswith("ÜÜÜ")
    assert len(partition.encode()) < 200


def _zip(member: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(member, "")
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.xlsx", b"", "is empty"),
        ("a.xlsx", b"<html>", "is not an Excel workbook"),
        ("a.xlsx", _zip("a.txt"), "is an archive, but no Excel workbook"),
        ("a.xlsx", b"P" * 1_000_001, "1 are allowed"),
        ("a.exe", _zip("[Content_Types].xml"), "does not end in .xlsx"),
        ("", _zip("[Content_Types].xml"), "does not end in .xlsx"),
        (".xlsx", _zip("[Content_Types].xml"), "does not end in .xlsx"),
        (f"a.{'x' * 5000}", b"PK", "does not end in .xlsx"),
    ],
)
def test_what_is_no_workbook_is_refused_and_not_kept(
    synced: Workplace, name: str, data: bytes, said: str
) -> None:
    with pytest.raises(WorkbookRefused) as refused:
        take_upload(synced.engine, name, data, LIMITS)

    assert said in str(refused.value)
    assert len(str(refused.value)) < 500
    assert synced.execute("select 1 from adm_sync.workbooks") == []


def test_a_dry_run_of_a_kept_workbook_keeps_what_it_found_and_nothing_else(
    synced: Workplace,
) -> None:
    bad = classroom(title="CB3 Bristol 27A-02", max_places="many")
    partition = sent(synced, *classroom(), *bad)

    with importer() as opened:
        summary = dry_runs.rehearse(opened, partition)
        found = kept(opened, partition)
        state = opened.standing(partition).state
        with synced.engine.connect() as connection:
            page = finding_page(connection, opened.kept(partition)[0], None, 1, 50)

    assert (found.status, found.fingerprint) == ("partial", summary.fingerprint)
    assert found.result is not None
    assert [one["title"] for one in found.result["plan"]] == [CLASSROOM]
    assert list(page.findings) == list(summary.findings) != []
    assert state == "not imported"
    for table in ("imports", "event_groups", "events", "steps"):
        assert synced.execute(f"select 1 from adm_sync.{table}") == []
    assert remote_titles(synced) == []


@pytest.mark.thorough
def test_the_plan_that_was_found_instead_is_kept_with_what_differs(synced: Workplace) -> None:
    partition = sent(synced, *classroom())
    with importer() as opened:
        agreed = dry_runs.rehearse(opened, partition).fingerprint or ""
        imported(content(*classroom(), name="other.xlsx"))
        with pytest.raises(PlanMoved) as moved:
            opened.agree(opened.kept(partition)[1], agreed)
        differ = dry_runs.keep_moved(opened, partition, moved.value.summary, agreed, None)
        found = kept(opened, partition)

    assert [(one["row"], one["before"], one["now"]) for one in differ] == [
        (4, "created", "unchanged")
    ]
    assert found.fingerprint == moved.value.summary.fingerprint
    assert found.result is not None
    assert (found.result["moved"], found.result["differences"]) == (True, differ)


@pytest.mark.thorough
def test_of_two_dry_runs_at_once_one_waits_for_nobody(synced: Workplace) -> None:
    partition = sent(synced, *classroom())

    with (
        importer() as opened,
        exclusive(synced.engine, dry_runs.lock_name(partition), 0, print),
        pytest.raises(SyncBusy),
    ):
        dry_runs.rehearse(opened, partition)


@pytest.mark.thorough
def test_a_dry_run_whose_process_died_is_interrupted(synced: Workplace) -> None:
    partition = sent(synced, *classroom())
    with importer() as opened:
        dry_runs.rehearse(opened, partition)
        synced.execute("update adm_sync.dry_runs set finished_at = null")

        assert kept(opened, partition).status == "interrupted"
        with exclusive(synced.engine, dry_runs.lock_name(partition), 0, print):
            assert kept(opened, partition).status == "running"


def test_a_file_that_is_refused_as_a_whole_says_so_later(synced: Workplace) -> None:
    data = workbook_bytes(classroom()).replace(b"PK\x05\x06", b"PK\x05\x07")
    partition = take_upload(synced.engine, "a.xlsx", data, LIMITS)

    with importer() as opened:
        with pytest.raises(WorkbookRefused):
            dry_runs.rehearse(opened, partition)
        found = kept(opened, partition)

    assert (found.status, found.result) == ("failed", None)
    assert found.message


def test_findings_come_by_the_page_and_by_what_is_to_be_done(synced: Workplace) -> None:
    rows = [
        row
        for n in range(7)
        for row in classroom(title=f"CB3 Bristol 27A-{n:02}", max_places="many", venue="Nowhere")
    ]
    partition = sent(synced, *rows)
    with importer() as opened:
        found = dry_runs.rehearse(opened, partition).findings
        workbook_id = opened.kept(partition)[0]
    with synced.engine.connect() as connection:
        pages = [finding_page(connection, workbook_id, None, n, 5) for n in (0, 1, 2, 3, 99)]
        asked = finding_page(connection, workbook_id, ToDo.ASK, 1, 5)

    assert [one.number for one in pages] == [1, 1, 2, 3, 3]
    assert list(found) == [one for page in pages[1:4] for one in page.findings]
    assert pages[0].counts == dict.fromkeys(ToDo, 0) | {ToDo.CORRECT: 7, ToDo.ASK: 7}
    assert {one.code for one in asked.findings} == {"venue_unknown"}
    assert (len(asked.findings), asked.pages) == (5, 2)


def test_a_name_that_is_near_another_is_to_be_corrected_in_the_workbook(synced: Workplace) -> None:
    rows = [*classroom(instructor="Agnes Toliver", session_instructor="")]
    rows += classroom(title="CB3 Bristol 27A-02", venue="Nil")
    partition = sent(synced, *rows)
    with importer() as opened:
        dry_runs.rehearse(opened, partition)
        workbook_id = opened.kept(partition)[0]
    with synced.engine.connect() as connection:
        mended, asked = (
            finding_page(connection, workbook_id, todo, 1, 5) for todo in (ToDo.CORRECT, ToDo.ASK)
        )

    assert [one.code for one in mended.findings] == ["instructor_unknown"]
    assert [one.code for one in asked.findings] == ["venue_unknown"]
