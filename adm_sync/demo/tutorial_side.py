"""Writes the fictional company into the tutorial tables.

What belongs here: turning the company's values into rows. What does not: the values. No column
has a default, so every row names all of its columns.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from adm_sync.database import acted
from adm_sync.demo import catalog, company

Ids = dict[str, int]

# Those that anything else refers to come first.
FILLED_TABLES = (
    acted.auth_user,
    acted.staff,
    acted.tutorial_instructors,
    acted.tutorial_locations,
    acted.tutorial_venues,
    acted.tutorial_course_templates,
    acted.catalog_subjects,
    acted.catalog_exam_sessions,
    acted.catalog_exam_session_subjects,
    acted.catalog_products,
    acted.catalog_product_variations,
    acted.catalog_product_product_variations,
    acted.products,
)

DATED = {"created_at": company.FOUNDED, "updated_at": company.FOUNDED}


def fill_tutorial(connection: sa.Connection) -> bool:
    """Write the company into the tutorial tables, unless one of them holds a row.

    Args:
        connection: an open transaction on the company's database; the caller commits.

    Returns:
        Whether the rows were written. False: nothing was touched.
    """
    if any(_holds_rows(connection, table) for table in FILLED_TABLES):
        return False
    _fill_people(connection)
    _fill_places(connection)
    _fill_course_templates(connection)
    _fill_catalog(connection)
    return True


def _holds_rows(connection: sa.Connection, table: sa.Table) -> bool:
    return connection.scalar(sa.select(sa.exists(sa.select(table.c.id)))) is True


def _insert(
    connection: sa.Connection, table: sa.Table, rows: Mapping[str, Mapping[str, Any]]
) -> Ids:
    """Insert rows by name; returns the id of each."""
    statement = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
    ids = connection.scalars(statement, list(rows.values()))
    return dict(zip(rows, ids, strict=True))


def _insert_unnamed(
    connection: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]
) -> None:
    connection.execute(sa.insert(table), list(rows))


def _fill_people(connection: sa.Connection) -> None:
    people = {person.name: person for person in (*company.INSTRUCTORS, *company.OFFICE)}
    users = {name: _user(person) for name, person in people.items()}
    user_ids = _insert(connection, acted.auth_user, users)
    staff = {name: DATED | {"user_id": user_ids[name]} for name in people}
    staff_ids = _insert(connection, acted.staff, staff)
    _insert_unnamed(
        connection,
        acted.tutorial_instructors,
        (
            DATED | {"staff_id": staff_ids[person.name], "is_active": person.is_active}
            for person in company.INSTRUCTORS
        ),
    )


def _user(person: company.Employee) -> dict[str, Any]:
    address = _address(person)
    return {
        "password": "!",
        "last_login": None,
        "is_superuser": False,
        "username": address,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": f"{address}@larkfield.example",
        "is_staff": True,
        "is_active": person.is_active,
        "date_joined": company.FOUNDED,
    }


def _address(person: company.Employee) -> str:
    plain = unicodedata.normalize("NFKD", f"{person.first_name}.{person.last_name}".lower())
    return re.sub(r"[^a-z.-]", "", plain)


def _fill_places(connection: sa.Connection) -> None:
    locations = {
        location.name: DATED | {"name": location.name, "code": location.code, "is_active": True}
        for location in company.LOCATIONS
    }
    ids = _insert(connection, acted.tutorial_locations, locations)
    _insert_unnamed(
        connection,
        acted.tutorial_venues,
        (
            DATED | {"name": venue.name, "description": "", "location_id": ids[venue.location]}
            for venue in company.VENUES
        ),
    )


def _fill_course_templates(connection: sa.Connection) -> None:
    _insert_unnamed(
        connection,
        acted.tutorial_course_templates,
        (
            DATED
            | {
                "code": template.code,
                "title": template.title,
                "description": "",
                "is_active": True,
            }
            for template in company.COURSE_TEMPLATES
        ),
    )


def _fill_catalog(connection: sa.Connection) -> None:
    offers = _fill_exam_session_subjects(connection)
    variations = _fill_variations(connection)
    _insert_unnamed(
        connection,
        acted.products,
        (
            DATED
            | {
                "product_code": product.code,
                "is_active": True,
                "exam_session_subject_id": offers[f"{product.subject}/{product.exam_session}"],
                "product_product_variation_id": variations[product.variation],
            }
            for product in catalog.PRODUCTS
        ),
    )


def _fill_exam_session_subjects(connection: sa.Connection) -> Ids:
    """Returns the ids by `subject/exam session`."""
    subjects = {
        code: DATED | {"code": code, "description": title, "active": True}
        for code, title in company.SUBJECTS.items()
    }
    subject_ids = _insert(connection, acted.catalog_subjects, subjects)
    exam_sessions = {
        session.code: {
            "session_code": session.code,
            "start_date": session.start,
            "end_date": session.end,
            "create_date": company.FOUNDED,
            "modified_date": company.FOUNDED,
        }
        for session in catalog.EXAM_SESSIONS
    }
    session_ids = _insert(connection, acted.catalog_exam_sessions, exam_sessions)
    offers = {
        f"{subject}/{session}": DATED
        | {"is_active": True, "exam_session_id": session_id, "subject_id": subject_id}
        for session, session_id in session_ids.items()
        for subject, subject_id in subject_ids.items()
    }
    return _insert(connection, acted.catalog_exam_session_subjects, offers)


def _fill_variations(connection: sa.Connection) -> Ids:
    """Returns the ids of a product's variations by the variation's code."""
    products = {
        short: DATED
        | {
            "fullname": full,
            "shortname": short,
            "description": None,
            "code": short,
            "is_active": True,
            "buy_both": False,
        }
        for short, full in catalog.CATALOG_PRODUCTS.items()
    }
    product_ids = _insert(connection, acted.catalog_products, products)
    variations = {
        variation.code: {
            "variation_type": variation.kind,
            "name": variation.name,
            "description": None,
            "description_short": None,
            "code": variation.code,
        }
        for variation in catalog.VARIATIONS
    }
    variation_ids = _insert(connection, acted.catalog_product_variations, variations)
    pairs = {
        variation.code: {
            "product_id": product_ids[variation.product],
            "product_variation_id": variation_ids[variation.code],
        }
        for variation in catalog.VARIATIONS
    }
    return _insert(connection, acted.catalog_product_product_variations, pairs)
