"""Check a table: every event group with its verdict, and every finding at its place.

What belongs here: the order in which the rules are applied, and the verdicts. What does not: the
rules (`cells`, `event_rows`, `session_rows`, `belonging`, `schedule`), and whether what a cell
names exists (`resolving`).
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from adm_sync.workbook.columns import REQUIRED_CELLS, Column
from adm_sync.workbook.entries import RowKind
from adm_sync.workbook.events import EventGroup, Mode, Verdict
from adm_sync.workbook.file.merged import Range
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.rules.belonging import check_days, check_shared, check_skipped, check_titles
from adm_sync.workbook.rules.cells import Cells, Headers, screen
from adm_sync.workbook.rules.choices import read_flag, read_mode
from adm_sync.workbook.rules.event_rows import Reading, as_event, read_event
from adm_sync.workbook.rules.groups import Draft, Titles, assemble
from adm_sync.workbook.rules.schedule import check_schedule
from adm_sync.workbook.rules.session_rows import read_slot
from adm_sync.workbook.rules.skips import is_cancelled, seems_laid_aside, skip_reason
from adm_sync.workbook.rules.texts import screen_texts
from adm_sync.workbook.table import Table

# Rows of merged ranges that are looked at; a file can claim any number of ranges that overlap.
MOST_MERGED = 20_000

HiddenRows = Literal["process", "skip"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a table.

    Attributes:
        groups: every row that is not blank is in exactly one of them; in the order of the sheet.
        findings: those of the table too, by row, then column.
        rows: how many rows of data are not blank.
    """

    groups: tuple[EventGroup, ...]
    findings: tuple[Finding, ...]
    rows: int


@dataclass(slots=True)
class _Judged:
    """A draft whose rules have been applied."""

    draft: Draft
    reading: Reading | None = None
    skipped: str = ""


def check(table: Table, *, today: date, hidden_rows: HiddenRows = "process") -> Checked:
    """Check every cell, row and group of a table.

    Args:
        table: the rows under recognised headers.
        today: what "in the past" is measured by.
        hidden_rows: `skip` leaves hidden rows out; a hidden event takes its sessions with it.
    """
    headers = Headers(table.sheet, table.positions, table.links)
    rows = [cells for row in table.rows if not (cells := Cells(headers, row)).is_empty]
    _leave_out_merged(table.merged, rows)
    for cells in rows:
        screen(cells)
        screen_texts(cells)
    titles = Titles(rows)
    skips_hidden = hidden_rows == "skip"
    judged = [
        _judge(draft, titles, today, skips_hidden)
        for draft in assemble(rows, titles, skips_hidden=skips_hidden)
    ]
    _check_duplicates(judged)
    notes = {one.draft.head.number for one in judged if one.draft.kind == "note"}
    # What is merged across a note is part of it.
    of_table = [one for one in table.findings if one.row not in notes or one.code != "merged_cells"]
    rejected = _errors_by_row(of_table)
    groups = tuple(_group(one, rejected) for one in judged)
    findings = sorted(
        (*of_table, *(finding for cells in rows for finding in cells.findings)), key=_order
    )
    return Checked(groups, tuple(findings), len(rows))


def _leave_out_merged(merged: Iterable[Range], rows: Sequence[Cells]) -> None:
    """What is blank only because its cell is merged with others is not held against it."""
    numbers = [cells.number for cells in rows]
    left = MOST_MERGED
    for one in merged:
        if left <= 0:
            break
        begin = bisect_left(numbers, one.first_row)
        end = min(bisect_right(numbers, one.last_row), begin + left)
        left -= max(0, end - begin)
        for cells in rows[begin:end]:
            cells.unusable.update(
                column
                for column, position in cells.headers.positions.items()
                if one.first_position <= position <= one.last_position and cells.is_blank(column)
            )


def _order(finding: Finding) -> tuple[int, int, str]:
    column = finding.column or ""
    return finding.row or 0, len(column), column


# ------------------------------------------------------------------ one draft


def _judge(draft: Draft, titles: Titles, today: date, skips_hidden: bool) -> _Judged:
    head = draft.head
    match draft.kind:
        case "orphan":
            message = "The session stands before any event; it is not attached to another one."
            head.error_of_row("orphan_session", message)
            head.require(REQUIRED_CELLS[RowKind.SESSION])
            read_slot(head, None)
            return _Judged(draft)
        case "note":
            message = "The row is neither an event nor a session."
            head.findings.clear()
            head.error_of_row("not_an_event_or_session", message, "Remove the row.")
            return _Judged(draft)
        case "hidden":
            head.findings.clear()
            head.warning_of_row("skipped_hidden", "The row is hidden; its session is skipped.")
            return _Judged(draft, skipped="it is hidden")
    reason = _skip(draft, skips_hidden)
    if reason:
        is_by_title = head.findings[0].header == Column.TITLE
        check_skipped(draft, titles, is_by_title=is_by_title)
        return _Judged(draft, skipped=reason)
    return _Judged(draft, _check_event(draft, titles, today))


def _skip(draft: Draft, skips_hidden: bool) -> str | None:
    """Why an event is skipped, with a warning that says so; None if it is not."""
    head = draft.head
    found = skip_reason(head)
    is_hidden = skips_hidden and head.row.hidden
    if not found and not is_hidden:
        return None
    for cells in draft.all:
        cells.findings.clear()
    count = len(draft.sessions)
    with_sessions = f" with {count} session row{'s'[: count > 1]}" if count else ""
    title = head.text(Column.TITLE)
    if found:
        column, code, reason = found
        head.warning(column, code, f"skips the event '{title}'{with_sessions}: {reason}.")
        return reason
    message = f"The row of '{title}' is hidden; it is skipped{with_sessions}."
    head.warning_of_row("skipped_hidden", message)
    return "its row is hidden"


def _check_event(draft: Draft, titles: Titles, today: date) -> Reading:
    head = draft.head
    for cells in draft.all:
        cells.read_word(Column.CANCELLED, read_flag)
    if head.is_usable(Column.TITLE) and seems_laid_aside(head.text(Column.TITLE)):
        message = "has the word 'test' or 'ignore', but not in capitals; it is imported."
        head.warning(Column.TITLE, "seems_laid_aside", message)
    reading = read_event(draft)
    strays = check_titles(draft, titles, has_sessions=reading.has_sessions)
    if reading.slots:
        check_days(reading.slots, strays)
    for cells in draft.sessions:
        _check_cancelled(cells)
        if cells.number in strays:
            continue
        if reading.has_sessions:
            check_shared(head, cells)
        else:
            message = "is under an event that is held in the LMS only and has no sessions."
            cells.error(Column.SESSION_TITLE, "session_of_lms_only", message)
    check_schedule(reading, strays, today)
    return reading


def _check_cancelled(cells: Cells) -> None:
    if is_cancelled(cells, Column.SESSION_TITLE):
        column = Column.CANCELLED if not cells.is_blank(Column.CANCELLED) else Column.SESSION_TITLE
        message = "cancels one session of an event that goes on; its Day would be missing."
        suggestion = "Remove the row and number the Days anew, or cancel it in Administrate."
        cells.error(column, "session_cancelled", message, suggestion)


# ------------------------------------------------------------------ all together


def _check_duplicates(judged: Iterable[_Judged]) -> None:
    """Find events that a row above already holds: same code, title and start."""
    first: dict[tuple[str, str, datetime], int] = {}
    for one in judged:
        reading = one.reading
        if reading is None or not (starts := reading.starts):
            continue
        cells = reading.cells
        if not (cells.is_usable(Column.CODE) and cells.is_usable(Column.TITLE)):
            continue
        key = cells.key(Column.CODE), cells.key(Column.TITLE), starts
        row = first.setdefault(key, cells.number)
        if row != cells.number:
            message = f"with the same code and start is already in row {row}."
            cells.error(Column.TITLE, "duplicate_event", message, "Remove one of the two.")


def _errors_by_row(findings: Iterable[Finding]) -> dict[int, list[Finding]]:
    errors: defaultdict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.is_error and finding.row is not None:
            errors[finding.row].append(finding)
    return errors


def _group(one: _Judged, rejected: dict[int, list[Finding]]) -> EventGroup:
    draft, reading = one.draft, one.reading
    errors = sorted(
        (
            finding
            for cells in draft.all
            for finding in (*cells.findings, *rejected.get(cells.number, ()))
            if finding.is_error
        ),
        key=_order,
    )
    event = as_event(reading) if reading and not errors else None
    verdict: Verdict = "accepted" if event else "rejected" if errors else "skipped"
    return EventGroup(
        rows=tuple(cells.number for cells in draft.all),
        title=draft.head.text(Column.TITLE) or draft.head.text(Column.SESSION_TITLE),
        sessions=_sessions(one),
        has_event=draft.kind == "event",
        verdict=verdict,
        reason=_reason(errors) if errors else one.skipped,
        event=event,
    )


def _sessions(one: _Judged) -> int:
    match one.draft.kind:
        case "note":
            return 0
        case "event":
            reading = one.reading
            is_one = reading.has_sessions if reading else not _is_lms_only(one.draft.head)
            return len(one.draft.sessions) + is_one
        case _:
            return 1


def _is_lms_only(head: Cells) -> bool:
    return read_mode(head.raw(Column.MODE)) is Mode.LMS


def _reason(errors: Sequence[Finding]) -> str:
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"row {errors[0].row}: {errors[0].message}{more}"
