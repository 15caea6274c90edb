"""What the database's encoding has no room for, found before anything of the event is recorded.

What belongs here: a finding for each such cell. What does not: which characters there is room for
(`database.encoding`).
"""

from adm_sync.database.encoding import Encoding
from adm_sync.imports.codes import NOT_STORABLE
from adm_sync.imports.known.comparison import (
    EVENT_COLUMNS,
    SESSION_COLUMNS,
    recorded_event,
    recorded_session,
)
from adm_sync.imports.places import Places
from adm_sync.workbook.events import ResolvedEvent
from adm_sync.workbook.findings import Finding


def unstorable(resolved: ResolvedEvent, encoding: Encoding, places: Places) -> list[Finding]:
    """A finding for each cell with a value that cannot be stored."""
    rows = [(resolved.event.row, recorded_event(resolved), EVENT_COLUMNS)]
    rows += [(one.session.row, recorded_session(one), SESSION_COLUMNS) for one in resolved.sessions]
    return [
        NOT_STORABLE(column=places.words.header(column), obstacle=obstacle).at(
            places.at(row, column)
        )
        for row, values, columns in rows
        for name, value in values.items()
        for column in [columns[name]]
        if (obstacle := encoding.obstacle(value))
    ]
