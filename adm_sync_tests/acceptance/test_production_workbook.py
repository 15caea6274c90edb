"""A workbook as production has it is imported, with no finding but for the mistakes in it."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from adm_sync.workbook.columns import Column
from adm_sync.workbook.guide import markdown
from adm_sync_tests.cli.workplace import Visit, Workplace
from adm_sync_tests.production import (
    BLENDED,
    LMS_ONLY,
    SESSIONS,
    production_rows,
    production_workbook,
)
from adm_sync_tests.workbooks import FIRST_DATA_ROW, Cells, changed

EVENTS = BLENDED + LMS_ONLY
BY_HEADER = {column.value: column for column in Column}


@pytest.fixture(scope="module")
def place(visit_synced: Visit) -> Iterator[Workplace]:
    with visit_synced() as place:
        yield place


def saved(folder: Path, rows: list[Cells] | None = None) -> str:
    path = folder / "events.xlsx"
    path.write_bytes(production_workbook(rows))
    return str(path)


def test_the_workbook_is_as_it_was_measured() -> None:
    rows = production_rows()
    filled = Counter(column for row in rows for column in Column if row[column] not in (None, ""))
    open_venues = sum(row[Column.VENUE] in ("To be confirmed", "TBC", "TBD") for row in rows)
    assert (len(rows), open_venues) == (EVENTS + SESSIONS, 722)
    assert (filled[Column.CODE], filled[Column.SESSION_TITLE]) == (EVENTS, BLENDED + SESSIONS)
    assert (filled[Column.ADMINISTRATOR], filled[Column.TUTORS]) == (0, 0)
    assert (filled[Column.EVENT_URL], filled[Column.SESSION_URL]) == (133, 87)
    assert (filled[Column.LMS_START_DATE], filled[Column.LMS_START_TIME]) == (EVENTS, len(rows))


def test_it_is_imported_without_a_finding(place: Workplace, tmp_path: Path) -> None:
    document = place.json("import-events", saved(tmp_path), "--dry-run")
    assert document["findings"] == []
    assert document["rows"] == EVENTS + SESSIONS
    assert (document["status"], document["events"]["created"]) == ("succeeded", EVENTS)
    assert document["sessions"]["created"] == BLENDED + SESSIONS


def test_only_the_mistakes_in_it_are_found(place: Workplace, tmp_path: Path) -> None:
    rows = production_rows()
    mistakes = {
        0: {"sitting": None},
        6: {"start_date": "31/02/2027"},
        41: {"day": None},
        EVENTS + SESSIONS - 1: {"web_sale": "perhaps"},
    }
    for number, cells in mistakes.items():
        rows[number] = changed(rows[number], **cells)
    document = place.json("import-events", saved(tmp_path, rows), "--dry-run", status=3)
    found = {(one["row"], one["header"]) for one in document["findings"]}
    assert found == {
        (number + FIRST_DATA_ROW, Column[name.upper()].value)
        for number, cells in mistakes.items()
        for name in cells
    }
    assert document["events"]["rejected"] == len(mistakes)


@pytest.mark.thorough
def test_a_part_of_it_is_imported_for_good(place: Workplace, tmp_path: Path) -> None:
    rows = production_rows()
    document = place.json("import-events", saved(tmp_path, [*rows[:40], *rows[-2:]]))
    assert (document["status"], document["findings"]) == ("succeeded", [])
    assert document["events"]["pushed"] == 12


def test_the_page_of_columns_says_what_the_table_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "workbook.md"
    assert page.read_text(encoding="utf-8") == markdown()
