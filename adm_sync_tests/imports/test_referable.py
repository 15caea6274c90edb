"""References as the database has them: all of the fictional company, in a few statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import sqlalchemy as sa

from adm_sync.demo import company
from adm_sync.imports.referable import load
from adm_sync.workbook.events import EventRow, Mode
from adm_sync.workbook.references import References
from adm_sync.workbook.resolving import Resolved
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.workbook import referring

MOST_STATEMENTS = 12


@contextmanager
def _statements(engine: sa.Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)


def _load(engine: sa.Engine) -> References:
    with engine.connect() as connection:
        return load(connection)


def _resolved(place: Workplace, *events: EventRow) -> Resolved:
    return referring.resolved(*events, known=_load(place.engine))


def _event(row: int, template: company.CourseTemplate) -> EventRow:
    """An event of that template, a day after the one before."""
    location = template.location.name if template.location else "Online"
    venue = next(iter(one.name for one in company.VENUES if one.location == location), None)
    starts = referring.START + timedelta(days=row)
    teacher = "Agnes Tolliver"
    session = referring.session(
        row,
        location=location,
        venue=venue,
        instructors=teacher,
        starts=starts,
        ends=starts + timedelta(hours=3),
    )
    common = {
        "code": template.code,
        "title": template.title,
        "mode": Mode(template.learning_mode),
        "location": location,
        "starts": starts,
        "ends": starts + timedelta(hours=3),
        "administrators": teacher,
        "zone": "Europe/Dublin" if location == "Dublin" else "Europe/London",
    }
    if template.half_days:
        return referring.event(row, **common, venue=venue, sessions=(session,))
    return referring.event(row, **common, venue=None, instructors="", sessions=())


def _all_templates() -> list[EventRow]:
    return [_event(row, template) for row, template in enumerate(company.COURSE_TEMPLATES, 4)]


def test_every_course_template_of_the_company_resolves_but_for_what_is_planted(
    synced: Workplace,
) -> None:
    events = _all_templates()
    result = _resolved(synced, *events)
    # Guildhall Chambers is the venue of every event at Bristol.
    unlinked = {"SA1_LO_2", "SP9_BR_3", "CB3_BR_1", "CM2_BR_4"}
    assert {one.event.code for one in result.events} == {one.code for one in events} - unlinked
    assert {one.code for one in result.findings} == {"template_not_linked", "venue_not_linked"}
    keys = {key for one in result.events for key, _ in one.custom_fields}
    assert len(keys) == 2
    assert all(session.custom_fields for one in result.events for session in one.sessions)


def test_the_ids_are_those_of_the_tables(synced: Workplace) -> None:
    (template,) = (one for one in company.COURSE_TEMPLATES if one.code == "CB1_LO_6")
    (found,) = _resolved(synced, _event(4, template)).events
    (row,) = synced.execute(
        "select t.id, b.id, b.external_id from acted.tutorial_course_templates t"
        " join adm.course_templates b on b.tutorial_course_template_id = t.id"
        " where t.code = 'CB1_LO_6'"
    )
    assert found.template == (type(found.template))(*row, "CB1_LO_6")
    (product,) = synced.execute(
        "select id from acted.products where product_code = 'CB1/LO_6H/2026-04'"
    )
    assert found.product_id == product.id
    (instructor,) = synced.execute(
        "select i.id, b.id, b.external_id from acted.tutorial_instructors i"
        " join acted.staff s on s.id = i.staff_id join auth_user u on u.id = s.user_id"
        " join adm.instructors b on b.tutorial_instructor_id = i.id"
        " where u.last_name = 'Tolliver'"
    )
    link = found.instructors[0]
    assert (link.tutorial_id, link.bridge_id, link.external_id) == tuple(instructor)
    assert found.administrators[0].external_id == link.external_id


def test_what_the_last_sync_left_open_is_told_apart(synced: Workplace) -> None:
    (template,) = (one for one in company.COURSE_TEMPLATES if one.code == "CB1_LO_6")
    names = ("Katherine Ashdown", "Katharine Ashdown", "Imogen Vale", "Rupert Lindmoor", "Nobody X")
    cell = " / ".join(names)
    event = referring.event(code=template.code, instructors=cell, location="Cardiff", sessions=())
    result = _resolved(synced, event)
    assert referring.codes(result) == [
        "location_unknown",
        "instructor_not_linked",
        "instructor_unknown",
        "instructor_ambiguous",
        "instructor_inactive",
        "instructor_unknown",
        "administrator_not_asked",
    ]
    location, unlinked, elsewhere, ambiguous, *_ = result.findings
    assert "but Administrate does" in location.message
    assert "nearest there is 'Katharine Ashdown'" in (unlinked.suggestion or "")
    assert "but Administrate does" in elsewhere.message
    assert "can be 2 records of Administrate" in ambiguous.message


def test_before_any_sync_everything_is_known_and_nothing_is_linked(settled: Workplace) -> None:
    (template,) = (one for one in company.COURSE_TEMPLATES if one.code == "CB1_LO_6")
    result = _resolved(settled, _event(4, template))
    assert set(referring.codes(result)) == {
        "template_not_linked",
        "location_not_linked",
        "venue_not_linked",
        "instructor_not_linked",
    }
    assert all("Run: adm-sync sync" in (one.suggestion or "") for one in result.findings)


def test_decisions_and_links_that_a_person_made_are_seen(synced: Workplace) -> None:
    synced.execute(
        "insert into adm_sync.decisions (kind, entity, tutorial_id, who, why, decided_at)"
        " values ('ignore', 'locations', 7, 'me', '', now()),"
        " ('ignore', 'venues', null, 'me', '', now()), ('link', 'locations', 8, 'me', '', now())"
    )
    synced.execute(
        "insert into adm_sync.decisions"
        " (kind, entity, tutorial_id, who, why, decided_at, withdrawn_at)"
        " values ('ignore', 'locations', 9, 'me', '', now(), now())"
    )
    assert _load(synced.engine).ignored == {("locations", 7)}


def test_a_record_with_several_bridge_rows_has_them_all(synced: Workplace) -> None:
    synced.execute(
        "insert into adm.locations (external_id, legacy_id, created_at, updated_at,"
        " tutorial_location_id) select 'twin', null, now(), now(), id"
        " from acted.tutorial_locations where name = 'London'"
    )
    (london,) = (one for one in _load(synced.engine).locations if one.name == "London")
    assert len(london.bridges) == 2
    assert london.bridges[1].external_id == "twin"


def test_the_number_of_statements_is_the_same_whatever_there_is(
    engine: sa.Engine, synced: Workplace
) -> None:
    with _statements(engine) as for_nothing:
        assert _load(engine) == References()
    with _statements(synced.engine) as for_all:
        known = _load(synced.engine)
    assert len(known.templates) == len(company.COURSE_TEMPLATES)
    assert len([one for one in known.people if one.instructor]) == len(company.INSTRUCTORS)
    assert known.discrepancies
    assert len(for_nothing) == len(for_all) <= MOST_STATEMENTS
