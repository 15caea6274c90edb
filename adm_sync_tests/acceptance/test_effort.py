"""What a sync costs: statements that do not grow with the rows, requests that are only the pages.

Statements are counted where they leave this process, COPY included.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from adm_sync.administrate.paging import MOST_TOGETHER
from adm_sync.reference.entities import ENTITIES
from adm_sync.reference.planning import GuardLimits
from adm_sync.reference.sync import Listener
from adm_sync_tests.acceptance.company import KINDS
from adm_sync_tests.acceptance.stage import Stage

ALL = GuardLimits(percent=100)
NAMES = [entity.name for entity in ENTITIES]


class Statements:
    """What was sent to PostgreSQL, in order."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.by_sqlalchemy = 0

    def note(self, statement: Any) -> None:
        text = statement.as_string() if hasattr(statement, "as_string") else str(statement)
        self.sent.append(" ".join(text.split())[:60])


@contextmanager
def counting(engine: sa.Engine) -> Iterator[Statements]:
    """Count every statement of this process, whoever sends it."""
    statements = Statements()

    def noted(method: Any) -> Any:
        def call(cursor: Any, statement: Any, *arguments: Any, **options: Any) -> Any:
            statements.note(statement)
            return method(cursor, statement, *arguments, **options)

        return call

    def by_sqlalchemy(*_: Any) -> None:
        statements.by_sqlalchemy += 1

    sa.event.listen(engine, "before_cursor_execute", by_sqlalchemy)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("execute", "executemany", "copy"):
            patch.setattr(psycopg.Cursor, name, noted(getattr(psycopg.Cursor, name)))
        yield statements
    sa.event.remove(engine, "before_cursor_execute", by_sqlalchemy)


def grow(stage: Stage, count: int) -> None:
    """So many more records of each entity, on both sides where there are two."""
    store, ids = stage.sandbox.store, stage.administrate
    stage.execute(
        "insert into acted.tutorial_locations (name, code, is_active, created_at, updated_at)"
        " select 'Town ' || n, '', true, now(), now() from generate_series(1, :count) n;",
        count=count,
    )
    stage.execute(
        "insert into acted.tutorial_venues (name, description, location_id, created_at, updated_at)"
        " select 'Room ' || n, '', :london, now(), now() from generate_series(1, :count) n",
        count=count,
        london=stage.tutorial["London"],
    )
    stage.execute(
        "insert into acted.tutorial_course_templates"
        " (code, title, description, is_active, created_at, updated_at)"
        " select 'T' || n, '', '', true, now(), now() from generate_series(1, :count) n",
        count=count,
    )
    stage.execute(
        "with users as (insert into auth_user (password, is_superuser, username, first_name,"
        " last_name, email, is_staff, is_active, date_joined) select '', false, 'u' || n, 'First',"
        " 'Last ' || n, '', true, true, now() from generate_series(1, :count) n returning id),"
        " people as (insert into acted.staff (user_id, created_at, updated_at)"
        " select id, now(), now() from users returning id)"
        " insert into acted.tutorial_instructors (staff_id, is_active, created_at, updated_at)"
        " select id, true, now(), now() from people",
        count=count,
    )
    for n in range(1, count + 1):
        store.add("CustomFieldDefinition", entityType="Event", label=f"F{n}", roles=[])
        store.add("Location", name=f"Town {n}")
        store.add("Venue", name=f"Room {n}", location=ids["London"])
        store.add("Contact", firstName="First", lastName=f"Last {n}", isInstructor=True)
        level = store.add("PriceLevel", name=f"Level {n}", description="")
        template = store.add("CourseTemplate", code=f"T{n}", title="", eventLearningMode="lms")
        store.add(
            "CoursePrice",
            courseTemplate=template,
            priceLevel=level,
            amount="1.00",
            financialUnit=ids["GBP"],
        )


def change(stage: Stage) -> None:
    """A third of the new records goes, a third changes, a third stays; some are new."""
    store = stage.sandbox.store
    changes = {
        "CustomFieldDefinition": {"description": "changed"},
        "Location": {},
        "Venue": {"location": stage.administrate["Leeds"]},
        "Contact": {},
        "PriceLevel": {"description": "changed"},
        "CourseTemplate": {"eventLearningMode": "blended"},
        "CoursePrice": {"amount": "2.00"},
    }
    for kind, fields in changes.items():
        records = [one for one in store.all(kind) if one["id"] not in stage.administrate.values()]
        for n, record in enumerate(records):
            if n % 3 == 0 and kind not in {"PriceLevel", "CourseTemplate"}:
                store.remove(record["id"])
            elif n % 3 == 1 and fields:
                store.update(record["id"], **fields)


def cost(stage: Stage) -> dict[str, dict[str, int]]:
    """Statements of each entity's first sync, of an unchanged one, and of one with changes."""
    found: dict[str, dict[str, int]] = {}
    for step in ("first", "unchanged", "changed"):
        if step == "changed":
            change(stage)
        found[step] = {}
        for name in NAMES:
            with counting(stage.engine) as statements:
                stage.sync_well(name, page_size=100, limits=ALL)
            assert len(statements.sent) > statements.by_sqlalchemy > 0
            found[step][name] = len(statements.sent)
    return found


@pytest.mark.thorough
def test_statements_do_not_grow_with_the_rows(new_stage: Stage) -> None:
    """20 records of each entity cost as many statements as 1,200."""
    grow(new_stage, 20)
    few = cost(new_stage)
    new_stage.restart()
    grow(new_stage, 1_200)
    many = cost(new_stage)
    assert many == few
    assert max(few["unchanged"].values()) <= 25
    assert len(new_stage.rows("course_templates")) == 1_205


def test_a_full_sync_asks_for_its_pages_and_little_else(stage: Stage) -> None:
    """The first page of each list, then five in a request, and the custom fields."""
    grow(stage, 230)
    # Prices come with their templates, custom fields by their types.
    kinds = {**KINDS, "course_template_price_levels": "CourseTemplate"}
    del kinds["custom_fields"]
    lists = [len(stage.sandbox.store.all(kind)) for kind in kinds.values()]
    asked = sum(requests_for(count) for count in lists)
    for _ in ("first", "unchanged"):
        requests = sum(result.requests for result in stage.sync_all(page_size=100).values())
        assert requests == asked + 1


def requests_for(count: int) -> int:
    others = math.ceil(count / 100) - 1
    return 1 + math.ceil(others / MOST_TOGETHER)


def test_a_larger_page_is_capped_in_silence_and_all_is_read(stage: Stage) -> None:
    grow(stage, 230)
    for name in ("locations", "course_templates", "course_template_price_levels"):
        result = stage.sync_well(name, page_size=1_000)
        assert result.requests == 2
        assert result.created == 230 or name == "course_template_price_levels"


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("page_size", [1, 2, 3, 4, 5, 6, 100])
def test_any_page_size_reads_the_same(stage: Stage, page_size: int) -> None:
    before = stage.bridges()
    assert stage.sync_well("course_templates", page_size=page_size).unchanged == 5
    assert stage.sync_well("course_template_price_levels", page_size=page_size).unchanged == 5
    assert stage.bridges() == before


def test_more_records_than_the_settings_allow_are_refused(stage: Stage) -> None:
    before = stage.bridges()
    result = stage.sync("locations", max_records=4)
    assert result.status == "failed"
    assert "ADM_SYNC_MAX_RECORDS" in result.message
    assert stage.sandbox.calls.requests == 1
    assert stage.bridges() == before


def test_what_is_gone_is_looked_for_once_more_and_costs_as_much_again(stage: Stage) -> None:
    stage.sandbox.store.remove(stage.administrate["CB3"])
    assert stage.sync_well("course_templates").requests == 2 + 2
    stage.sandbox.store.remove(stage.administrate["CM2"])
    assert stage.sync_well("course_templates").requests == 2 + 2, "retained for the first time"
    assert stage.sync_well("course_templates").requests == 2, "known as retained"


def test_progress_is_told_with_each_answer(stage: Stage) -> None:
    told: list[tuple[int, int]] = []
    listener = Listener(pages=lambda done, total: told.append((done, total)))
    stage.sync_well("locations", listener=listener)
    assert told[0] == (2, 5)
    assert told[-1] == (5, 5)
    assert len(told) == 2
