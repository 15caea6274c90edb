"""The workbooks that reading is measured with hold what the figures say that they hold."""

import io
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from adm_sync.workbook.columns import Column
from benchmarks.imports import excel_file, reading
from benchmarks.imports.reading_plan import PLANNERS, held
from benchmarks.imports.rows import Mistakes, courses, workbook_rows

pytestmark = pytest.mark.thorough

EVENTS, SESSIONS = 6, 20


def written(folder: Path, mistakes: Mistakes = "none") -> Path:
    path = folder / "book.xlsx"
    excel_file.write(path, workbook_rows(courses(EVENTS, SESSIONS), mistakes))
    return path


def test_a_planners_workbook_has_350_events_with_1300_sessions() -> None:
    assert len(held(PLANNERS)) == 350
    assert sum(course.sessions for course in held(PLANNERS)) == 1_300


def test_events_that_cannot_have_so_many_sessions_are_refused() -> None:
    with pytest.raises(ValueError, match="do not have 30"):
        courses(5, 30)


@pytest.mark.thorough
def test_nobody_teaches_twice_at_the_same_time() -> None:
    rows = list(workbook_rows(courses(25_000, 4 * 25_000)))
    busy = {
        (row[Column.SESSION_INSTRUCTOR], row[Column.START_DATE], row[Column.START_TIME])
        for row in rows
    }
    assert len(busy) == len(rows)


def test_the_file_is_one_that_others_can_read(tmp_path: Path) -> None:
    book = load_workbook(io.BytesIO(written(tmp_path).read_bytes()), data_only=True)
    headers, _, _, first, *_ = book["Import"].iter_rows(values_only=True)
    values = dict(zip(headers, first, strict=True))
    assert values[Column.TITLE.value] == "CB1 Manchester 27A-00001"
    assert values[Column.START_DATE.value].date() == date(2027, 1, 11)
    assert values[Column.LMS_START_TIME.value].strftime("%H:%M") == "09:00"
    assert values[Column.MAX_PLACES.value] == 14
    book.close()


@pytest.mark.parametrize(
    ("mistakes", "rejected", "fewest"),
    [("none", 0, 0), ("in every row", EVENTS, SESSIONS), ("in every cell", SESSIONS, 200)],
)
def test_reading_finds_the_mistakes_and_no_others(
    mistakes: Mistakes, rejected: int, fewest: int, tmp_path: Path
) -> None:
    measured = reading.measure(written(tmp_path, mistakes))
    assert (measured.rows, measured.rejected) == (SESSIONS, rejected)
    assert measured.findings >= fewest
    assert bool(measured.findings) == (mistakes != "none")
    assert measured.read > 0
    assert measured.check > 0
