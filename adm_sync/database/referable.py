"""Everything that a workbook may refer to, in a fixed number of statements.

What belongs here: SQL that reads tutorial records, their bridge rows, the catalogue and what the
last syncs left open. What does not: what the rows mean together (`imports.referable`).

Each function runs one statement and gives its rows, oldest first. A tutorial record with several
bridge rows comes several times; one without any comes once, with None in their columns.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from adm_sync.database import acted, adm
from adm_sync.database.operations import decisions, discrepancies
from adm_sync.database.recorded import all_as, columns_of
from adm_sync.database.states import DecisionKind, DiscrepancyKind

# The entities that a workbook names records of.
ENTITIES = ("course_templates", "locations", "venues", "instructors")
KINDS = (
    DiscrepancyKind.UNMATCHED_TUTORIAL,
    DiscrepancyKind.UNMATCHED_ADMINISTRATE,
    DiscrepancyKind.AMBIGUOUS,
    DiscrepancyKind.RETAINED,
)
FIELD_TYPES = ("Event", "Session")
TUTORIAL = "Tutorial"


@dataclass(frozen=True, slots=True)
class LinkedRow:
    """A tutorial record with one of its bridge rows; `learning_mode` is a course template's."""

    id: int
    name: str
    is_active: bool
    location_id: int | None
    bridge_id: int | None
    external_id: str | None
    learning_mode: str | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A member of staff with one of the bridge rows of the instructor that he or she is, if any."""

    staff_id: int
    first_name: str
    last_name: str
    is_active: bool
    instructor_id: int | None
    instructor_is_active: bool | None
    bridge_id: int | None
    external_id: str | None


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """What the last sync of an entity left open."""

    entity: str
    kind: DiscrepancyKind
    label: str
    detail: str
    tutorial_id: int | None
    external_id: str | None
    suggestions: list[dict[str, Any]]


def _linked(
    connection: sa.Connection,
    record: sa.Table,
    bridge: sa.Table,
    link: str,
    **columns: sa.ColumnElement[Any],
) -> list[LinkedRow]:
    usual: dict[str, sa.ColumnElement[Any]] = {
        "is_active": sa.true(),
        "location_id": sa.cast(None, sa.BigInteger),
        "learning_mode": sa.cast(None, sa.Text),
        "bridge_id": bridge.c.id,
    }
    statement = (
        sa.select(*columns_of(LinkedRow, record, bridge, **{**usual, **columns}))
        .select_from(record.outerjoin(bridge, bridge.c[link] == record.c.id))
        .order_by(record.c.id, bridge.c.id)
    )
    return all_as(connection, LinkedRow, statement)


def course_templates(connection: sa.Connection) -> list[LinkedRow]:
    """The course templates; the name is the code."""
    record, bridge = acted.tutorial_course_templates, adm.course_templates
    return _linked(
        connection,
        record,
        bridge,
        "tutorial_course_template_id",
        name=record.c.code,
        is_active=record.c.is_active,
        learning_mode=bridge.c.event_learning_mode,
    )


def locations(connection: sa.Connection) -> list[LinkedRow]:
    """The locations."""
    record = acted.tutorial_locations
    return _linked(
        connection,
        record,
        adm.locations,
        "tutorial_location_id",
        name=record.c.name,
        is_active=record.c.is_active,
    )


def venues(connection: sa.Connection) -> list[LinkedRow]:
    """The venues, which are all active."""
    record = acted.tutorial_venues
    return _linked(
        connection,
        record,
        adm.venues,
        "tutorial_venue_id",
        name=record.c.name,
        location_id=record.c.location_id,
    )


def people(connection: sa.Connection) -> list[PersonRow]:
    """All staff. An instructor without an account has no name and is left out."""
    account, staff = acted.auth_user, acted.staff
    instructor, bridge = acted.tutorial_instructors, adm.instructors
    joined = (
        staff.join(account, account.c.id == staff.c.user_id)
        .outerjoin(instructor, instructor.c.staff_id == staff.c.id)
        .outerjoin(bridge, bridge.c.tutorial_instructor_id == instructor.c.id)
    )
    return all_as(
        connection,
        PersonRow,
        sa.select(
            *columns_of(
                *(PersonRow, account, bridge),
                staff_id=staff.c.id,
                instructor_id=instructor.c.id,
                instructor_is_active=instructor.c.is_active,
                bridge_id=bridge.c.id,
            )
        )
        .select_from(joined)
        .order_by(staff.c.id, bridge.c.id),
    )


def subjects(connection: sa.Connection) -> list[tuple[int, str]]:
    """(id, code) of each subject."""
    table = acted.catalog_subjects
    return _tuples(connection, sa.select(table.c.id, table.c.code).order_by(table.c.id))


def exam_sessions(connection: sa.Connection) -> list[tuple[int, str]]:
    """(id, code) of each exam session."""
    table = acted.catalog_exam_sessions
    return _tuples(connection, sa.select(table.c.id, table.c.session_code).order_by(table.c.id))


def offers(connection: sa.Connection) -> list[tuple[int, int, int, bool]]:
    """(id, exam session, subject, is active) of each subject that an exam session has."""
    table = acted.catalog_exam_session_subjects
    statement = sa.select(
        table.c.id, table.c.exam_session_id, table.c.subject_id, table.c.is_active
    ).order_by(table.c.id)
    return _tuples(connection, statement)


def tutorial_products(connection: sa.Connection) -> list[tuple[int, str, int, str | None, bool]]:
    """(id, code, offer, code of the variation, is active) of each product that is a tutorial."""
    product, pair = acted.products, acted.catalog_product_product_variations
    variation = acted.catalog_product_variations
    joined = product.join(pair, pair.c.id == product.c.product_product_variation_id).join(
        variation, variation.c.id == pair.c.product_variation_id
    )
    statement = (
        sa.select(
            product.c.id,
            product.c.product_code,
            product.c.exam_session_subject_id,
            variation.c.code,
            product.c.is_active,
        )
        .select_from(joined)
        .where(variation.c.variation_type == TUTORIAL)
        .order_by(product.c.id)
    )
    return _tuples(connection, statement)


def definitions(connection: sa.Connection) -> list[tuple[str, str, str]]:
    """(key, entity type, label) of each custom field of events and sessions."""
    table = adm.custom_fields
    statement = (
        sa.select(table.c.external_id, table.c.entity_type, table.c.label)
        .where(table.c.entity_type.in_(FIELD_TYPES))
        .order_by(table.c.id)
    )
    return _tuples(connection, statement)


def open_discrepancies(connection: sa.Connection) -> list[LeftOpen]:
    """What is open of these entities, as far as a workbook may come upon it."""
    table = discrepancies
    return all_as(
        connection,
        LeftOpen,
        sa.select(*columns_of(LeftOpen, table))
        .where(
            table.c.closed_at.is_(None),
            table.c.entity.in_(ENTITIES),
            table.c.kind.in_(KINDS),
        )
        .order_by(table.c.id),
    )


def ignored(connection: sa.Connection) -> list[tuple[str, int]]:
    """(entity, tutorial id) of what a person decided to have no counterpart."""
    statement = sa.select(decisions.c.entity, decisions.c.tutorial_id).where(
        decisions.c.kind == DecisionKind.IGNORE,
        decisions.c.tutorial_id.is_not(None),
        decisions.c.withdrawn_at.is_(None),
    )
    return _tuples(connection, statement)


def _tuples(connection: sa.Connection, statement: sa.Select[Any]) -> list[Any]:
    return [tuple(row) for row in connection.execute(statement)]
