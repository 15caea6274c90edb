"""A column is added with one entry in the table of columns, and the database column that holds it.

Entries and columns are put into a copy of the package: a text of events, a date of events, and a
text of sessions. What is asked of it is asked of processes that know nothing but the copy.
"""

import io
import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import adm_sync
from adm_sync.workbook.columns import Column
from adm_sync_tests.cli.workplace import Visit, Workplace
from adm_sync_tests.workbooks import blended, workbook_bytes

TITLE = "CB1 London 27A-01"
ENTRIES = """
    ROOM_SETUP = Entry(
        header="Room setup",
        about="How the tables stand.",
        form=Form.TEXT,
        header_needed=False,
        length=40,
        example="Horseshoe",
        event=Kept("room_setup", bridge=("room_setup",), custom_field="Room setup"),
    )
    CATERING_DATE = Entry(
        header="Catering date",
        about="When lunch is ordered.",
        form=Form.DATE,
        header_needed=False,
        example="08/01/2027",
        event=Kept("catering_date", bridge=("catering_date",), custom_field="Catering date"),
    )
    ROOM = Entry(
        header="Room",
        about="The room in the building.",
        form=Form.TEXT,
        on=On.SESSION,
        header_needed=False,
        length=40,
        example="R1",
        session=Kept("room", bridge=("room",), custom_field="Room"),
    )
"""
HEADERS = ("Room setup", "Catering date", "Room")
CATERED = date(2027, 1, 8)
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
    put_in(copy / "adm_sync/workbook/columns.py", "\n\n# What has a header; the other", ENTRIES)
    tables = copy / "adm_sync/database/adm.py"
    of_events = '    text("room_setup", 40),\n    moment("catering_date", nullable=True),\n'
    put_in(tables, '    text("sage_code", 100),\n', of_events)
    put_in(tables, '    text("session_url", 500),\n', '    text("room", 40),\n')
    with visit_synced() as place:
        place.execute("alter table adm.events add room_setup varchar(40) not null default ''")
        place.execute("alter table adm.events add catering_date timestamptz")
        place.execute("alter table adm.sessions add room varchar(40) not null default ''")
        for label in HEADERS:
            kind = "Session" if label == "Room" else "Event"
            place.sandbox.store.add("CustomFieldDefinition", entityType=kind, label=label)
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
    """One event or two, with the new columns beyond all others."""
    rows = blended(sessions=2)
    rows += blended(title="CB1 London 27A-02", sessions=2) if of_another else []
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(rows, blank_rows=0)))
    cells = {1: HEADERS, 4: (setup, CATERED, "R1"), 5: (None, None, "R2"), 6: (of_another,)}
    for row, values in cells.items():
        for position, value in enumerate(values, start=len(Column) + 1):
            book["Import"].cell(row, position).value = value
    book.save(path)
    return str(path)


def here(place: Workplace) -> list[Any]:
    """What the bridge and the record of the import hold: of the event, and of its sessions."""
    event = place.execute(
        "select bridge.room_setup, bridge.catering_date, ours.recorded ->> 'room_setup', "
        "ours.recorded ->> 'catering_date' from adm_sync.events ours "
        "join adm.events bridge on bridge.id = ours.adm_event_id where ours.title = :title",
        title=TITLE,
    )
    sessions = place.execute(
        "select bridge.room, ours.recorded ->> 'room' from adm_sync.event_sessions ours "
        "join adm.sessions bridge on bridge.id = ours.adm_session_id order by ours.day"
    )
    return [tuple(row) for row in (*event, *sessions)]


def there(place: Workplace) -> list[tuple[str | None, ...]]:
    """What Administrate holds: of the event, and of its first two sessions."""
    store = place.sandbox.store
    keys = {one["label"]: one["id"] for one in store.all("CustomFieldDefinition")}
    (event,) = [one for one in store.all("Event") if one["title"] == TITLE]
    sessions = sorted(store.all("Session"), key=lambda one: str(one["start"]))
    of_event = [event["customFieldValues"].get(keys[label]) for label in HEADERS[:2]]
    rooms = [one.get("customFieldValues", {}).get(keys["Room"]) for one in sessions]
    return [tuple(of_event), *((room,) for room in rooms if room)]


@pytest.mark.thorough
def test_a_column_is_one_entry_from_the_cell_to_both_sides(
    place: Workplace, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "events.xlsx", "Horseshoe")
    summary = json.loads(said(place, "import-events", path, "--json"))
    assert (summary["status"], summary["findings"]) == ("succeeded", [])
    catered = datetime(2027, 1, 8, tzinfo=UTC)
    rooms = [("R1", "R1"), ("R2", "R2")]
    assert here(place) == [("Horseshoe", catered, "Horseshoe", "2027-01-08"), *rooms]
    assert there(place) == [("Horseshoe", "2027-01-08"), ("R1",), ("R2",)]

    corrected = workbook(tmp_path / "corrected.xlsx", "Theatre")
    summary = json.loads(said(place, "import-events", corrected, "--json", "--update"))
    assert (summary["status"], summary["events"]["updated"]) == ("succeeded", 1)
    assert here(place) == [("Theatre", catered, "Theatre", "2027-01-08"), *rooms]
    assert there(place) == [("Theatre", "2027-01-08"), ("R1",), ("R2",)]

    place.execute("update adm.events set room_setup = 'Cabaret' where title = :title", title=TITLE)
    path = workbook(tmp_path / "long.xlsx", "Theatre", of_another="x" * 41)
    summary = json.loads(said(place, "import-events", path, "--json", "--dry-run", status=3))
    found = {one["code"]: one for one in summary["findings"] if one["header"] in HEADERS}
    assert found.keys() == {"too_long", "differs"}
    assert (found["too_long"]["row"], found["too_long"]["column"]) == (6, "AJ")
    assert "it is Cabaret here and Theatre in Administrate now" in found["differs"]["message"]


@pytest.mark.thorough
def test_the_guide_and_the_template_have_it(place: Workplace) -> None:
    line, cells = said(place, program=("-c", SHOWN)).splitlines()
    assert line == "How the tables stand."
    assert cells == "['Room setup', 'e.g. Horseshoe', 'free-text']"
