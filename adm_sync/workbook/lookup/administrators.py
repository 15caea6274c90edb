"""Event administrators: people of the company, or of Administrate alone.

What belongs here: who a name is, and his or her id in Administrate as far as it is known. What
does not: how cells name several people (`people`).
"""

from collections.abc import Sequence

from adm_sync.names.keys import as_matched
from adm_sync.workbook.events import Administrator
from adm_sync.workbook.findings import Finding, error, warning
from adm_sync.workbook.lookup.people import Match, Roll, matched_in_part, name_key, read_people
from adm_sync.workbook.lookup.registers import Found, did_you_mean
from adm_sync.workbook.references import Person, References
from adm_sync.workbook.wording import quoted

AMBIGUOUS = error(
    "administrator_ambiguous",
    "The event administrator {name} can be {count} {what}: {people}.",
    "Imogen Vale, a name of two contacts",
    "Write the full name; or for an instructor: adm-sync link instructors TUTORIAL_ID EXTERNAL_ID; "
    "or rename or merge contacts in Administrate.",
)
UNKNOWN = error(
    "administrator_unknown",
    "The event administrator {name} is {here} in the tutorial tables, and Administrate has no "
    "administrator of that name.",
    "Dorris Amberly",
    "Correct the name, or add the person on one of the two sides.",
    ask="add {value} to those who look after events, if the name is right",
)
NOT_LINKED = error(
    "administrator_not_linked",
    "The event administrator {name} is known in the tutorial tables, but Administrate has no "
    "administrator of that name.",
    "Doris Amberly, who has no contact in Administrate",
    "Make the contact an administrator in Administrate; if it is there as an instructor, run: "
    "adm-sync sync instructors, or: adm-sync link instructors TUTORIAL_ID EXTERNAL_ID.",
    suggests=True,
    ask="make {value} an administrator in Administrate",
)
NOT_ASKED = warning(
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
        reading = read_people(cell, self._match, AMBIGUOUS)
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
        return Found((), (NOT_LINKED(name=quoted(name)),))

    def _only_there(self, text: str, inactive: Sequence[Person]) -> Found[Administrator]:
        if self._contacts is None:
            not_asked = NOT_ASKED(name=quoted(text))
            return Found((Administrator(as_matched(text), None),), (not_asked,))
        contacts = self._contact_ids(text)
        if len(contacts) == 1:
            return Found((Administrator(as_matched(text), contacts[0]),))
        if contacts:
            return Found((), (_several_contacts(text, contacts),))
        remedy = did_you_mean(
            self._roll.near(text),
            "Name a member of staff, or add the person to the tutorial tables or as an "
            "administrator in Administrate.",
        )
        here = "inactive" if inactive else "unknown"
        return Found((), (UNKNOWN(remedy, name=quoted(text), here=here),))

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
    return AMBIGUOUS(
        "Write the full name; if both have the same, make the account inactive that is not used.",
        name=quoted(text),
        count=len(people),
        what="people of the tutorial tables",
        people=", ".join(f"staff {one.staff_id} ({one.name})" for one in people),
    )


def _several_contacts(name: str, contacts: Sequence[str]) -> Finding:
    return AMBIGUOUS(
        "If the person is an instructor: adm-sync link instructors TUTORIAL_ID EXTERNAL_ID. "
        "Otherwise merge or rename the contacts in Administrate.",
        name=quoted(name),
        count=len(contacts),
        what="contacts of Administrate",
        people=", ".join(contacts),
    )
