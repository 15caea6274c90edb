"""Headers of one's own: the mapping file, and workbooks that are read by it."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl.styles import Font

from adm_sync.errors import SettingsError
from adm_sync.workbook.annotation.annotating import annotate
from adm_sync.workbook.checking import check
from adm_sync.workbook.columns import NAMED, Column
from adm_sync.workbook.findings import Finding, WorkbookRefused
from adm_sync.workbook.mapping.applying import mapped_table
from adm_sync.workbook.mapping.mapping import ColumnMapping, read_mapping
from adm_sync.workbook.mapping.proposing import propose, toml
from adm_sync.workbook.reading import Limits
from adm_sync.workbook.table import Table
from adm_sync_tests.workbook.files import HEADERS, content, events, read_content, saved, workbook
from adm_sync_tests.workbook.tables import TODAY, event, lms_only, session

ROWS = [event(), session(2), lms_only()]
OWN = {
    Column.TITLE: "Course name",
    Column.SESSION_TITLE: "Lesson",
    Column.START_DATE: "First day",
    Column.INSTRUCTOR: "Session instructor",
    Column.SESSION_INSTRUCTOR: "Instructor",
}
MAPPING = """
ignore = ["Room size"]
[columns]
"Event title" = ["Name", "Course name"]
"Session title" = "lesson"
"Classroom start date" = "First day"
"Instructor" = "Session instructor"
"Session instructor" = "Instructor"
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Callable[[str], ColumnMapping]:
    """Writes a mapping file, and reads it."""

    def read(text: str) -> ColumnMapping:
        path = tmp_path / "columns.toml"
        path.write_text(text, encoding="utf-8")
        return read_mapping(path)

    return read


@pytest.fixture
def problems(mapping: Callable[[str], ColumnMapping], tmp_path: Path) -> Callable[[str], list[str]]:
    """What is wrong with a mapping file."""

    def found(text: str) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            mapping(text)
        first, *lines, last = str(caught.value).splitlines()
        assert first.startswith(f"ADM_SYNC_COLUMNS is wrong: {tmp_path / 'columns.toml'} ")
        assert last == "adm-sync columns WORKBOOK proposes such a file."
        return [line.strip() for line in lines]

    return found


def sheet_of(
    columns: Sequence[Column], rows: Sequence[Any] = ROWS, extra: Sequence[str] = (), **options: Any
) -> bytes:
    """A workbook with these columns under their own names, and further headers."""
    headers = [*(OWN.get(column, column.value) for column in columns), *extra]
    cells = [[*(row.get(column) for column in columns), *(9 for _ in extra)] for row in rows]
    return events(*cells, headers=headers, **options)


def read(data: bytes, given: ColumnMapping, sheet: str | None = None) -> Table:
    book = read_content(content(data), Limits(), given.known)
    return mapped_table(book, given, sheet)


def values(table: Table) -> list[dict[Column, Any]]:
    return [
        {
            column: row.cell(position)
            for column, position in table.positions.items()
            if row.cell(position) not in (None, "")
        }
        for row in table.rows
    ]


def found(table: Table) -> list[Finding]:
    checked = check(table, today=TODAY)
    return [table.words.told(finding) for finding in checked.findings]


PLAIN = [{key: value for key, value in row.items() if value not in (None, "")} for row in ROWS]


# ---------------------------------------------------------------------- reading by a mapping


def test_renamed_reordered_and_additional_columns_are_read_like_the_template(
    mapping: Callable[[str], ColumnMapping],
) -> None:
    columns = list(NAMED)
    random.Random(7).shuffle(columns)
    table = read(sheet_of(columns, extra=["Room size", "Colour"], guidance=()), mapping(MAPPING))

    assert values(table) == PLAIN
    assert [(one.code, one.header) for one in table.findings] == [("unknown_column", "Colour")]


def test_rows_beyond_the_first_thirty_are_read_though_all_headers_are_ones_own(
    mapping: Callable[[str], ColumnMapping],
) -> None:
    own = {column: f"Kolumna {number}" for number, column in enumerate(NAMED)}
    lines = [f'"{column}" = "{header}"' for column, header in own.items()]
    rows = [[row.get(column) for column in NAMED] for row in [event()] * 60]
    data = saved(workbook(("Plan", [list(own.values()), *rows])))

    table = read(data, mapping("[columns]\n" + "\n".join(lines)))

    assert len(table.rows) == 60
    assert table.sheet == "Plan"


def test_the_template_is_read_all_the_same(mapping: Callable[[str], ColumnMapping]) -> None:
    text = MAPPING.replace('"Instructor" = "Session instructor"\n', "").replace(
        '"Session instructor" = "Instructor"\n', ""
    )
    table = read(events(*([row.get(c) for c in Column] for row in ROWS)), mapping(text))
    assert values(table) == PLAIN
    assert table.findings == ()


def test_a_constant_stands_on_the_rows_on_which_its_column_counts(
    mapping: Callable[[str], ColumnMapping],
) -> None:
    constants = {
        Column.ZONE: "Europe - London",
        Column.SITTING: "2026A",
        Column.MAX_PLACES: 24,
        Column.EVENT_URL: "",
        Column.SESSION_URL: "https://meet.larkfield.example/all",
    }
    columns = [column for column in NAMED if column not in constants]
    text = "[constants]\n" + "\n".join(
        f'"{column}" = {value!r}'.replace("'", '"') for column, value in constants.items()
    )
    rows = [*ROWS[:2], {}, ROWS[2]]
    table = read(sheet_of(columns, rows), mapping(MAPPING + text))

    event_row, session_row, lms_row = values(table)
    filled = {column: value for column, value in constants.items() if value}
    assert event_row == {k: v for k, v in PLAIN[0].items() if k is not Column.EVENT_URL} | filled
    assert Column.SITTING not in session_row
    assert Column.MAX_PLACES not in session_row
    assert session_row[Column.SESSION_URL] == "https://meet.larkfield.example/all"
    assert lms_row[Column.SITTING] == "2026A"
    assert not {Column.MAX_PLACES, Column.SESSION_URL} & lms_row.keys()
    assert [group.verdict for group in check(table, today=TODAY).groups] == ["accepted"] * 2


def test_guidance_and_repeated_headers_are_no_rows_though_there_are_constants(
    mapping: Callable[[str], ColumnMapping],
) -> None:
    columns = [column for column in NAMED if column is not Column.LMS_END_DATE]
    given = mapping(MAPPING + '[constants]\n"LMS end date" = 2026-05-29')
    headers = dict(zip(columns, [OWN.get(column, column.value) for column in columns], strict=True))
    table = read(sheet_of(columns, [ROWS[0], headers, ROWS[1]]), given)

    assert [row.number for row in table.rows] == [4, 6]
    assert [one.code for one in table.findings] == ["repeated_header"]


def test_own_headers_that_are_repeated_in_other_columns_are_refused(
    mapping: Callable[[str], ColumnMapping],
) -> None:
    columns = [column for column in NAMED if column is not Column.LMS_END_DATE]
    given = mapping(MAPPING + '[constants]\n"LMS end date" = 2026-05-29')
    own = [OWN.get(column, column.value) for column in columns]
    own[1], own[6] = own[6], own[1]
    headers = dict(zip(columns, own, strict=True))
    with pytest.raises(WorkbookRefused) as caught:
        read(sheet_of(columns, [ROWS[0], headers, ROWS[1]]), given)
    finding = caught.value.finding
    assert (finding.code, finding.row) == ("moved_headers", 5)
    assert "'Time Zone' stands in column B and 'Event title' stands in column G" in finding.message


# ---------------------------------------------------------------------- what is found


def test_a_column_that_is_ignored_is_no_column_of_an_annotated_copy(
    mapping: Callable[[str], ColumnMapping],
) -> None:
    """It is neither emptied in the copy, nor taken for a sign that this is one."""
    data = sheet_of(NAMED, extra=["Room size"])
    table = read(data, mapping(MAPPING))
    assert (table.is_copy, dict(table.remarks)) == (False, {})
    copy = annotate(content(data), table, {}, [])
    again = read(copy, mapping(MAPPING))
    assert again.is_copy
    assert [row.cell(len(NAMED) + 2) for row in again.rows] == [9 for _ in ROWS]
    assert values(again) == values(table)


def test_a_header_of_signs_alone_can_be_mapped(mapping: Callable[[str], ColumnMapping]) -> None:
    headers = ["#" if column is Column.DAY else column.value for column in NAMED]
    rows = [[row.get(column) for column in NAMED] for row in ROWS]
    table = read(saved(workbook(("Plan", [headers, *rows]))), mapping('[columns]\nDay = "#"'))
    assert values(table) == PLAIN
    assert table.words.header("Day") == "#"


def test_advice_about_formatting_names_the_sheets_own_header(
    mapping: Callable[[str], ColumnMapping],
) -> None:
    headers = ["Off" if column is Column.CANCELLED else column.value for column in NAMED]
    book = workbook(("Plan", [headers, *([row.get(c) for c in NAMED] for row in ROWS)]))
    book["Plan"]["B2"].font = Font(strike=True)
    table = read(saved(book), mapping('[columns]\nCancelled = "Off"'))
    (told,) = [one for one in table.findings if one.code == "formatting_ignored"]
    assert told.suggestion == "To cancel an event, put Y in the column Off."


def test_findings_name_the_sheets_own_header_and_its_place(
    mapping: Callable[[str], ColumnMapping],
) -> None:
    rows = [event(title="", instructor="Ada Byrne"), session(2, session_instructor="")]
    told = {
        (one.code, one.row): one for one in found(read(sheet_of(NAMED, rows), mapping(MAPPING)))
    }

    blank = told["required", 4]
    assert (blank.header, blank.column) == ("Course name", "B")
    assert blank.message == "Course name must not be blank."
    nobody = told["no_instructor", 5]
    assert (nobody.header, nobody.column) == ("Instructor", "S")


def test_whatever_is_said_of_columns_is_said_in_the_sheets_own_headers(
    mapping: Callable[[str], ColumnMapping],
) -> None:
    """Those that a sentence names besides its own, and those of a group's reason."""
    late = event(start_date=datetime(2026, 1, 13, 10, 0))  # noqa: DTZ001 - a workbook's
    rows = [late, session(2, instructor="Grace"), lms_only(session_instructor="Ada Byrne")]
    table = read(sheet_of(NAMED, rows), mapping(MAPPING))
    checked = check(table, today=TODAY)
    told = {one.code: table.words.told(one) for one in checked.findings}

    disagree = told["date_and_time_disagree"]
    assert disagree.header == "First day"
    assert disagree.message.startswith("First day has the time 10:00, but Classroom start time is")
    assert "ignored (Session instructor)" in told["event_value_on_session"].message
    assert "ignored: Instructor." in told["ignored_on_lms_only"].message
    assert checked.groups[0].reason.startswith("row 4: First day has the time 10:00")


def test_what_is_wrong_with_a_constant_is_told_without_a_column(
    mapping: Callable[[str], ColumnMapping],
) -> None:
    columns = [column for column in NAMED if column is not Column.DAY]
    table = read(sheet_of(columns), mapping(MAPPING + '[constants]\n"Day" = 7'))
    days = [one for one in found(table) if one.header == "Day"]

    assert days
    assert {(one.column, one.value) for one in days} == {(None, "7")}
    assert all(
        (one.suggestion or "").endswith("Correct 'Day' under [constants] in columns.toml.")
        for one in days
    )


def test_a_mapped_header_that_is_not_in_the_sheet_is_said(
    mapping: Callable[[str], ColumnMapping],
) -> None:
    given = mapping(MAPPING.replace("Course name", "Kurs"))
    with pytest.raises(WorkbookRefused) as caught:
        read(sheet_of(NAMED), given)
    finding = caught.value.finding
    assert finding.code == "missing_headers"
    assert "'Event title'" in finding.message
    assert (finding.suggestion or "").startswith(
        "columns.toml has 'Event title' as 'Name' and 'Kurs'"
    )

    sage = mapping(MAPPING + '"Sage code" = "Ledger"')
    columns = [column for column in NAMED if column is not Column.SAGE_CODE]
    (missing,) = read(sheet_of(columns), sage).findings
    assert (missing.code, missing.row, missing.header) == ("mapped_header_missing", 1, "Sage code")
    assert "columns.toml has 'Sage code' as 'Ledger'" in missing.message


def test_a_constant_of_a_column_that_is_there_is_not_used_and_that_is_said(
    mapping: Callable[[str], ColumnMapping],
) -> None:
    given = mapping(MAPPING + '[constants]\n"Time Zone" = "Europe - Dublin"')
    table = read(sheet_of(NAMED), given)
    assert values(table) == PLAIN
    (unused,) = table.findings
    assert (unused.code, unused.header) == ("constant_not_used", "Time Zone")


def test_the_own_and_the_usual_header_in_one_sheet_are_two(
    mapping: Callable[[str], ColumnMapping],
) -> None:
    data = sheet_of(NAMED, extra=["Event title"])
    with pytest.raises(WorkbookRefused) as caught:
        read(data, mapping(MAPPING))
    assert caught.value.finding.code == "double_header"
    suggestion = caught.value.finding.suggestion or ""
    assert "columns.toml can name the header that is not meant under ignore." in suggestion
    ignored = MAPPING.replace('["Room size"]', '["Event title"]')
    assert values(read(data, mapping(ignored))) == PLAIN


def test_unknown_headers_lead_to_the_command() -> None:
    own = [f"Kolumna {number}" for number in range(30)]
    with pytest.raises(WorkbookRefused) as caught:
        read(saved(workbook(("Plan", [own]))), ColumnMapping())
    assert "adm-sync columns 'events.xlsx'" in (caught.value.finding.suggestion or "")
    with pytest.raises(WorkbookRefused) as caught:
        read(sheet_of(NAMED), ColumnMapping())
    assert "adm-sync columns FILE" in (caught.value.finding.suggestion or "")


# ---------------------------------------------------------------------- the file


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[columns]\n"Evnt title" = "A"', "did you mean 'Event title'"),
        ('[columns]\n"Venu" = "A"', "did you mean 'Venue' or 'Event url'?"),
        ('[columns]\n"Zebra" = "A"', "docs/workbook.md names all columns."),
        (
            '[columns]\n"Event title" = "Course"\n"Session title" = "course"',
            "'course' under [columns] is to be both 'Event title' and 'Session title'",
        ),
        ('[columns]\n"Event title" = 3', "must be a header in quotation marks"),
        ('[columns]\n"Event title" = []', "has no header: give one"),
        ('[columns]\n"Event title" = "  "', "'  ' is blank, so nothing is known by it."),
        ('[columns]\n"Event title" = "A"\n"event_title" = "B"', "are the same column"),
        ('[columns]\nDay = "A"\n[constants]\nDay = 1', "under [columns] and under [constants]"),
        ('ignore = ["A"]\n[columns]\nDay = "A"', "both under ignore and 'Day' under [columns]"),
        ("ignore = [1]", "ignore must be a header in quotation marks"),
        ('colums = "A"', "«colums» is not a part of it"),
        ("columns = 1", "must be a table that begins with the line [columns]"),
        ('[constants]\n"Course template code" = "CB1"', "cannot be the same on all rows"),
        ('[constants]\n"Event title" = ""', "is blank, but must be filled on every event."),
        ('[constants]\nSitting = "2027X"', "must be a year and A (April) or S (September)"),
        ('[constants]\n"Web sale" = "maybe"', "must be Y or N; 'maybe' is neither."),
        ('[constants]\n"Time Zone" = "London"', "must be a time zone such as"),
        ('[constants]\n"Max places" = "many"', "must be a whole number; 'many' is not."),
        ('[constants]\n"LMS end date" = "31/02/2027"', "'LMS end date' under [constants] "),
        ('[constants]\n"Classroom end time" = "25:00"', "'Classroom end time' under [constants] "),
        ('[constants]\n"LMS end date" = 2027-01-01T00:00:00Z', "has a time zone of its own"),
        ('[constants]\n"Event url" = "learn"', "'Event url' under [constants] "),
        ('[constants]\n"Recording pin" = 42', 'must be in quotation marks: "42".'),
        (f'[constants]\n"Recording pin" = "{"4" * 51}"', "has 51 characters; 50 is the most."),
        ("[constants]\nDay = [1]", "must be one value."),
        ("[columns\n", "It is not TOML: "),
        ("x" * 70_000, "It has more than 64 kilobytes"),
    ],
)
def test_everything_wrong_with_the_file_is_a_sentence(
    problems: Callable[[str], list[str]], text: str, sentence: str
) -> None:
    (problem,) = problems(text)
    assert sentence in problem


def test_all_problems_are_told_at_once(problems: Callable[[str], list[str]]) -> None:
    text = '[columns]\nZebra = "A"\nDay = 3\n[constants]\nSitting = "2027X"\n"Web sale" = "?"'
    assert len(problems(text)) == 4


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none.toml", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(SettingsError, match=reason) as caught:
            read_mapping(path)
        assert str(path) in str(caught.value)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="not a text file in UTF-8"):
        read_mapping(binary)


# ---------------------------------------------------------------------- proposing one


def test_what_only_guides_the_reader_is_no_example_of_a_column() -> None:
    headers = ["Town" if one == Column.LOCATION else one for one in HEADERS]
    guidance = [[column.entry.form.guidance for column in Column]]
    row = [event().get(column) for column in Column]
    data = events(row, headers=headers, guidance=guidance)
    proposal = propose(read_content(content(data), Limits()))
    assert proposal is not None
    (left,) = proposal.left
    assert (left.text, left.example) == ("Town", "London")


def proposed(data: bytes) -> str:
    proposal = propose(read_content(content(data), Limits()))
    assert proposal is not None
    return toml(proposal)


def test_a_proposal_is_a_mapping_file_that_finds_what_is_near(
    mapping: Callable[[str], ColumnMapping],
) -> None:
    near = {
        Column.TITLE: "Title of event",
        Column.SESSION_TITLE: "Title of session",
        Column.VENUE: "The venue",
        Column.MAX_PLACES: "Places (max.)",
        Column.SITTING: 'Exam "sitting"',
    }
    headers = [near.get(column, column.value) for column in NAMED if column is not Column.DAY]
    rows = [[row.get(column) for column in NAMED if column is not Column.DAY] for row in ROWS]
    rows[0] = [*rows[0], "blue\u200b\n= 1"]
    text = proposed(events(*rows, headers=[*headers, "Zebra\ncrossing"], above=[["Plan 2027"], []]))

    given = mapping(text)
    assert given.headers == {column: (header,) for column, header in near.items()}
    assert given.constants == {}
    assert given.ignored == frozenset()
    assert "(sheet Import, row" in text
    assert '# "Day" = ""' in text
    assert '"Zebra crossing",' in text
    assert '# Column B, such as "CB1-LO-6-26A"' in text


def test_a_proposal_takes_the_sheet_and_row_that_are_likest() -> None:
    odd = workbook(
        ("Notes", [["Location", "Venue"], ["London", "Quayside"]]),
        ("Plan", [["Made by Ada"], ["Event name", "Session name", "Place", "Zone", "Start date"]]),
    )
    proposal = propose(read_content(content(saved(odd)), Limits()))
    assert proposal is not None
    assert (proposal.sheet, proposal.row) == ("Plan", 2)
    assert propose(read_content(content(saved(odd)), Limits()), "Elsewhere") is None
    assert propose(read_content(content(saved(workbook(("A", [[1, 2]])))), Limits())) is None


def test_the_template_needs_no_line() -> None:
    proposal = propose(read_content(content(events()), Limits()))
    assert proposal is not None
    assert (proposal.mapped, proposal.left, proposal.missing) == ((), (), ())
    assert len(proposal.usual) == len([header for header in HEADERS if header])
