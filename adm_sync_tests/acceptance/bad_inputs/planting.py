"""What the fictional company lacks for the cases: people, courses and products, on either side.

What belongs here: making them, before any workbook is imported. What does not: the cases.
"""

import sqlalchemy as sa

from adm_sync.database import acted
from adm_sync.demo.administrate_side import DATED
from adm_sync.reference.entities import ENTITIES
from adm_sync.reference.sync import Listener, SyncOptions, sync_entity
from adm_sync_tests.acceptance.bad_inputs.cases import person_of
from adm_sync_tests.acceptance.bad_inputs.reference_cases import DOUBLE, NOT_SOLD, PERRINS
from adm_sync_tests.acceptance.bad_inputs.text_cases import DOTTED, SHARP
from adm_sync_tests.acceptance.bad_inputs.value_cases import SUBSTRING
from adm_sync_tests.acceptance.company import add_row
from adm_sync_tests.acceptance.importing import Office


def plant(office: Office, people: int) -> None:
    """Add what is needed on both sides, and sync it.

    Args:
        office: synced, nothing imported.
        people: how many cases need an instructor of their own.
    """
    linked = [SHARP, DOTTED, *map(person_of, range(people))]
    store = office.sandbox.store
    with office.engine.begin() as connection:
        for name in (*linked, *PERRINS):
            _add_instructor(connection, name)
        add_row(connection, acted.tutorial_course_templates, code=SUBSTRING, title="The docks")
        _forget_link(connection, DOUBLE)
        _stop_selling(connection, NOT_SOLD)
    for name in linked:
        first, last = name.split()
        store.add("Contact", firstName=first, lastName=last, isInstructor=True, **DATED)
    for code, days in ((SUBSTRING, 1), (DOUBLE, 2)):
        store.add(
            "CourseTemplate",
            code=code,
            title=f"{code} again",
            eventLearningMode="blended",
            lifecycleState="published",
            sessions=[{"title": f"Day {day}"} for day in range(1, days + 1)],
            **DATED,
        )
    _sync(office, "course_templates", "instructors")


def _add_instructor(connection: sa.Connection, name: str) -> None:
    first, _, last = name.partition(" ")
    user = add_row(connection, acted.auth_user, username=name, first_name=first, last_name=last)
    staff = add_row(connection, acted.staff, user_id=user)
    add_row(connection, acted.tutorial_instructors, staff_id=staff)


def _forget_link(connection: sa.Connection, code: str) -> None:
    connection.execute(
        sa.text(
            "update adm.course_templates set tutorial_course_template_id = null"
            " where tutorial_course_template_id ="
            " (select id from acted.tutorial_course_templates where code = :code)"
        ),
        {"code": code},
    )


def _stop_selling(connection: sa.Connection, code: str) -> None:
    subject = code.partition("_")[0]
    connection.execute(
        sa.text("update acted.products set is_active = false where product_code like :codes"),
        {"codes": f"{subject}/%/2027-04"},
    )


def _sync(office: Office, *names: str) -> None:
    importer = office.importer
    options = SyncOptions(instance=importer.options.push.instance)
    for entity in ENTITIES:
        if entity.name in names:
            result = sync_entity(entity, office.engine, importer.client, options, Listener())
            assert result.status == "succeeded"
