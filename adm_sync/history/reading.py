"""The history of one record or event, page by page, or whole as rows of a table.

What belongs here: reading it. What does not: words (`words`), and who asks.
"""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from adm_sync.database import history as recorded
from adm_sync.database import history_subjects
from adm_sync.database.history import Ends, HistorySource, Place, Recorded
from adm_sync.history.entries import (
    HistoryEntry,
    HistoryPage,
    HistoryRow,
    as_text,
    place_of,
    rows_of,
)
from adm_sync.history.subjects import EVENT, HistorySubject
from adm_sync.history.words import entry_of
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.entity import Entity

ENTRIES = 50
AT_ONCE = 1000


def page(
    connection: sa.Connection,
    subject: HistorySubject,
    before: str | None = None,
    limit: int = ENTRIES,
) -> HistoryPage:
    """Some of what happened to a record or an event, latest first.

    Args:
        connection: only read from.
        subject: of `subjects.find`, or `everything`.
        before: `following` of the page before, for those that are older.
        limit: how many at most.

    Raises:
        SettingsError: `before` is no such place.
    """
    place = place_of(before) if before else None
    # One more, to know whether there are more.
    rows = _rows(connection, subject, place, limit + 1)
    entries = tuple(_entries(connection, subject, rows[:limit]))
    following = as_text(entries[-1].place) if len(rows) > limit else None
    return HistoryPage(subject, entries, following)


def table(connection: sa.Connection, subject: HistorySubject) -> Iterator[HistoryRow]:
    """All of it, latest first: a row for each value that was changed."""
    before: str | None = None
    while True:
        some = page(connection, subject, before, AT_ONCE)
        for entry in some.entries:
            yield from rows_of(entry)
        before = some.following
        if before is None:
            return


def everything(entity: Entity) -> HistorySubject:
    """All records of an entity as one subject."""
    return HistorySubject(entity.name, "", entity.title, None, ())


def _rows(
    connection: sa.Connection, subject: HistorySubject, before: Place | None, limit: int
) -> list[Recorded]:
    if subject.kind == EVENT:
        return recorded.of_events(connection, subject.rows, before, limit)
    entity = BY_NAME[subject.kind]
    if not subject.id:
        return recorded.of_entity(connection, entity.name, before, limit)
    ids = list(subject.external_ids)
    if entity.matched and subject.tutorial_id is not None:
        link = entity.matched.link
        ids += recorded.partners(connection, entity.name, link, subject.tutorial_id)
    ends = Ends(entity.name, subject.tutorial_id, list(dict.fromkeys(ids)))
    creation = entity.creation.document if entity.creation else None
    return recorded.of_record(connection, ends, creation, before, limit)


def _entries(
    connection: sa.Connection, subject: HistorySubject, rows: Sequence[Recorded]
) -> Iterator[HistoryEntry]:
    entity = BY_NAME.get(subject.kind)
    matched = entity.matched if entity else None
    link = matched.link if matched else None
    labels: dict[int, str] = {}
    if matched and link:
        numbers = {number for row in rows for number in _tutorial_ids(row, link)}
        found = history_subjects.tutorial_rows_of(connection, matched.tutorials, sorted(numbers))
        labels = {one.id: one.label for one in map(matched.read, found)}
    imported = [row.id for row in rows if row.source == HistorySource.IMPORT]
    values = {one: recorded.first_values(connection, one) for one in imported}
    for row in rows:
        yield entry_of(row, link, labels, values)


def _tutorial_ids(row: Recorded, link: str) -> Iterator[int]:
    sides = [side for side in (row.before, row.after) if isinstance(side, dict)]
    for side in sides:
        for name in (link, "tutorial_id"):
            if isinstance(side.get(name), int):
                yield side[name]
