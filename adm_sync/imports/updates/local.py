"""Changing an event that is known on this side, and noting what Administrate is to get.

What belongs here: from a planned update to rows, in the caller's transaction. What does not:
planning it (`planning`), and the statements (`database.updating`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import acted, adm, current, undoing, updating
from adm_sync.database.recorded import RecordedEvent
from adm_sync.imports.rows import (
    adm_event,
    adm_session,
    tutorial_event,
    tutorial_session,
)
from adm_sync.imports.updates.changes import EventUpdate, RecordUpdate
from adm_sync.workbook.columns import EVENT_KEPT, SESSION_KEPT
from adm_sync.workbook.entries import Kept

Columns = Mapping[str, frozenset[str]]


@dataclass(slots=True)
class LocalUpdate:
    """One update of one event; `columns` are those that `adm` has here."""

    connection: sa.Connection
    row: RecordedEvent
    update: EventUpdate
    columns: Columns
    changes: list[dict[str, Any]] = field(default_factory=list)
    after_others: bool = False

    def write(self, workbook_id: int, who: str) -> tuple[int | None, dict[int, int]]:
        """Change the rows; gives the id of the update, if there is one, and our sessions by Day."""
        self.after_others = undoing.changed_here(self.connection, self.row.id)
        sessions = {one.day: one for one in current.sessions_now(self.connection, [self.row.id])}
        updating.supersede(self.connection, self.update.superseded)
        for record in self.update.records:
            if record.day is None:
                self._change_event(record)
            else:
                self._change_session(record, sessions[record.day])
        ids = {day: one.id for day, one in sessions.items()}
        if not self.update.is_change:
            return None, ids
        update_id = updating.add_update(
            self.connection,
            {
                "event_id": self.row.id,
                "workbook_id": workbook_id,
                "who": who,
                "starts_before": self.row.starts_at,
                "changes": self.changes,
                "taken_back_at": None,
                "taken_back_by": None,
            },
        )
        return update_id, ids

    def _change_event(self, record: RecordUpdate) -> None:
        wanted, row, now = self.update.wanted, self.row, datetime.now(UTC)
        names = record.names(here=True)
        full = tutorial_event(wanted, "", now)
        columns = [
            self._write(
                acted.tutorial_events,
                row.tutorial_event_id,
                EVENT_KEPT,
                names,
                full,
                _places(record),
            ),
            self._write(adm.events, row.adm_event_id, EVENT_KEPT, names, adm_event(wanted, 0, now)),
        ]
        values = self._noted(record, row)
        if "starts_on" in record.names():
            values["starts_at"] = wanted.starts
        updating.note_event(self.connection, row.id, values)
        self._keep(record, columns)

    def _change_session(self, record: RecordUpdate, session: current.SessionNow) -> None:
        now = datetime.now(UTC)
        (wanted,) = (s for s in self.update.wanted.sessions if s.session.day == record.day)
        names = record.names(here=True)
        columns = [
            self._write(
                acted.tutorial_sessions,
                session.tutorial_session_id,
                SESSION_KEPT,
                names,
                tutorial_session(wanted, 0, now),
            ),
            self._write(
                adm.sessions,
                session.adm_session_id,
                SESSION_KEPT,
                names,
                adm_session(wanted, 0, 0, now),
            ),
        ]
        if "instructors" in names and session.tutorial_session_id is not None:
            people = [one.tutorial_id for one in wanted.instructors]
            before, after = updating.set_instructors(
                self.connection, session.tutorial_session_id, people
            )
            table = acted.tutorial_session_instructors.fullname
            columns.append(
                {"table": table, "id": session.tutorial_session_id}
                | {"before": before, "after": after}
            )
        values = self._noted(record, session)
        if "title" in names:
            values["title"] = wanted.session.title
        updating.note_session(self.connection, session.id, values)
        self._keep(record, columns)

    def _write(
        self,
        table: sa.Table,
        row_id: int | None,
        kept: Mapping[str, Kept],
        names: Sequence[str],
        full: Mapping[str, Any],
        moved: Mapping[str, int] = {},
    ) -> dict[str, Any]:
        """Change the columns that keep these values; those that are not there are left out."""
        is_bridge = table.name in self.columns and table.schema == adm.events.schema
        of = [
            column for n in names for column in (kept[n].bridge if is_bridge else kept[n].tutorial)
        ]
        there = self.columns[table.name] if is_bridge else frozenset(of)
        values = {c: full[c] for c in of if c in there and c not in moved}
        if row_id is None or not (values or moved):
            return {}
        before, after = updating.change_row(self.connection, table, row_id, values, moved)
        return {"table": table.fullname, "id": row_id, "before": before, "after": after}

    def _noted(
        self, record: RecordUpdate, row: RecordedEvent | current.SessionNow
    ) -> dict[str, Any]:
        """What is recorded from now on, and what a person has decided against."""
        recorded, overruled = dict(row.recorded), dict(row.overruled or {})
        for one in record.changes:
            name = one.field.name
            overruled.pop(name, None)
            if one.overrules:
                overruled[name] = one.field.workbook
            if name in recorded or name == "location":
                recorded[name] = one.value
        return {"recorded": recorded, "overruled": overruled or None}

    def _keep(self, record: RecordUpdate, columns: Sequence[Mapping[str, Any]]) -> None:
        self.changes.append(
            {
                "day": record.day,
                "fields": {one.field.name: [one.field.base, one.value] for one in record.changes},
                "overwritten": {
                    one.field.name: sides for one in record.changes if (sides := one.overwritten())
                },
                "columns": [one for one in columns if one],
                undoing.AFTER_OTHERS: self.after_others,
            }
        )


def _places(record: RecordUpdate) -> dict[str, int]:
    """By how much the places that are left go up or down: some may be booked."""
    changed = [c for c in record.changes if c.field.name == "max_places" and c.here]
    by = sum((one.value or 0) - (one.field.base or 0) for one in changed)
    return {"remain_space": by} if changed else {}
