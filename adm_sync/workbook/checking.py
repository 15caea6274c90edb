"""Check a table: every event group with its verdict, and every finding at its place.

What belongs here: the order in which the rules are applied, and the verdicts. What does not: the
rules (`cells`, `event_rows`, `session_rows`, `belonging`, `schedule`), and whether what a cell
names exists (`resolving`).
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from adm_sync.workbook.columns import REQUIRED_CELLS, Column
from adm_sync.workbook.entries import RowKind
from adm_sync.workbook.events import EventGroup, EventRow, Mode, why_rejected
from adm_sync.workbook.findings import Finding, by_place, error
from adm_sync.workbook.rules.belonging import (
    IsKnown,
    check_days,
    check_shared,
    check_skipped,
    check_titles,
)
from adm_sync.workbook.rules.cells import Cells, Headers
from adm_sync.workbook.rules.event_rows import Reading, as_event, names_in, read_event
from adm_sync.workbook.rules.groups import (
    SKIPPED_HIDDEN,
    Draft,
    Titles,
    assemble,
    check_laid_aside,
    check_session_cancelled,
    check_session_code,
    skip_reason,
)
from adm_sync.workbook.rules.readers import read_flag, read_mode
from adm_sync.workbook.rules.schedule import check_schedule
from adm_sync.workbook.rules.screening import screen, screen_texts
from adm_sync.workbook.rules.session_rows import read_slot
from adm_sync.workbook.sheets import Range
from adm_sync.workbook.table import Table

# Rows of merged ranges that are looked at; a file can claim any number of ranges that overlap.
MOST_MERGED = 20_000

HiddenRows = Literal["process", "skip"]

ORPHAN_SESSION = error(
    "orphan_session",
    "The session stands before any event; it is not attached to another one.",
    "the first row of data has no course template code, and is titled CB1-LO-6-26A-2",
    "Put the row under its event, or give the event's row back.",
)
NOT_AN_EVENT_OR_SESSION = error(
    "not_an_event_or_session",
    "The row is neither an event nor a session.",
    "a row of totals, or a remark",
    "Remove the row, or move the remark into Extra information.",
    note="It has no code with an event beside it, no date, and no title that goes on from an "
    "event's. The events around it are not touched.",
)
SESSION_OF_LMS_ONLY = error(
    "session_of_lms_only",
    "is under an event that is held in the LMS only and has no sessions.",
    "a session under OC_CB1",
    "Remove the row, move it under its event, or correct code and learning mode of the event.",
)
DUPLICATE_EVENT = error(
    "duplicate_event",
    "with the same code and start is already in row {row}.",
    "CB1-LO-6-26A in rows 4 and 20",
    "Remove one of the two, or correct what should differ.",
    note="The first one is imported.",
)


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


def check(
    table: Table,
    *,
    today: date,
    hidden_rows: HiddenRows = "process",
    is_known: IsKnown = lambda _location, _venue: True,
) -> Checked:
    """Check every cell, row and group of a table.

    Args:
        table: the rows under recognised headers.
        today: what "in the past" is measured by.
        hidden_rows: `skip` leaves hidden rows out; a hidden event takes its sessions with it.
        is_known: whether there is such a place; sessions are not measured by one that there is not.
    """
    headers = Headers(table.sheet, table.positions, table.links, table.words)
    rows = [cells for row in table.rows if not (cells := Cells(headers, row)).is_empty]
    _leave_out_merged(table.merged, rows)
    for cells in rows:
        screen(cells)
        screen_texts(cells)
    titles = Titles(rows)
    skips_hidden = hidden_rows == "skip"
    drafts = assemble(rows, titles, skips_hidden=skips_hidden)
    notes = {draft.head.number for draft in drafts if draft.kind == "note"}
    # What is merged across a note is part of it.
    of_table = [one for one in table.findings if one.row not in notes or one.code != "merged_cells"]
    judge = _Judge(titles, today, skips_hidden, _errors_by_row(of_table), is_known)
    groups = tuple(map(judge.group, drafts))
    findings = sorted(
        (*of_table, *(finding for cells in rows for finding in cells.findings)), key=by_place
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
            cells.unusable |= {
                column
                for column, position in cells.headers.positions.items()
                if one.first_position <= position <= one.last_position and cells.is_blank(column)
            }


def _errors_by_row(findings: Iterable[Finding]) -> dict[int, list[Finding]]:
    errors: defaultdict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.is_error and finding.row is not None:
            errors[finding.row].append(finding)
    return errors


@dataclass(slots=True)
class _Judge:
    """Applies the rules to one draft after the other, in the order of the sheet."""

    _titles: Titles
    _today: date
    _skips_hidden: bool
    _rejected: dict[int, list[Finding]]
    _is_known: IsKnown
    _first_rows: dict[tuple[str, str, datetime], int] = field(default_factory=dict)

    def group(self, draft: Draft) -> EventGroup:
        """The group, with its verdict; its findings are noted in its cells."""
        head = draft.head
        match draft.kind:
            case "orphan":
                head.tell_of_row(ORPHAN_SESSION())
                head.require(REQUIRED_CELLS[RowKind.SESSION])
                read_slot(head, None)
                return self._rejected_group(draft, 1)
            case "note":
                head.findings.clear()
                head.tell_of_row(NOT_AN_EVENT_OR_SESSION("Remove the row."))
                return self._rejected_group(draft, 0)
            case "hidden":
                head.findings.clear()
                message = "The row is hidden; its session is skipped."
                head.tell_of_row(SKIPPED_HIDDEN.saying(message))
                return self._skipped_group(draft, 1, "it is hidden")
        reason = self._skip(draft)
        if reason:
            is_by_title = head.findings[0].header == Column.TITLE
            check_skipped(draft, self._titles, is_by_title=is_by_title)
            return self._skipped_group(draft, _sessions(draft), reason)
        reading = self._check_event(draft)
        sessions = len(draft.sessions) + reading.has_sessions
        event = None if self._errors(draft) else as_event(reading)
        if event is None:
            return replace(self._rejected_group(draft, sessions), named=names_in(reading))
        return _group(draft, sessions, "", event)

    def _skip(self, draft: Draft) -> str | None:
        """Why an event is skipped, with a warning that says so; None if it is not."""
        head = draft.head
        found = skip_reason(head)
        is_hidden = self._skips_hidden and head.row.hidden
        if not found and not is_hidden:
            return None
        for cells in draft.all:
            cells.findings.clear()
        with_sessions = f" with its {_sessions(draft)} sessions" if draft.sessions else ""
        known = {"title": head.text(Column.TITLE), "with_sessions": with_sessions}
        if found:
            column, code, reason = found
            head.tell(column, code(reason=reason, **known))
            return reason
        head.tell_of_row(SKIPPED_HIDDEN(**known))
        return "its row is hidden"

    def _check_event(self, draft: Draft) -> Reading:
        head = draft.head
        for cells in draft.all:
            cells.read_word(Column.CANCELLED, read_flag)
        check_laid_aside(head)
        reading = read_event(draft)
        strays = check_titles(draft, self._titles, has_sessions=reading.has_sessions)
        if reading.slots:
            check_days(reading.slots, strays)
        for cells in draft.sessions:
            check_session_cancelled(cells)
            check_session_code(cells)
            if cells.number in strays:
                continue
            if reading.has_sessions:
                check_shared(head, cells, self._is_known)
            else:
                cells.tell(Column.SESSION_TITLE, SESSION_OF_LMS_ONLY())
        check_schedule(reading, strays, self._today)
        self._check_duplicate(reading)
        return reading

    def _check_duplicate(self, reading: Reading) -> None:
        """Find an event that a row above already holds: same code, title and start."""
        cells, starts = reading.cells, reading.starts
        if not (starts and cells.is_usable(Column.CODE) and cells.is_usable(Column.TITLE)):
            return
        key = cells.key(Column.CODE), cells.key(Column.TITLE), starts
        row = self._first_rows.setdefault(key, cells.number)
        if row != cells.number:
            cells.tell(Column.TITLE, DUPLICATE_EVENT("Remove one of the two.", row=row))

    # ------------------------------------------------------------------ verdicts

    def _errors(self, draft: Draft) -> list[Finding]:
        found = (
            finding
            for cells in draft.all
            for finding in (*cells.findings, *self._rejected.get(cells.number, ()))
            if finding.is_error
        )
        return sorted(found, key=by_place)

    def _rejected_group(self, draft: Draft, sessions: int) -> EventGroup:
        errors = tuple((one.row or 0, one.message) for one in self._errors(draft))
        return replace(_group(draft, sessions, why_rejected(errors)), errors=errors)

    def _skipped_group(self, draft: Draft, sessions: int, reason: str) -> EventGroup:
        if self._errors(draft):
            return self._rejected_group(draft, sessions)
        return replace(_group(draft, sessions, reason), verdict="skipped")


def _sessions(skipped: Draft) -> int:
    """How many sessions an event has that is not looked at further; its own row may be one."""
    is_session = read_mode(skipped.head.raw(Column.MODE)) is not Mode.LMS
    return len(skipped.sessions) + is_session


def _group(draft: Draft, sessions: int, reason: str, event: EventRow | None = None) -> EventGroup:
    head = draft.head
    return EventGroup(
        rows=tuple(cells.number for cells in draft.all),
        title=head.text(Column.TITLE) or head.text(Column.SESSION_TITLE),
        sessions=sessions,
        has_event=draft.kind == "event",
        verdict="accepted" if event else "rejected",
        reason=reason,
        event=event,
    )
