"""The references of a workbook, put together from what the database holds.

What belongs here: turning rows into values. What does not: SQL (`database.references`), and what
is looked up in them (`workbook.resolving`).
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from adm_sync.database import references as rows
from adm_sync.workbook.references import (
    Bridge,
    Catalogue,
    Definition,
    Discrepancy,
    ExamSession,
    Member,
    Offer,
    Person,
    Product,
    Record,
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
        definitions=tuple(
            Definition(row.key, row.entity_type, row.label) for row in rows.definitions(connection)
        ),
        discrepancies=tuple(_discrepancy(row) for row in rows.open_discrepancies(connection)),
        ignored=frozenset((row.entity, row.tutorial_id) for row in rows.ignored(connection)),
        contacts=contacts,
    )


def _records(found: rows.Rows) -> Iterator[Record]:
    for record_id, group in groupby(found, key=attrgetter("id")):
        several = list(group)
        first = several[0]._mapping
        yield Record(
            record_id,
            first["name"],
            first.get("is_active", True),
            _bridges(several),
            first.get("location_id"),
        )


def _bridges(several: list[sa.Row[Any]]) -> tuple[Bridge, ...]:
    return tuple(
        Bridge(
            row["bridge_id"],
            row["external_id"],
            row.get("event_learning_mode"),
            row.get("bridge_location"),
        )
        for row in (one._mapping for one in several)
        if row["bridge_id"] is not None
    )


def _people(found: rows.Rows) -> Iterator[Person]:
    for staff_id, group in groupby(found, key=attrgetter("staff_id")):
        several = list(group)
        first = several[0]
        person = Person(staff_id, first.first_name, first.last_name, first.is_active)
        if first.instructor_id is None:
            yield person
            continue
        instructor = Record(
            first.instructor_id, person.name, first.instructor_is_active, _bridges(several)
        )
        yield Person(staff_id, first.first_name, first.last_name, first.is_active, instructor)


def _catalogue(connection: sa.Connection) -> Catalogue:
    return Catalogue(
        tuple(Subject(row.id, row.code) for row in rows.subjects(connection)),
        tuple(ExamSession(row.id, row.code) for row in rows.exam_sessions(connection)),
        tuple(
            Offer(row.id, row.exam_session_id, row.subject_id, row.is_active)
            for row in rows.offers(connection)
        ),
        tuple(
            Product(row.id, row.code, row.offer_id, row.variation_code, row.is_active)
            for row in rows.tutorial_products(connection)
        ),
    )


def _discrepancy(row: sa.Row[Any]) -> Discrepancy:
    members = tuple(
        Member(one.get("tutorial_id"), one.get("external_id"), one.get("label", ""))
        for one in row.suggestions
    )
    return Discrepancy(
        row.entity, row.kind, row.label, row.detail, row.tutorial_id, row.external_id, members
    )
