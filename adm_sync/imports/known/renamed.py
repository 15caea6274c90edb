"""New events of a workbook that look like recorded ones under another title.

What belongs here: pointing at them. What does not: which event is which (`identity`): nothing
follows from a resemblance.
"""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from adm_sync.database import recording
from adm_sync.database.recorded import RecordedEvent
from adm_sync.imports.codes import LOOKS_RENAMED
from adm_sync.imports.places import Places
from adm_sync.names.keys import normalise
from adm_sync.names.nearest import Nearest
from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import ResolvedEvent
from adm_sync.workbook.findings import Finding

NEARLY_THE_SAME = 90  # of 100


def renamed(
    connection: sa.Connection,
    events: Sequence[ResolvedEvent],
    known: Mapping[int, RecordedEvent],
    earlier: Collection[int],
    places: Places,
) -> list[Finding]:
    """A warning at each new event that starts as a recorded one does that is not named any more.

    Only in a later version of a workbook, which has events of it, or its file name and titles that
    are nearly the same: parallel groups of different workbooks are no news.

    Args:
        connection: only read from.
        events: of the workbook.
        known: the recorded ones among them, by their rows.
        earlier: the ids of workbooks of the same file name.
        places: where they stand.
    """
    shared = {row.workbook_id for row in known.values()}
    new = [one for one in events if (shared or earlier) and one.event.row not in known]
    starts = {(one.template.tutorial_id, one.starts) for one in new}
    named = {normalise(one.event.title) for one in events}
    found = {
        (row.tutorial_course_template_id, row.starts_at, row.sitting): row
        for row in (recording.events_starting(connection, starts) if starts else ())
        if row.title_key not in named and row.workbook_id in {*shared, *earlier}
    }
    findings = []
    for one in new:
        row = found.get((one.template.tutorial_id, one.starts, one.event.sitting.name))
        if row and (row.workbook_id in shared or _are_near(row.title, one.event.title)):
            there = row.external_id or "not in Administrate yet"
            finding = LOOKS_RENAMED(title=one.event.title, known=row.title, remote=there)
            findings.append(finding.at(places.at(one.event.row, Column.TITLE)))
    return findings


def _are_near(title: str, other: str) -> bool:
    return any(score >= NEARLY_THE_SAME for _, score in Nearest([title]).to(other))
