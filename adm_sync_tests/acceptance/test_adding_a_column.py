"""A column is added with one entry in the table of columns, and the database column that holds it.

The entry and the column are put into a copy of the package; what is asked of it is asked of
processes that know nothing but the copy.
"""

import io
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import adm_sync
from adm_sync.workbook.columns import Column
from adm_sync_tests.cli.workplace import Visit, Workplace, _visitor, visit_synced
from adm_sync_tests.workbooks import blended, workbook_bytes

__all__ = ["_visitor", "visit_synced"]

TITLE = "CB1 London 27A-01"
ENTRY = """
    ROOM_SETUP = Entry(
        header="Room setup",
        about="How the tables stand.",
        form=Form.TEXT,
        header_needed=False,
        length=40,
        example="Horseshoe",
        event=Kept("room_setup", bridge=("room_setup",), custom_field="Room setup"),
    )
"""
SHOWN = """
from io import BytesIO
from openpyxl import load_workbook
from adm_sync.workbook.guide import markdown
from adm_sync.workbook.template import TemplateLists, template_bytes
lines = markdown().splitlines()
print(lines[lines.index("### Room setup") + 2])
sheet = load_workbook(BytesIO(template_bytes(TemplateLists())))["Import"]
print([cell.value for row in sheet.iter_rows(max_row=3) for cell in row if cell.column == 36])
"""


def put_in(path: Path, before: str, added: str) -> None:
    """Put text into a copied file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, path
    path.write_text(text.replace(before, added + before), encoding="utf-8")


@pytest.fixture(scope="module")
def place(visit_synced: Visit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A workplace whose processes know the column, and both sides have a place for it."""
    copy = tmp_path_factory.mktemp("with_a_column")
    package = Path(adm_sync.__file__).parent
    shutil.copytree(package, copy / "adm_sync")
    shutil.copy(package.parent / "dagster.yaml", copy)
    put_in(copy / "adm_sync/workbook/columns.py", "\n\n# What has a header; the other", ENTRY)
    put_in(
        copy / "adm_sync/database/adm.py",
        '    text("sage_code", 100),\n',
        '    text("room_setup", 40),\n',
    )
    with visit_synced() as place:
        place.execute("alter table adm.events add room_setup varchar(40) not null default ''")
        place.sandbox.store.add("CustomFieldDefinition", entityType="Event", label="Room setup")
        place.sync("custom_fields")
        place.set(pythonpath=str(copy))
        yield place


def said(place: Workplace, *arguments: str, program: Sequence[str] = (), status: int = 0) -> str:
    """What a process of the copy says on its standard output."""
    options: dict[str, Any] = {"program": program} if program else {}
    process = place.start(*arguments, cwd=place.environment["PYTHONPATH"], **options)
    out = process.communicate()[0]
    assert process.returncode == status, out
    return out


def workbook(path: Path, setup: str, of_another: str = "") -> str:
    """One event or two, with the new column beyond all others."""
    rows = blended(sessions=2)
    rows += blended(title="CB1 London 27A-02", sessions=2) if of_another else []
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(rows, blank_rows=0)))
    cells = ("Room setup", "e.g. Horseshoe", "free-text", setup, None, of_another)
    for row, value in enumerate(cells, start=1):
        book["Import"].cell(row, len(Column) + 1).value = value
    book.save(path)
    return str(path)


def kept(place: Workplace) -> tuple[str, str, str]:
    """What the column holds: in the bridge, as it was recorded, and in Administrate."""
    ((bridge, recorded),) = place.execute(
        "select bridge.room_setup, ours.recorded ->> 'room_setup' from adm_sync.events ours "
        "join adm.events bridge on bridge.id = ours.adm_event_id where ours.title = :title",
        title=TITLE,
    )
    store = place.sandbox.store
    (key,) = [
        one["id"] for one in store.all("CustomFieldDefinition") if one["label"] == "Room setup"
    ]
    (event,) = [one for one in store.all("Event") if one["title"] == TITLE]
    return bridge, recorded, event["customFieldValues"].get(key)


def test_a_column_is_one_entry_from_the_cell_to_both_sides(
    place: Workplace, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "events.xlsx", "Horseshoe")
    summary = json.loads(said(place, "import-events", path, "--json"))
    assert (summary["status"], summary["findings"]) == ("succeeded", [])
    assert kept(place) == ("Horseshoe", "Horseshoe", "Horseshoe")

    corrected = workbook(tmp_path / "corrected.xlsx", "Theatre")
    summary = json.loads(said(place, "import-events", corrected, "--json", "--update"))
    assert (summary["status"], summary["events"]["updated"]) == ("succeeded", 1)
    assert kept(place) == ("Theatre", "Theatre", "Theatre")

    place.execute("update adm.events set room_setup = 'Cabaret' where title = :title", title=TITLE)
    path = workbook(tmp_path / "long.xlsx", "Theatre", of_another="x" * 41)
    summary = json.loads(said(place, "import-events", path, "--json", "--dry-run", status=3))
    found = {one["code"]: one for one in summary["findings"] if one["header"] == "Room setup"}
    assert (found["too_long"]["row"], found["too_long"]["column"]) == (6, "AJ")
    assert "it is Cabaret here and Theatre in Administrate now" in found["differs"]["message"]


def test_the_guide_and_the_template_have_it(place: Workplace) -> None:
    line, cells = said(place, program=("-c", SHOWN)).splitlines()
    assert line == "How the tables stand."
    assert cells == "['Room setup', 'e.g. Horseshoe', 'free-text']"
