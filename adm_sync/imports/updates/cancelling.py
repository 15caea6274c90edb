"""Events that a workbook says are cancelled, and that an import has made before.

What belongs here: which events those are, and whether an import may cancel them. What does not:
finding such rows (`workbook.rules.skips`), and cancelling (`push.comparing`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from adm_sync.database import recording
from adm_sync.database.recorded import RecordedEvent
from adm_sync.database.states import LifecycleState
from adm_sync.imports.places import Places
from adm_sync.names.keys import normalise
from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import EventGroup, Sitting
from adm_sync.workbook.findings import Finding, shown, warning
from adm_sync.workbook.references import References
from adm_sync.workbook.rules.groups import SKIPPED_CANCELLED, without_mark
from adm_sync.workbook.rules.readers import read_sitting
from adm_sync.workbook.table import Table

CANCELLED_KNOWN = warning(
    "cancelled_known",
    "«{title}» is cancelled in the workbook, and the event is {state} in Administrate "
    "({external_id}). {what}",
    "A row with Y in the column Cancelled, whose event was imported before",
    "If it is a draft that nobody booked, import with --update and --cancel; else whoever looks "
    "after it cancels it in Administrate.",
    note="The row says that an event is cancelled that an import has made before.",
    suggests=True,
)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """An event of ours that a row of a workbook says is cancelled."""

    row: int
    event: RecordedEvent


def cancellations(
    connection: sa.Connection,
    table: Table,
    groups: Iterable[EventGroup],
    findings: Iterable[Finding],
    references: References,
) -> list[Cancellation]:
    """The recorded events that rows of a workbook say are cancelled.

    One that could be several, in the same sitting under the same title, is none of them.
    """
    rows = {one.row for one in findings if one.code == SKIPPED_CANCELLED.name}
    named = [
        (group.rows[0], *_name(table, group, references))
        for group in groups
        if group.verdict == "skipped" and group.has_event and group.rows[0] in rows
    ]
    titles = {(template, title) for _, template, _, title in named if template is not None}
    if not titles:
        return []
    return list(_matched(named, recording.known_events(connection, titles)))


def _name(table: Table, group: EventGroup, references: References) -> tuple[int | None, str, str]:
    """The tutorial course template, the sitting and the folded title of a group."""
    cells = next(row for row in table.rows if row.number == group.rows[0])

    def raw(column: Column) -> Any:
        position = table.positions.get(column)
        return None if position is None else cells.cell(position)

    code, sitting = normalise(shown(raw(Column.CODE))), read_sitting(raw(Column.SITTING))
    template = next((one.id for one in references.templates if normalise(one.name) == code), None)
    name = sitting.name if isinstance(sitting, Sitting) else ""
    return template, name, normalise(without_mark(group.title))


def _matched(
    named: Sequence[tuple[int, int | None, str, str]], known: Sequence[RecordedEvent]
) -> Iterator[Cancellation]:
    for row, *name in named:
        found = [
            one
            for one in known
            if [one.tutorial_course_template_id, one.sitting, one.title_key] == name
            and one.external_id
        ]
        if len(found) == 1:
            yield Cancellation(row, found[0])


def judged(
    wanted: Sequence[Cancellation],
    there: Mapping[str, Mapping[str, Any] | None],
    places: Places,
    *,
    may_cancel: bool,
) -> tuple[list[Cancellation], list[Finding]]:
    """Which of these are cancelled, and what is said of the others."""
    cancelled, findings = [], []
    for one in wanted:
        node = there.get(one.event.external_id or "")
        state = str((node or {}).get("lifecycleState") or "").lower()
        if node is None or state == LifecycleState.CANCELLED:
            continue
        is_free = state == LifecycleState.DRAFT and not (
            node.get("bookedPlaces") or node.get("reserved")
        )
        if may_cancel and is_free:
            cancelled.append(one)
            continue
        what = "It is not cancelled there."
        if may_cancel:
            why = "has bookings" if state == LifecycleState.DRAFT else "is no draft"
            what = f"It {why}, so that a person cancels it there."
        finding = CANCELLED_KNOWN(
            title=one.event.title, state=state, external_id=one.event.external_id, what=what
        )
        findings.append(finding.at(places.at(one.row, Column.CANCELLED)))
    return cancelled, findings
