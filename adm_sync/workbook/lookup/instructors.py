"""Instructors: from a cell to linked instructors, and who of them is booked twice at a time.

What belongs here: what each name of a cell leads to, and overlapping sessions within one workbook.
What does not: how a cell names several people (`people`), and which cells there are (`resolving`).
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from adm_sync.workbook.events import Link, ResolvedEvent
from adm_sync.workbook.findings import Finding, warning
from adm_sync.workbook.lookup.people import Roll, matched_in_part, read_people, same_spelling
from adm_sync.workbook.lookup.registers import (
    INSTRUCTOR,
    Found,
    LookedUp,
    Register,
    noting_folding,
)
from adm_sync.workbook.references import LinkedRecord, References
from adm_sync.workbook.wording import joined, quoted

NAMED_ROWS = 3

INSTRUCTOR_DOUBLE_BOOKED = warning(
    "instructor_double_booked",
    "{name} teaches another session at the same time: see {rows}.",
    "Agnes Tolliver from 09:00 to 12:00 in rows 4 and 12 of one day",
    "Change the instructor or the times of one of them, if this is not meant.",
    suggests=True,
)


class Instructors:
    """All instructors that have a name."""

    def __init__(self, references: References) -> None:
        people = [one for one in references.people if one.instructor is not None]
        self._records = [one.instructor for one in people if one.instructor is not None]
        self._roll = Roll([(one.first_name, one.last_name) for one in people])
        self._register = Register(INSTRUCTOR, references)
        self._cells: dict[str, Found[Link]] = {}
        self._answers: dict[str, LookedUp] = {}

    def read(self, cell: str) -> Found[Link]:
        """Everybody in a cell; all names that cannot be used are told at once."""
        if cell not in self._cells:
            self._cells[cell] = self._read(cell)
        return self._cells[cell]

    def _read(self, cell: str) -> Found[Link]:
        reading = read_people(cell, self._roll.find, INSTRUCTOR.ambiguous)
        answers = [self._find(name) for name in reading.values]
        links = {answer.link.tutorial_id: answer.link for answer in answers if answer.link}
        findings = [finding for answer in answers for finding in answer.findings]
        return Found(tuple(links.values()), (*reading.findings, *findings))

    def _find(self, name: str) -> LookedUp:
        if name not in self._answers:
            self._answers[name] = self._look_up(name)
        return self._answers[name]

    def _look_up(self, name: str) -> LookedUp:
        match = self._roll.find(name)
        if match is None:
            return self._register.unknown(name, self._roll.near(name))
        answer = self._register.settle(name, self._at(match.positions))
        if answer.link is None:
            return answer
        if not match.is_exact:
            finding = matched_in_part(name, answer.link.name)
            return LookedUp((finding,), answer.record, answer.link)
        return answer if same_spelling(name, answer.link.name) else noting_folding(name, answer)

    def _at(self, positions: Sequence[int]) -> list[LinkedRecord]:
        return [self._records[position] for position in positions]


# ------------------------------------------------------------------ booked twice


@dataclass(frozen=True, slots=True)
class _Booking:
    instructor: int
    starts: datetime
    row: int
    ends: datetime
    name: str


def double_bookings(events: Iterable[ResolvedEvent]) -> Iterator[tuple[int, Finding]]:
    """(row, warning) for each session whose instructor is still teaching an earlier one.

    Each overlapping pair is told once, at the session that starts later (of two that start
    together, the one further down). Takes n log n steps, since only a few of many rows are named.
    """
    bookings = sorted(_bookings(events), key=lambda one: (one.instructor, one.starts, one.row))
    teaching: list[tuple[datetime, int]] = []
    before: int | None = None
    for booking in bookings:
        if booking.instructor != before:
            before, teaching = booking.instructor, []
        while teaching and teaching[0][0] <= booking.starts:
            heapq.heappop(teaching)
        if teaching:
            yield booking.row, _finding(booking, teaching)
        heapq.heappush(teaching, (booking.ends, booking.row))


def _bookings(events: Iterable[ResolvedEvent]) -> Iterator[_Booking]:
    for event in events:
        for session in event.sessions:
            for link in session.instructors:
                yield _Booking(
                    link.tutorial_id, session.starts, session.session.row, session.ends, link.name
                )


def _finding(booking: _Booking, teaching: list[tuple[datetime, int]]) -> Finding:
    words = [str(row) for row in sorted(row for _, row in teaching[:NAMED_ROWS])]
    if len(teaching) > NAMED_ROWS:
        words.append(f"{len(teaching) - NAMED_ROWS} more")
    named = f"{'rows' if len(teaching) > 1 else 'row'} {joined(words)}"
    return INSTRUCTOR_DOUBLE_BOOKED(name=quoted(booking.name), rows=named)
