"""Instructors who are booked twice at the same time.

What belongs here: overlapping sessions within one workbook. What does not: who the instructors
are (`resolving`).
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from adm_sync.workbook.events import ResolvedEvent
from adm_sync.workbook.findings import Finding, warning
from adm_sync.workbook.lookup.registers import quoted
from adm_sync.workbook.wording import joined

NAMED_ROWS = 3

INSTRUCTOR_DOUBLE_BOOKED = warning(
    "instructor_double_booked",
    "{name} teaches another session at the same time: see {rows}.",
    "Agnes Tolliver from 09:00 to 12:00 in rows 4 and 12 of one day",
    "Change the instructor or the times of one of them, if this is not meant.",
    suggests=True,
)


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
