"""References as the database has them: all of the fictional company, in a few statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa

from adm_sync.demo import company
from adm_sync.imports.references import load
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


def _load(place: Workplace) -> References:
    with place.engine.connect() as connection:
        return load(connection)


def _event(row: int, template: company.CourseTemplate) -> EventRow:
    location = template.location.name if template.location else "Online"
    venues = [venue.name for venue in company.VENUES if venue.location == location]
    instructor = "Agnes Tolliver"
    lms_only = template.learning_mode == "lms"
    session = referring.session(
        row, location=location, venue=venues[0] if venues else None, instructors=instructor
    )
    return referring.event(
        row,
        code=template.code,
        title=template.title,
        mode=Mode(template.learning_mode),
        location=location,
        venue=None if lms_only or not venues else venues[0],
        zone="Europe/Dublin" if location == "Dublin" else "Europe/London",
        starts=datetime(2026, 2, 3, 9, 0).replace(day=1 + row % 28),
        instructors="" if lms_only else instructor,
        administrators=instructor,
        sessions=() if lms_only else (session,),
    )


def _everything() -> list[EventRow]:
    """An event of every course template."""
    return [_event(row, template) for row, template in enumerate(company.COURSE_TEMPLATES, 4)]


def _resolved(place: Workplace, *events: EventRow) -> Resolved:
    return referring.resolved(*events, known=_load(place))


def test_every_course_template_of_the_company_resolves_but_for_what_is_planted(
    synced: Workplace,
) -> None:
    events = _everything()
    result = _resolved(synced, *events)
    lacking = {"SA1_LO_2", "SP9_BR_3"}
    for one in result.findings: print(one)
    assert {one.event.code for one in result.events} == {one.code for one in events} - lacking
