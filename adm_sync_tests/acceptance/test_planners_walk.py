"""A planner's walk: a template filled in, a mended copy, a date moved, a conflict decided."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from adm_sync.workbook.columns import Column
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import remote
from adm_sync_tests.workbooks import blended, classroom

LONDON, BRISTOL = "CB1 London 27A-01", "CB3 Bristol 27A-01"
MISSPELLED = "Nobody Atall"


def headers(sheet: Worksheet) -> tuple[int, dict[str, int]]:
    """The row of the headers, and the number of the column of each."""
    for row in sheet.iter_rows(max_row=30):
        found = {str(cell.value): cell.column for cell in row if cell.value}
        if Column.CODE in found and Column.TITLE in found:
            return row[0].row, found
    raise AssertionError("no row with headers")


class Sheet:
    """The sheet of events as a planner has it open in a spreadsheet program."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._book = openpyxl.load_workbook(path)
        for sheet in self._book.worksheets:
            try:
                self._header, self._columns = headers(sheet)
            except AssertionError:
                continue
            self._sheet = sheet
            break

    def add(self, *rows: dict[Column, object]) -> None:
        """Write rows under the last one that has a title, of an event or of a session."""
        titles = self._columns[Column.TITLE], self._columns[Column.SESSION_TITLE]
        last = max(
            row
            for row in range(self._header, self._sheet.max_row + 1)
            if any(self._sheet.cell(row, column).value for column in titles)
        )
        for number, row in enumerate(rows, last + 1):
            for column, value in row.items():
                if column in self._columns and value not in {None, ""}:
                    self._sheet.cell(number, self._columns[column]).value = value  # type: ignore[assignment]

    def change(self, title: str, column: Column, value: Any, day: int = 1) -> None:
        """Write another value into the row of an event, or of a later day of it."""
        self._sheet.cell(self._row(title, day), self._columns[column]).value = value

    def value(self, title: str, header: str) -> Any:
        """What stands in the row of an event."""
        return self._sheet.cell(self._row(title, 1), self._columns[header]).value

    def save(self, name: str) -> str:
        """Save as another file; gives its path."""
        path = self.path.with_name(name)
        self._book.save(path)
        self._book.close()
        return str(path)

    def _row(self, title: str, day: int) -> int:
        at = [
            row
            for row in range(self._header + 1, self._sheet.max_row + 1)
            if self._sheet.cell(row, self._columns[Column.TITLE]).value == title
        ]
        return at[0] + day - 1


def outcome(document: dict[str, Any]) -> tuple[int, int, int, int]:
    """How many events were created, updated, rejected, and are in conflict."""
    events = document["events"]
    return events["created"], events["updated"], events["rejected"], events["conflicts"]


@pytest.mark.thorough
def test_from_the_template_to_a_conflict_decided(synced: Workplace, tmp_path: Path) -> None:
    place = synced

    # The template is filled in; a tutor of the second event is nobody.
    place.run("template", str(tmp_path / "plan.xlsx"))
    sheet = Sheet(tmp_path / "plan.xlsx")
    sheet.add(*blended(title=LONDON, sessions=2))
    sheet.add(*classroom(title=BRISTOL, instructor=MISSPELLED, session_instructor=""))
    first = place.json("import-events", sheet.save("events.xlsx"), status=3)
    assert outcome(first) == (1, 0, 1, 0)
    assert {one["code"] for one in first["findings"]} >= {"instructor_unknown"}

    # The copy says at the row what is wrong; mended, it is imported, and makes nothing twice.
    copy = next(place.home.glob("**/*events*.xlsx"))
    sheet = Sheet(copy)
    assert MISSPELLED in str(sheet.value(BRISTOL, "Instructor"))
    sheet.change(BRISTOL, Column.INSTRUCTOR, classroom()[0][Column.INSTRUCTOR])
    mended = sheet.save("events mended.xlsx")
    assert "Ready to import again" in place.run("import-events", mended, "--dry-run").stdout
    assert outcome(place.json("import-events", mended)) == (1, 0, 0, 0)

    # A date moves; without leave it is only said, with it both sides follow.
    sheet = Sheet(Path(mended))
    for column in (Column.START_DATE, Column.END_DATE):
        sheet.change(LONDON, column, date(2027, 1, 20), day=2)
    moved = sheet.save("events moved.xlsx")
    said = place.json("import-events", moved)
    assert outcome(said) == (0, 0, 0, 0)
    assert "differs" in {one["code"] for one in said["findings"]}
    assert outcome(place.json("import-events", moved, "--update")) == (0, 1, 0, 0)
    event = remote(place, LONDON)
    days = [
        one["start"][:10]
        for one in place.sandbox.store.all("Session")
        if one["event"] == event["id"]
    ]
    assert "2027-01-20" in days

    # Somebody changed the limit in Administrate, the planner in the workbook: a person decides.
    place.sandbox.store.update(event["id"], maxPlaces=30)
    sheet = Sheet(Path(moved))
    sheet.change(LONDON, Column.MAX_PLACES, 25)
    last = sheet.save("events last.xlsx")
    conflict = place.json("import-events", last, "--update", status=3)
    assert outcome(conflict) == (0, 0, 0, 1)
    assert remote(place, LONDON)["maxPlaces"] == 30
    decided = place.json("import-events", last, "--update", "--take", f"{LONDON}=workbook")
    assert outcome(decided) == (0, 1, 0, 0)
    assert remote(place, LONDON)["maxPlaces"] == 25
    assert len(place.sandbox.store.all("Event")) == 2
