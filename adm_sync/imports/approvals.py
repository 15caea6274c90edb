"""Who would have to be approved for a course template before Administrate takes them as staff.

What belongs here: who teaches, who of them lacks approval, and the finding where that is not to be
mended. What does not: approving them (`push.approving`).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from adm_sync.imports.codes import INSTRUCTOR_NOT_APPROVED
from adm_sync.imports.places import Places
from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import Link, ResolvedEvent
from adm_sync.workbook.findings import Finding


@dataclass(frozen=True, slots=True)
class Approved:
    """Whom Administrate has approved.

    Attributes:
        contacts: by template; one that is not there is not known. None if it has no such lists.
        add: whether others are approved by the push; else they are refused.
    """

    contacts: Mapping[str, frozenset[str]] | None = None
    add: bool = True

    def to_add(
        self, resolved: ResolvedEvent, days: Collection[int], *, is_new: bool
    ) -> tuple[Link, ...]:
        """Who is to be approved: whoever teaches, and is not known to be approved already.

        Args:
            resolved: the event.
            days: the sessions that are to be added.
            is_new: whether the instructors of the event itself are to be added too.
        """
        if self.contacts is None or not self.add:
            return ()
        known = self.contacts.get(resolved.template.external_id, frozenset())
        taught = (person for _, _, person in _teaching(resolved, days, is_new=is_new))
        people = {person.external_id: person for person in taught}
        return tuple(person for contact, person in people.items() if contact not in known)

    def refused(
        self, resolved: ResolvedEvent, days: Collection[int], places: Places, *, is_new: bool
    ) -> list[Finding]:
        """A finding for each cell with somebody who is not approved and is not to be."""
        known = (self.contacts or {}).get(resolved.template.external_id)
        if self.add or known is None:
            return []
        return [
            INSTRUCTOR_NOT_APPROVED(person=person.name, template=resolved.event.code).at(
                places.at(row, column)
            )
            for row, column, person in _teaching(resolved, days, is_new=is_new)
            if person.external_id not in known
        ]


def _teaching(
    resolved: ResolvedEvent, days: Collection[int], *, is_new: bool
) -> Iterator[tuple[int, Column, Link]]:
    """Row, column and person."""
    for person in resolved.instructors if is_new else ():
        yield resolved.event.row, Column.INSTRUCTOR, person
    for one in resolved.sessions:
        for person in one.instructors if one.session.day in days else ():
            yield one.session.row, Column.SESSION_INSTRUCTOR, person
