"""The fictional company in the tutorial tables."""

import sqlalchemy as sa

from adm_sync.database import acted
from adm_sync.demo import company, fill_tutorial
from adm_sync.demo.tutorial_side import FILLED_TABLES


def count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def contents(connection: sa.Connection) -> dict[str, list[tuple[object, ...]]]:
    """All rows, without the numbers that the database chose."""
    found = {}
    for table in FILLED_TABLES:
        given = [column for column in table.c if not column.name.endswith("id")]
        query = sa.select(sa.true(), *given).select_from(table).order_by(table.c.id)
        found[table.name] = [tuple(row) for row in connection.execute(query)]
    return found


def test_the_company_has_the_size_that_the_demo_promises(engine: sa.Engine) -> None:
    # Foreign keys are deferred, so that the commit is what proves them.
    with engine.begin() as connection:
        assert fill_tutorial(connection) is True
    with engine.connect() as connection:
        counts = {table.name: count(connection, table) for table in FILLED_TABLES}
    assert counts["tutorial_locations"] == 10
    assert counts["tutorial_venues"] == 25
    assert counts["tutorial_instructors"] == 30
    assert counts["tutorial_course_templates"] == 80
    assert counts["catalog_exam_sessions"] == 4
    assert all(counts.values())


def test_tables_that_hold_a_row_are_left_alone(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        fill_tutorial(connection)
        connection.execute(sa.delete(acted.tutorial_venues))
        before = contents(connection)
        assert fill_tutorial(connection) is False
        assert contents(connection) == before


def test_it_is_the_same_company_every_time(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        fill_tutorial(connection)
        first = contents(connection)
        connection.rollback()
        fill_tutorial(connection)
        assert contents(connection) == first


def test_every_instructor_has_a_name_that_nobody_else_has(engine: sa.Engine) -> None:
    user = acted.auth_user.c
    names = sa.select(user.first_name, user.last_name).select_from(
        acted.tutorial_instructors.join(acted.staff).join(acted.auth_user)
    )
    with engine.connect() as connection:
        fill_tutorial(connection)
        found = connection.execute(names).all()
    assert len(set(found)) == 30


def test_those_who_look_after_events_are_staff_and_do_not_teach(engine: sa.Engine) -> None:
    user = acted.auth_user.c
    names = (
        sa.select(user.first_name, user.last_name)
        .select_from(acted.staff.join(acted.auth_user).outerjoin(acted.tutorial_instructors))
        .where(acted.tutorial_instructors.c.id.is_(None))
    )
    with engine.connect() as connection:
        fill_tutorial(connection)
        found = {" ".join(name) for name in connection.execute(names)}
    assert found == {person.name for person in company.OFFICE}


def test_every_course_template_finds_one_product_for_each_sitting(engine: sa.Engine) -> None:
    offers, pairs = acted.catalog_exam_session_subjects, acted.catalog_product_product_variations
    tutorials = (
        sa.select(
            acted.catalog_subjects.c.code,
            acted.catalog_product_variations.c.code,
            acted.catalog_exam_sessions.c.session_code,
        )
        .select_from(
            acted.products.join(offers)
            .join(acted.catalog_subjects)
            .join(acted.catalog_exam_sessions)
            .join(pairs)
            .join(acted.catalog_product_variations)
        )
        .where(acted.catalog_product_variations.c.variation_type == "Tutorial")
    )
    with engine.connect() as connection:
        fill_tutorial(connection)
        products = connection.execute(tutorials).all()
        codes = connection.scalars(sa.select(acted.tutorial_course_templates.c.code)).all()
        subjects = set(connection.scalars(sa.select(acted.catalog_subjects.c.code)))
    for code in codes:
        (subject,) = subjects & set(code.split("_"))
        rest = "_".join(part for part in code.split("_") if part != subject)
        for sitting in ("2026-04", "2026-09", "2027-04", "2027-09"):
            fitting = [
                variation
                for of_subject, variation, of_sitting in products
                if (of_subject, of_sitting) == (subject, sitting) and variation.startswith(rest)
            ]
            assert len(fitting) == 1, (code, sitting, fitting)
