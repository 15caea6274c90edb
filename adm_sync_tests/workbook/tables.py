"""Tables of the workbook in memory, a dict per row, for tests that need no file."""

# ruff: noqa: DTZ001 - what a workbook says has no time zone

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from adm_sync.imports.catalogue import catalogue
from adm_sync.workbook.checking import Checked, check
from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import EventGroup
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.sheet import Raw, Row
from adm_sync.workbook.table import Table

TODAY = date(2025, 11, 21)
SHEET = "Import"
FIRST_ROW = 4
TITLE = "CB1-LO-6-26A"

Values = Mapping[Column, Raw]

ALL = tuple(Column)


def event(title: str = TITLE, /, **changes: Raw) -> dict[Column, Raw]:
    """An event row that is its first session as well; `changes` are named as the columns are."""
    return changed(
        {
            Column.CODE: "CB1_LO_6",
            Column.TITLE: title,
            Column.SESSION_TITLE: f"{title}-1",
            Column.MODE: "Blended",
            Column.LOCATION: "London",
            Column.VENUE: "Holborn House",
            Column.ZONE: "Europe - London",
            Column.START_DATE: datetime(2026, 1, 13),
            Column.START_TIME: "09:30",
            Column.END_DATE: datetime(2026, 1, 13),
            Column.END_TIME: "17:00",
            Column.LMS_START_DATE: datetime(2026, 1, 2),
            Column.LMS_START_TIME: time(9),
            Column.LMS_END_DATE: datetime(2026, 5, 29),
            Column.LMS_END_TIME: time(),
            Column.MAX_PLACES: 24,
            Column.INSTRUCTOR: "Ada Byrne",
            Column.SESSION_INSTRUCTOR: "Ada Byrne",
            Column.ADMINISTRATOR: "Grace Oduya",
            Column.DAY: 1,
            Column.EVENT_URL: "https://example.org/events/1",
            Column.SESSION_URL: "https://example.org/sessions/1",
            Column.FINALISATION_DATE: datetime(2026, 1, 5),
            Column.WEB_SALE: "Y",
            Column.SITTING: "2026A",
            Column.MOODLE_CODE: "CB1-26A",
        },
        changes,
    )


def session(day: int, title: str = TITLE, /, **changes: Raw) -> dict[Column, Raw]:
    """A session row; each Day is a week after the one before, from Tuesday 13 January 2026."""
    on = datetime(2026, 1, 13) + timedelta(weeks=day - 1)
    return changed(
        {
            Column.SESSION_TITLE: f"{title}-{day}",
            Column.LOCATION: "London",
            Column.VENUE: "Holborn House",
            Column.ZONE: "Europe - London",
            Column.START_DATE: on,
            Column.START_TIME: "09:30",
            Column.END_DATE: on,
            Column.END_TIME: "17:00",
            Column.LMS_START_DATE: "",
            Column.SESSION_INSTRUCTOR: "Ada Byrne",
            Column.DAY: day,
        },
        changes,
    )


def lms_only(title: str = "CB1-Online-26A", /, **changes: Raw) -> dict[Column, Raw]:
    """An event row without sessions."""
    return changed(
        {
            Column.CODE: "OC_CB1",
            Column.TITLE: title,
            Column.MODE: "Self Paced (LMS)",
            Column.LOCATION: "London",
            Column.VENUE: "TBC",
            Column.ZONE: "Europe - London",
            Column.LMS_START_DATE: datetime(2026, 1, 2),
            Column.LMS_START_TIME: time(9),
            Column.LMS_END_DATE: datetime(2026, 5, 29),
            Column.LMS_END_TIME: time(),
            Column.ADMINISTRATOR: "Grace Oduya",
            Column.WEB_SALE: "N",
            Column.SITTING: "2026A",
            Column.MOODLE_CODE: "CB1-26A",
        },
        changes,
    )


def note(**values: Raw) -> dict[Column, Raw]:
    """A row with nothing but what is given."""
    return changed({}, values)


def changed(row: dict[Column, Raw], changes: Mapping[str, Raw]) -> dict[Column, Raw]:
    """A row with some of its cells changed; None empties one."""
    return row | {Column[name.upper()]: value for name, value in changes.items()}


def table(
    *rows: Values,
    columns: Sequence[Column] = ALL,
    hidden: Sequence[int] = (),
    findings: Sequence[Finding] = (),
    first: int = FIRST_ROW,
) -> Table:
    """A table whose rows are Excel's rows from `first` on; `hidden` are numbers of rows."""
    return Table(
        SHEET,
        1,
        {column: position for position, column in enumerate(columns)},
        tuple(
            Row(number, tuple(row.get(column) for column in columns), hidden=number in hidden)
            for number, row in enumerate(rows, start=first)
        ),
        tuple(findings),
    )


def checked(*rows: Values, today: date = TODAY, **options: Any) -> Checked:
    """What becomes of rows; every finding must be as the catalogue says."""
    hidden_rows = options.pop("hidden_rows", "process")
    outcome = check(table(*rows, **options), today=today, hidden_rows=hidden_rows)
    for finding in outcome.findings:
        assert catalogue()[finding.code].effect == finding.severity, finding
        assert finding.message.endswith("."), finding
        assert ".." not in finding.message, finding
    return outcome


def codes(outcome: Checked) -> list[tuple[str, int | None, str | None]]:
    """Every finding as its code, row and header, in order."""
    return [(finding.code, finding.row, finding.header) for finding in outcome.findings]


def only(outcome: Checked) -> Finding:
    """The one finding that there must be."""
    (finding,) = outcome.findings
    return finding


def group(outcome: Checked) -> EventGroup:
    """The one group that there must be."""
    (found,) = outcome.groups
    return found
