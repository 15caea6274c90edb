"""The references of a workbook, put together from what the database holds.

What belongs here: turning rows into values. What does not: SQL (`database.referable`), and what
is looked up in them (`workbook.resolving`).
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter

import sqlalchemy as sa

from adm_sync.database import referable as rows
from adm_sync.workbook.references import (
    Bridge,
    Catalogue,
    Definition,
    ExamSession,
    LinkedRecord,
    Member,
    Offer,
    OpenQuestion,
    Person,
    Product,
    References,
    Subject,
)


def load(
    connection: sa.Connection, contacts: Mapping[str, tuple[str, ...]] | None = None
) -> References:
    """All that a workbook may refer to; the same number of statements whatever its size.

    Args:
        connection: in a transaction; what it sees is one moment if that is repeatable read.
        contacts: Administrate's staff and administrators, folded name -> contact ids; None if
            Administrate was not or could not be asked.
    """
    return References(
        templates=tuple(_records(rows.course_templates(connection))),
        locations=tuple(_records(rows.locations(connection))),
        venues=tuple(_records(rows.venues(connection))),
        people=tuple(_people(rows.people(connection))),
        catalogue=_catalogue(connection),
        definitions=tuple(Definition(*row) for row in rows.definitions(connection)),
        discrepancies=tuple(_discrepancy(row) for row in rows.open_discrepancies(connection)),
        ignored=frozenset(rows.ignored(connection)),
        contacts=contacts,
    )


def _records(found: Iterable[rows.LinkedRow]) -> Iterator[LinkedRecord]:
    for record_id, group in groupby(found, key=attrgetter("id")):
        several = list(group)
        first = several[0]
        yield LinkedRecord(
            record_id,
            first.name,
            first.is_active,
            tuple(_bridges((one.bridge_id, one.external_id, one.learning_mode) for one in several)),
            first.location_id,
        )


def _bridges(found: Iterable[tuple[int | None, str | None, str | None]]) -> Iterator[Bridge]:
    for bridge_id, external_id, learning_mode in found:
        if bridge_id is not None and external_id is not None:
            yield Bridge(bridge_id, external_id, learning_mode)


def _people(found: Iterable[rows.PersonRow]) -> Iterator[Person]:
    for staff_id, group in groupby(found, key=attrgetter("staff_id")):
        several = list(group)
        first = several[0]
        person = Person(staff_id, first.first_name, first.last_name, first.is_active)
        if first.instructor_id is None:
            yield person
            continue
        bridges = tuple(_bridges((one.bridge_id, one.external_id, None) for one in several))
        is_active = bool(first.instructor_is_active)
        instructor = LinkedRecord(first.instructor_id, person.name, is_active, bridges)
        yield Person(staff_id, first.first_name, first.last_name, first.is_active, instructor)


def _catalogue(connection: sa.Connection) -> Catalogue:
    return Catalogue(
        tuple(Subject(*row) for row in rows.subjects(connection)),
        tuple(ExamSession(*row) for row in rows.exam_sessions(connection)),
        tuple(Offer(*row) for row in rows.offers(connection)),
        tuple(Product(*row) for row in rows.tutorial_products(connection)),
    )


def _discrepancy(row: rows.LeftOpen) -> OpenQuestion:
    members = tuple(
        Member(one.get("tutorial_id"), one.get("external_id"), one.get("label", ""))
        for one in row.suggestions
    )
    return OpenQuestion(
        row.entity, row.kind, row.label, row.detail, row.tutorial_id, row.external_id, members
    )
