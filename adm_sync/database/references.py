"""Everything that a workbook may refer to, in a fixed number of statements.

What belongs here: SQL that reads tutorial records, their bridge rows, the catalogue and what the
last syncs left open. What does not: what the rows mean together (`imports.references`).

Each function runs one statement and gives its rows, oldest first. A tutorial record with several
bridge rows comes several times; one without any comes once, with None in their columns.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from adm_sync.database import acted, adm
from adm_sync.database.operations import decisions, discrepancies

ENTITIES = ("course_templates", "locations", "venues", "instructors")
KINDS = ("unmatched_tutorial", "unmatched_administrate", "ambiguous", "retained")
FIELD_TYPES = ("Event", "Session")
TUTORIAL = "Tutorial"

Rows = Sequence[sa.Row[Any]]


def _all(connection: sa.Connection, statement: sa.Select[Any]) -> Rows:
    return connection.execute(statement).all()


def _with_bridges(
    record: sa.Table, bridge: sa.Table, link: str, *columns: sa.ColumnElement[Any]
) -> sa.Select[Any]:
    joined = record.outerjoin(bridge, bridge.c[link] == record.c.id)
    return (
        sa.select(
            record.c.id,
            *columns,
            bridge.c.id.label("bridge_id"),
            bridge.c.external_id,
        )
        .select_from(joined)
        .order_by(record.c.id, bridge.c.id)
    )


def course_templates(connection: sa.Connection) -> Rows:
    """(id, name, is_active, event_learning_mode, bridge_id, external_id); the name is the code."""
    record, bridge = acted.tutorial_course_templates, adm.course_templates
    return _all(
        connection,
        _with_bridges(
            record,
            bridge,
            "tutorial_course_template_id",
            record.c.code.label("name"),
            record.c.is_active,
            bridge.c.event_learning_mode,
        ),
    )


def locations(connection: sa.Connection) -> Rows:
    """(id, name, is_active, bridge_id, external_id)."""
    record = acted.tutorial_locations
    return _all(
        connection,
        _with_bridges(
            record, adm.locations, "tutorial_location_id", record.c.name, record.c.is_active
        ),
    )


def venues(connection: sa.Connection) -> Rows:
    """(id, name, location_id, bridge_id, external_id)."""
    record = acted.tutorial_venues
    return _all(
        connection,
        _with_bridges(record, adm.venues, "tutorial_venue_id", record.c.name, record.c.location_id),
    )


def people(connection: sa.Connection) -> Rows:
    """All staff: (staff_id, first_name, last_name, is_active, instructor_id, instructor_is_active,
    bridge_id, external_id). An instructor without an account has no name and is left out.
    """
    account, staff = acted.auth_user, acted.staff
    instructor, bridge = acted.tutorial_instructors, adm.instructors
    joined = (
        staff.join(account, account.c.id == staff.c.user_id)
        .outerjoin(instructor, instructor.c.staff_id == staff.c.id)
        .outerjoin(bridge, bridge.c.tutorial_instructor_id == instructor.c.id)
    )
    return _all(
        connection,
        sa.select(
            staff.c.id.label("staff_id"),
            account.c.first_name,
            account.c.last_name,
            account.c.is_active,
            instructor.c.id.label("instructor_id"),
            instructor.c.is_active.label("instructor_is_active"),
            bridge.c.id.label("bridge_id"),
            bridge.c.external_id,
        )
        .select_from(joined)
        .order_by(staff.c.id, bridge.c.id),
    )


def subjects(connection: sa.Connection) -> Rows:
    """(id, code)."""
    table = acted.catalog_subjects
    return _all(connection, sa.select(table.c.id, table.c.code).order_by(table.c.id))


def exam_sessions(connection: sa.Connection) -> Rows:
    """(id, code)."""
    table = acted.catalog_exam_sessions
    code = table.c.session_code.label("code")
    return _all(connection, sa.select(table.c.id, code).order_by(table.c.id))


def offers(connection: sa.Connection) -> Rows:
    """(id, exam_session_id, subject_id, is_active)."""
    table = acted.catalog_exam_session_subjects
    return _all(
        connection,
        sa.select(
            table.c.id, table.c.exam_session_id, table.c.subject_id, table.c.is_active
        ).order_by(table.c.id),
    )


def tutorial_products(connection: sa.Connection) -> Rows:
    """Products of variation type Tutorial: (id, code, offer_id, variation_code, is_active)."""
    product, pair = acted.products, acted.catalog_product_product_variations
    variation = acted.catalog_product_variations
    joined = product.join(pair, pair.c.id == product.c.product_product_variation_id).join(
        variation, variation.c.id == pair.c.product_variation_id
    )
    return _all(
        connection,
        sa.select(
            product.c.id,
            product.c.product_code.label("code"),
            product.c.exam_session_subject_id.label("offer_id"),
            variation.c.code.label("variation_code"),
            product.c.is_active,
        )
        .select_from(joined)
        .where(variation.c.variation_type == TUTORIAL)
        .order_by(product.c.id),
    )


def definitions(connection: sa.Connection) -> Rows:
    """Custom fields of events and sessions: (key, entity_type, label)."""
    table = adm.custom_fields
    return _all(
        connection,
        sa.select(table.c.external_id.label("key"), table.c.entity_type, table.c.label)
        .where(table.c.entity_type.in_(FIELD_TYPES))
        .order_by(table.c.id),
    )


def open_discrepancies(connection: sa.Connection) -> Rows:
    """What is open: (entity, kind, label, detail, tutorial_id, external_id, suggestions)."""
    table = discrepancies
    return _all(
        connection,
        sa.select(
            table.c.entity,
            table.c.kind,
            table.c.label,
            table.c.detail,
            table.c.tutorial_id,
            table.c.external_id,
            table.c.suggestions,
        )
        .where(
            table.c.closed_at.is_(None),
            table.c.entity.in_(ENTITIES),
            table.c.kind.in_(KINDS),
        )
        .order_by(table.c.id),
    )


def ignored(connection: sa.Connection) -> Rows:
    """Tutorial records that a person decided to have no counterpart: (entity, tutorial_id)."""
    return _all(
        connection,
        sa.select(decisions.c.entity, decisions.c.tutorial_id).where(
            decisions.c.kind == "ignore",
            decisions.c.tutorial_id.is_not(None),
            decisions.c.withdrawn_at.is_(None),
        ),
    )
