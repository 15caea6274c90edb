"""Instructors and event administrators: from a cell to people, on both sides.

What belongs here: what each name of a cell leads to, and who is booked twice at a time within one
workbook. What does not: how a cell names several people (`people`), and which cells there are
(`resolving`).
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from adm_sync.lists import joined
from adm_sync.names.keys import as_matched
from adm_sync.workbook.events import Administrator, Link, ResolvedEvent
from adm_sync.workbook.findings import Finding, either, error, quoted, warning
from adm_sync.workbook.lookup.people import (
    Match,
    Roll,
    matched_in_part,
    name_key,
    read_people,
    same_spelling,
)
from adm_sync.workbook.lookup.registers import (
    INSTRUCTOR,
    Found,
    LookedUp,
    Register,
    did_you_mean,
    noting_folding,
)
from adm_sync.workbook.references import LinkedRecord, Person, References

# ---------------------------------------------------------------------- instructors

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
            return self._register.unknown(name, either(self._roll.near(name)))
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


# ---------------------------------------------------------------------- event administrators

ADMINISTRATOR_AMBIGUOUS = error(
    "administrator_ambiguous",
    "The event administrator {name} can be {count} {what}: {people}.",
    "Imogen Vale, a name of two contacts",
    "Write the full name; or for an instructor: adm-sync link instructors TUTORIAL_ID EXTERNAL_ID; "
    "or rename or merge contacts in Administrate.",
)
ADMINISTRATOR_UNKNOWN = error(
    "administrator_unknown",
    "The event administrator {name} is {here} in the tutorial tables, and Administrate has no "
    "administrator of that name.",
    "Dorris Amberly",
    "Correct the name, or add the person on one of the two sides.",
    ask="add {value} to those who look after events, if the name is right",
)
ADMINISTRATOR_NOT_LINKED = error(
    "administrator_not_linked",
    "The event administrator {name} is known in the tutorial tables, but Administrate has no "
    "administrator of that name.",
    "Doris Amberly, who has no contact in Administrate",
    "Make the contact an administrator in Administrate; if it is there as an instructor, run: "
    "adm-sync sync instructors, or: adm-sync link instructors TUTORIAL_ID EXTERNAL_ID.",
    suggests=True,
    ask="make {value} an administrator in Administrate",
)
ADMINISTRATOR_NOT_ASKED = warning(
    "administrator_not_asked",
    "Nobody in the tutorial tables is called {name}, and Administrate, which may know the event "
    "administrator, could not be asked.",
    "Doris Amberly, while Administrate is away",
    "Nothing is to be done now: the event is recorded here, and Administrate is asked when it is "
    "back. If nobody there has that name either, this becomes an error.",
    suggests=True,
)


class Administrators:
    """Staff, and the contacts of Administrate if it could be asked."""

    def __init__(self, references: References) -> None:
        self._people = references.people
        self._roll = Roll([(one.first_name, one.last_name) for one in references.people])
        self._contacts = references.contacts
        self._cells: dict[str, Found[Administrator]] = {}

    def read(self, cell: str) -> Found[Administrator]:
        """Everybody in a cell; all names that cannot be used are told at once."""
        if cell not in self._cells:
            self._cells[cell] = self._read(cell)
        return self._cells[cell]

    def _read(self, cell: str) -> Found[Administrator]:
        reading = read_people(cell, self._match, ADMINISTRATOR_AMBIGUOUS)
        found = [self._find(name) for name in reading.values]
        named = dict.fromkeys(person for one in found for person in one.values)
        findings = [finding for one in found for finding in one.findings]
        return Found(tuple(named), (*reading.findings, *findings))

    def _match(self, name: str) -> Match | None:
        """Whether anybody is called so, here or in Administrate."""
        if self._contacts and name_key(name) in self._contacts:
            return Match((), is_exact=True)
        return self._roll.find(name)

    def _find(self, text: str) -> Found[Administrator]:
        """Who a name is: a member of staff first, and otherwise a contact of Administrate."""
        match = self._roll.find(text)
        everybody = [self._people[position] for position in match.positions] if match else []
        active = [one for one in everybody if _works_here(one)]
        bridged = [(one.name, external) for one in active for external in _external_ids(one)]
        if len(bridged) == 1:
            found = Found((Administrator(*bridged[0]),))
        elif len(active) > 1:
            return Found((), (_several_staff(text, active),))
        elif active:
            found = self._known_here(text, active[0].name)
        else:
            return self._only_there(text, everybody)
        if match and not match.is_exact and found.values:
            return Found(found.values, (matched_in_part(text, found.values[0].name),))
        return found

    def _known_here(self, text: str, name: str) -> Found[Administrator]:
        if self._contacts is None:
            return Found((Administrator(name, None),))
        contacts = self._contact_ids(name) or self._contact_ids(text)
        if len(contacts) == 1:
            return Found((Administrator(name, contacts[0]),))
        if contacts:
            return Found((), (_several_contacts(name, contacts),))
        return Found((), (ADMINISTRATOR_NOT_LINKED(name=quoted(name)),))

    def _only_there(self, text: str, inactive: Sequence[Person]) -> Found[Administrator]:
        if self._contacts is None:
            not_asked = ADMINISTRATOR_NOT_ASKED(name=quoted(text))
            return Found((Administrator(as_matched(text), None),), (not_asked,))
        contacts = self._contact_ids(text)
        if len(contacts) == 1:
            return Found((Administrator(as_matched(text), contacts[0]),))
        if contacts:
            return Found((), (_several_contacts(text, contacts),))
        remedy = did_you_mean(
            either(self._roll.near(text)),
            "Name a member of staff, or add the person to the tutorial tables or as an "
            "administrator in Administrate.",
        )
        here = "inactive" if inactive else "unknown"
        return Found((), (ADMINISTRATOR_UNKNOWN(remedy, name=quoted(text), here=here),))

    def _contact_ids(self, name: str) -> tuple[str, ...]:
        return (self._contacts or {}).get(name_key(name), ())


def _works_here(person: Person) -> bool:
    return person.is_active or (person.instructor is not None and person.instructor.is_active)


def _external_ids(person: Person) -> list[str]:
    instructor = person.instructor
    if instructor is None or not instructor.is_active:
        return []
    return [bridge.external_id for bridge in instructor.bridges]


def _several_staff(text: str, people: Sequence[Person]) -> Finding:
    return ADMINISTRATOR_AMBIGUOUS(
        "Write the full name; if both have the same, make the account inactive that is not used.",
        name=quoted(text),
        count=len(people),
        what="people of the tutorial tables",
        people=", ".join(f"staff {one.staff_id} ({one.name})" for one in people),
    )


def _several_contacts(name: str, contacts: Sequence[str]) -> Finding:
    return ADMINISTRATOR_AMBIGUOUS(
        "If the person is an instructor: adm-sync link instructors TUTORIAL_ID EXTERNAL_ID. "
        "Otherwise merge or rename the contacts in Administrate.",
        name=quoted(name),
        count=len(contacts),
        what="contacts of Administrate",
        people=", ".join(contacts),
    )
