"""Event administrators: people of the company, or of Administrate alone.

What belongs here: who a name is, and his or her id in Administrate as far as it is known. What
does not: how cells name several people (`people`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from adm_sync.names.keys import as_matched
from adm_sync.workbook.lookup.people import (
    Match,
    Roll,
    matched_in_part,
    name_key,
    read_people,
)
from adm_sync.workbook.lookup.registers import Problem, did_you_mean, quoted, warning
from adm_sync.workbook.references import Person, References
from adm_sync.workbook.resolved import Administrator

AMBIGUOUS, UNKNOWN = "administrator_ambiguous", "administrator_unknown"
NOT_LINKED, NOT_ASKED = "administrator_not_linked", "administrator_not_asked"


@dataclass(frozen=True, slots=True)
class Staff:
    """Whom a cell names, each once, and what is wrong or odd about it."""

    administrators: tuple[Administrator, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """What a name leads to: no administrator if the problem is an error."""

    administrator: Administrator | None
    problem: Problem | None = None


class Administrators:
    """Staff, and the contacts of Administrate if it could be asked."""

    def __init__(self, references: References) -> None:
        self._people = references.people
        self._roll = Roll([(one.first_name, one.last_name) for one in references.people])
        self._contacts = references.contacts
        self._cells: dict[str, Staff] = {}

    def read(self, cell: str) -> Staff:
        """Everybody in a cell; all names that cannot be used are told at once."""
        if cell not in self._cells:
            self._cells[cell] = self._read(cell)
        return self._cells[cell]

    def _read(self, cell: str) -> Staff:
        reading = read_people(cell, self._match, AMBIGUOUS)
        found = [self._find(name) for name in reading.names]
        named = dict.fromkeys(one.administrator for one in found if one.administrator)
        problems = [one.problem for one in found if one.problem]
        return Staff(tuple(named), (*reading.problems, *problems))

    def _match(self, name: str) -> Match | None:
        """Whether anybody is called so, here or in Administrate."""
        if self._contacts and name_key(name) in self._contacts:
            return Match((), is_exact=True)
        return self._roll.find(name)

    def _find(self, text: str) -> _Found:
        """Who a name is: a member of staff first, and otherwise a contact of Administrate."""
        match = self._roll.find(text)
        everybody = [self._people[position] for position in match.positions] if match else []
        active = [one for one in everybody if _works_here(one)]
        bridged = [(one.name, external) for one in active for external in _external_ids(one)]
        if len(bridged) == 1:
            found = _Found(Administrator(*bridged[0]))
        elif len(active) > 1:
            return _Found(None, _several_staff(text, active))
        elif active:
            found = self._known_here(text, active[0].name)
        else:
            return self._only_there(text, everybody)
        if match and not match.is_exact and found.administrator:
            return _Found(found.administrator, matched_in_part(text, found.administrator.name))
        return found

    def _known_here(self, text: str, name: str) -> _Found:
        if self._contacts is None:
            return _Found(Administrator(name, None))
        contacts = self._contact_ids(name) or self._contact_ids(text)
        if len(contacts) == 1:
            return _Found(Administrator(name, contacts[0]))
        return _Found(None, _several_contacts(name, contacts) if contacts else _not_linked(name))

    def _only_there(self, text: str, inactive: Sequence[Person]) -> _Found:
        if self._contacts is None:
            return _Found(Administrator(as_matched(text), None), _not_asked(text))
        contacts = self._contact_ids(text)
        if len(contacts) == 1:
            return _Found(Administrator(as_matched(text), contacts[0]))
        if contacts:
            return _Found(None, _several_contacts(text, contacts))
        return _Found(None, self._unknown(text, inactive))

    def _contact_ids(self, name: str) -> tuple[str, ...]:
        return (self._contacts or {}).get(name_key(name), ())

    def _unknown(self, text: str, inactive: Sequence[Person]) -> Problem:
        here = "inactive" if inactive else "unknown"
        return Problem(
            UNKNOWN,
            f"The event administrator {quoted(text)} is {here} in the tutorial tables, and "
            "Administrate has no administrator of that name.",
            did_you_mean(
                self._roll.near(text),
                "Name a member of staff, or add the person to the tutorial tables or as an "
                "administrator in Administrate.",
            ),
        )


def _works_here(person: Person) -> bool:
    return person.is_active or (person.instructor is not None and person.instructor.is_active)


def _external_ids(person: Person) -> list[str]:
    instructor = person.instructor
    if instructor is None or not instructor.is_active:
        return []
    return [bridge.external_id for bridge in instructor.bridges]


def _several_staff(text: str, people: Sequence[Person]) -> Problem:
    named = ", ".join(f"staff {one.staff_id} ({one.name})" for one in people)
    return Problem(
        AMBIGUOUS,
        f"The event administrator {quoted(text)} can be {len(people)} people of the tutorial "
        f"tables: {named}.",
        "Write the full name; if both have the same, make the account inactive that is not used.",
    )


def _several_contacts(name: str, contacts: Sequence[str]) -> Problem:
    return Problem(
        AMBIGUOUS,
        f"The event administrator {quoted(name)} can be {len(contacts)} contacts of Administrate: "
        f"{', '.join(contacts)}.",
        "If the person is an instructor: adm-sync link instructors TUTORIAL_ID EXTERNAL_ID. "
        "Otherwise merge or rename the contacts in Administrate.",
    )


def _not_asked(text: str) -> Problem:
    return warning(
        NOT_ASKED,
        f"Nobody in the tutorial tables is called {quoted(text)}, and Administrate, which may know "
        "the event administrator, could not be asked.",
        "Nothing is to be done now: the event is recorded here, and Administrate is asked when it "
        "is back. If nobody there has that name either, this becomes an error.",
    )


def _not_linked(name: str) -> Problem:
    return Problem(
        NOT_LINKED,
        f"The event administrator {quoted(name)} is known in the tutorial tables, but Administrate "
        "has no administrator of that name.",
        "Make the contact an administrator in Administrate; if it is there as an instructor, run: "
        "adm-sync sync instructors, or: adm-sync link instructors TUTORIAL_ID EXTERNAL_ID.",
    )
