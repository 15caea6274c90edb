"""Workbooks as Excel and other programs really write them: a dry run says exactly what is wrong.

Each case is one event with one thing changed: what is read is what the planner sees, or there is
a finding at the cell.
"""

from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from adm_sync.workbook.columns import Column
from adm_sync_tests.cli.workplace import Visit, Workplace
from adm_sync_tests.workbook.files import parts_of, zipped
from adm_sync_tests.workbooks import Cells, Formatted, Formula, blended, changed, workbook_bytes

pytestmark = pytest.mark.thorough(all_but_each=3)


RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS_OF_PARTS = "http://schemas.openxmlformats.org/package/2006/relationships"
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture(scope="module")
def place(visit_synced: Visit) -> Iterator[Workplace]:
    with visit_synced() as place:
        yield place


def workbook(rows: list[Cells]) -> bytes:
    return workbook_bytes(rows, lookup_sheet=False, blank_rows=0)


def dry_run(place: Workplace, folder: Path, data: bytes, status: int = 0) -> Any:
    path = folder / "events.xlsx"
    path.write_bytes(data)
    return place.json("import-events", str(path), "--dry-run", status=status)


def found(document: Any) -> list[tuple[str, str, int, str | None]]:
    return [
        (one["severity"], one["code"], one["row"], one["header"]) for one in document["findings"]
    ]


WRONG: list[tuple[str, object, str]] = [
    ("code", date(2027, 3, 1), "text_became_date"),
    ("code", Formatted(date(2027, 3, 1), "mmm-yy"), "text_became_date"),
    ("code", Formatted(100_000, "0.00E+00"), "text_became_number"),
    ("moodle_code", Formatted(12, "##0.0E+0"), "shown_otherwise"),
    ("moodle_code", 12345678901234567890, "digits_lost"),
    ("moodle_code", Formatted(1.5e17, "0"), "digits_lost"),
    ("sage_code", date(2027, 3, 1), "text_became_date"),
    ("tutors", time(9, 30), "text_became_date"),
    ("recording_pin", Formatted(42.5, "# ?/?"), "shown_otherwise"),
    ("recording_pin", Formatted(42, ";;;"), "shown_otherwise"),
    ("sage_code", Formatted("T-CB1", '0;0;0;"x"'), "shown_otherwise"),
    ("web_sale", Formatted(1, ";;;"), "shown_otherwise"),
    ("max_places", Formatted(14, "0%"), "shown_otherwise"),
    ("max_places", Formatted(14_000, "0,"), "shown_otherwise"),
    ("sitting", date(2027, 4, 1), "text_became_date"),
    ("instructor", date(2027, 4, 1), "text_became_date"),
    ("zone", "GMT Standard Time", "zone_unknown"),
    ("zone", "W. Europe Daylight Time", "zone_unknown"),
    ("recordings", "vielleicht", "not_yes_or_no"),
    ("session_title", date(2027, 3, 1), "text_became_date"),
]


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize(("name", "value", "code"), WRONG)
def test_what_excel_has_changed_is_said_at_its_cell(
    place: Workplace, tmp_path: Path, name: str, value: object, code: str
) -> None:
    rows = blended(**{name: value})
    status = 0 if code == "shown_otherwise" else 3
    document = dry_run(place, tmp_path, workbook(rows), status)
    severity = "warning" if status == 0 else "error"
    assert (severity, code, 4, Column[name.upper()].value) in found(document)
    assert len(document["findings"]) == 1


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_places", Formatted(14, "Standard")),
        ("max_places", Formatted(14, "0 days")),
        ("max_places", Formatted(14, '[Red]"dd/mm "0')),
        ("max_places", Formatted(14, "[$-809]#,##0")),
        ("day", Formatted(1, "Standard")),
        ("day", Formatted(1, '"Day" 0')),
        ("max_places", Formatted(14, "G/通用格式")),
        ("max_places", Formatted(14, "0.00E+00")),
        ("code", Formatted("LO_6", '"CB1_"@')),
        ("sitting", Formatted(2027, '0"A"')),
        ("web_sale", Formatted(0, '[=0]"Yes";"No"')),
        ("recording_pin", Formatted(42, "0000")),
        ("start_time", Formatted(time(9, 30), "[h]:mm")),
        ("start_date", Formatted(date(2027, 1, 12), "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy")),
    ],
)
def test_what_the_planner_sees_is_accepted(
    place: Workplace, tmp_path: Path, name: str, value: object
) -> None:
    first, *others = blended()
    rows = [changed(first, **{name: value}), *others]
    assert found(dry_run(place, tmp_path, workbook(rows))) == []


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Romance Standard Time", "Europe - Paris"),
        ("Volgograd Standard Time", "Europe - Volgograd"),
        ("Central Standard Time (Mexico)", "America - Mexico City"),
        ("Russia Time Zone 3", "Europe - Samara"),
        ("Altai Standard Time", "Asia - Barnaul"),
    ],
)
def test_a_windows_zone_suggests_the_zone_that_it_means(
    place: Workplace, tmp_path: Path, name: str, meant: str
) -> None:
    rows = [changed(row, zone=name) for row in blended()]
    (finding,) = dry_run(place, tmp_path, workbook(rows), 3)["findings"]
    assert finding["suggestion"] == meant


def test_the_address_behind_a_text_is_suggested(place: Workplace, tmp_path: Path) -> None:
    link = 'HYPERLINK("https://learn.larkfield.example/a","Join here")'
    rows = blended(event_url=Formula(link, "Join here"))
    findings = dry_run(place, tmp_path, workbook(rows), 3)["findings"]
    (finding,) = [one for one in findings if one["severity"] == "error"]
    assert (finding["code"], finding["header"]) == ("url_unreadable", "Event url")
    assert finding["suggestion"] == "https://learn.larkfield.example/a"
    assert "'Join here'" in finding["message"]


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize(
    ("target", "place_in_it", "shown"),
    [
        ("https://other.example/b", "", "https://other.example/b"),
        ("mailto:planner@larkfield.example", "", "mailto:planner@larkfield.example"),
        ("", "Lists!A1", "#Lists!A1"),
        ("HTTPS://Learn.Larkfield.example/a/", "", None),
        ("https://learn.larkfield.example/a", "top", "https://learn.larkfield.example/a#top"),
    ],
)
def test_a_link_that_leads_elsewhere_than_it_shows_is_pointed_at(
    place: Workplace, tmp_path: Path, target: str, place_in_it: str, shown: str | None
) -> None:
    parts = parts_of(workbook(blended(event_url="https://learn.larkfield.example/a")))
    more = (f' r:id="rId1" xmlns:r="{RELATIONS}"' if target else "") + (
        f' location="{place_in_it}"' if place_in_it else ""
    )
    link = f'<hyperlinks><hyperlink ref="V4"{more}/></hyperlinks><pageMargins'
    parts[SHEET] = parts[SHEET].replace(b"<pageMargins", link.encode(), 1)
    relation = f'Id="rId1" Type="{RELATIONS}/hyperlink" Target="{target}" TargetMode="External"'
    parts["xl/worksheets/_rels/sheet1.xml.rels"] = (
        f'<Relationships xmlns="{RELATIONS_OF_PARTS}"><Relationship {relation}/></Relationships>'
    ).encode()
    document = dry_run(place, tmp_path, zipped(parts))
    expected = [] if shown is None else [("warning", "link_differs", 4, "Event url")]
    assert found(document) == expected
    for finding in document["findings"]:
        assert "https://learn.larkfield.example/a" in finding["message"]
        assert str(shown) in finding["message"]


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize(
    "note",
    [
        {"code": "HALF TERM"},
        {"title": "HALF TERM"},
        {"session_title": "HALF TERM"},
        {"code": "HALF TERM", "start_date": date(2027, 2, 15), "end_date": date(2027, 2, 19)},
        {"session_title": "HALF TERM", "start_date": date(2027, 2, 15)},
        {"code": "HALF TERM", "title": "Half term", "session_title": "HALF TERM"},
        {"code": "HALF TERM", "location": "London"},
        {"code": "HALF TERM", "session_title": "No teaching"},
        {"code": "HALF TERM", "title": "HALF TERM 15 to 19 February"},
        {"code": "HALF TERM", "title": "No teaching", "sitting": "2027A"},
    ],
)
def test_a_separator_is_one_error_and_the_event_stays_whole(
    place: Workplace, tmp_path: Path, note: dict[str, object]
) -> None:
    first, *others = blended()
    rows = [first, *others[:2], changed({}, **note), *others[2:]]
    document = dry_run(place, tmp_path, workbook(rows), 3)
    assert found(document) == [("error", "not_an_event_or_session", 7, None)]
    assert document["status"] == "partial"
    assert (document["events"]["created"], document["sessions"]["created"]) == (1, 6)


@pytest.mark.thorough
def test_a_separator_counts_alike_in_the_run_and_in_all(place: Workplace, tmp_path: Path) -> None:
    first, *others = blended(title="CB1 London 27A-09")
    path = tmp_path / "half term.xlsx"
    path.write_bytes(workbook([first, *others[:2], changed({}, code="HALF TERM"), *others[2:]]))
    document = place.json("import-events", str(path), status=3)
    assert (document["status"], document["state"]) == ("partial", "partial")
    assert document["events"]["rejected"] == document["in_all"]["rejected"] == 0
    assert document["in_all"]["rejected_rows"] == 1
    (shown,) = (o for o in place.json("imports")["imports"] if o["workbook"] == "half term.xlsx")
    assert shown["events"]["rejected_rows"] == 1
    # What a later version does without is put right.
    path.write_bytes(workbook([first, *others]))
    assert place.json("import-events", str(path))["state"] == "complete"
    states = {one["state"] for one in place.json("imports")["imports"]}
    assert states <= {"complete", "replaced"}


@pytest.mark.parametrize("merged", ["A7:AI7", "A7:C7"])
def test_a_separator_merged_across_is_one_error(
    place: Workplace, tmp_path: Path, merged: str
) -> None:
    first, *others = blended()
    rows = [first, *others[:2], changed({}, code="HALF TERM"), *others[2:]]
    parts = parts_of(workbook(rows))
    cells = f'<mergeCells><mergeCell ref="{merged}"/></mergeCells><pageMargins'
    parts[SHEET] = parts[SHEET].replace(b"<pageMargins", cells.encode(), 1)
    document = dry_run(place, tmp_path, zipped(parts), 3)
    assert found(document) == [("error", "not_an_event_or_session", 7, None)]
    assert document["events"]["created"] == 1


@pytest.mark.parametrize("columns", [35, 4])
def test_headers_pasted_among_the_sessions_are_skipped(
    place: Workplace, tmp_path: Path, columns: int
) -> None:
    first, *others = blended()
    pasted = {column: column.value or None for column in list(Column)[:columns]}
    document = dry_run(place, tmp_path, workbook([first, *others[:2], pasted, *others[2:]]))
    assert found(document) == [("warning", "repeated_header", 7, None)]
    assert document["sessions"]["created"] == 6


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("start", ["00:00", time(0), 0, "0:00"])
def test_a_start_at_midnight_is_pointed_at(place: Workplace, tmp_path: Path, start: object) -> None:
    first, second, *others = blended()
    document = dry_run(
        place, tmp_path, workbook([first, changed(second, start_time=start), *others])
    )
    assert found(document) == [("warning", "starts_at_midnight", 5, "Classroom start time")]


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize(
    ("stored", "status"),
    [("1", 0), ("TRUE", 0), ("true", 0), ("0", 0), ("FALSE", 0), ("WAHR", 3), ("2", 3), ("yes", 3)],
)
def test_a_boolean_is_what_it_says_or_an_error(
    place: Workplace, tmp_path: Path, stored: str, status: int
) -> None:
    document = dry_run(place, tmp_path, with_boolean(stored), status)
    assert [one["code"] for one in document["findings"]] == ["not_yes_or_no"] * (status == 3)


def with_boolean(stored: str, **event: object) -> bytes:
    parts = parts_of(workbook(blended(web_sale=True, **event)))
    sheet = parts[SHEET].decode()
    assert 't="b"><v>1</v>' in sheet
    parts[SHEET] = sheet.replace('t="b"><v>1</v>', f't="b"><v>{stored}</v>').encode()
    return zipped(parts)


@pytest.mark.thorough
@pytest.mark.parametrize(("stored", "status"), [("TRUE", 0), (" false ", 0), ("yes", 3)])
def test_a_workbook_with_a_boolean_spelled_otherwise_has_its_copy(
    place: Workplace, tmp_path: Path, stored: str, status: int
) -> None:
    path = tmp_path / "events.xlsx"
    path.write_bytes(with_boolean(stored, title=f"CB1 London{stored}"))
    document = place.json("import-events", str(path), status=status)
    copy = load_workbook(document["report"])["Import"]
    told = "rejected" if status else "created"
    assert str(copy["A4"].value).startswith(told)
    assert "No copy" not in document.get("message", "")


@pytest.mark.parametrize("folder", ["", "parts/of/it/", "XL2/"])
def test_the_parts_may_lie_anywhere(place: Workplace, tmp_path: Path, folder: str) -> None:
    moved = {
        name.replace("xl/", folder, 1) if name.startswith("xl/") else name: content.replace(
            b"/xl/", f"/{folder}".encode()
        ).replace(b'"xl/', f'"{folder}'.encode())
        for name, content in parts_of(workbook(blended())).items()
    }
    assert found(dry_run(place, tmp_path, zipped(moved))) == []


def test_parts_are_found_by_their_addresses(place: Workplace, tmp_path: Path) -> None:
    parts = parts_of(workbook(blended()))
    parts["xl/worksheets/my sheet.xml"] = parts.pop(SHEET)
    for name in ("xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
        parts[name] = parts[name].replace(b"worksheets/sheet1.xml", b"worksheets/my%20sheet.xml")
    assert found(dry_run(place, tmp_path, zipped(parts))) == []


@pytest.mark.thorough
def test_titles_and_names_have_single_spaces(place: Workplace, tmp_path: Path) -> None:
    rows = blended(title=" CB1  London\u00a0 27A-77 ", instructor="Adewale   Brightmore")
    path = tmp_path / "spaces.xlsx"
    path.write_bytes(workbook(rows))
    document = place.json("import-events", str(path))
    assert document["status"] == "succeeded"
    titles = [event["title"] for event in place.sandbox.store.all("Event")]
    assert "CB1 London 27A-77" in titles


def test_a_venue_of_another_town_is_named_with_its_town(place: Workplace, tmp_path: Path) -> None:
    rows = [changed(row, venue="Irwell House") for row in blended()]
    findings = dry_run(place, tmp_path, workbook(rows), 3)["findings"]
    assert "Irwell House (in Manchester)" in findings[0]["message"]
