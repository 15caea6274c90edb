"""The plan of an import: which events are new here, and how the others differ.

What belongs here: comparing resolved events with what is recorded. What does not: writing. The
plan of a dry run is the one that a real run carries out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from adm_sync.database import recording
from adm_sync.imports.comparison import (
    EVENT_COLUMNS,
    SESSION_COLUMNS,
    differences,
    recorded_event,
    recorded_session,
)
from adm_sync.imports.steps import NewStep, steps_of_event, steps_of_session
from adm_sync.workbook.columns import Column
from adm_sync.workbook.findings import Finding, Place
from adm_sync.workbook.resolved import ResolvedEvent
from adm_sync.workbook.table import Table

LONGEST_CODE = 100


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """One event and what is to be recorded of it.

    Attributes:
        resolved: the event.
        outcome: `created` if it is new here.
        code: of its tutorial event, if it is new.
        event_id: our row, if it is known.
        tutorial_event_id: a tutorial event that is there already, if there is one.
        adm_event_id: its bridge row, if it has one.
        external_id: its Administrate id, where the bridge row has one.
        new_days: the sessions that are to be added.
    """

    resolved: ResolvedEvent
    outcome: Literal["created", "unchanged"]
    code: str
    event_id: int | None = None
    tutorial_event_id: int | None = None
    adm_event_id: int | None = None
    external_id: str | None = None
    new_days: tuple[int, ...] = ()

    @property
    def steps(self) -> list[NewStep]:
        """What is to be done in Administrate for it."""
        if self.outcome == "created":
            return steps_of_event(self.resolved)
        pairs = zip(self.resolved.sessions, self.resolved.session_fields, strict=True)
        return [
            step
            for session, fields in pairs
            if session.session.day in self.new_days
            for step in steps_of_session(self.resolved, session, fields)
        ]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All events of a workbook that can be imported, and what a person should look at."""

    events: tuple[PlannedEvent, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Known:
    """What is recorded already."""

    events: dict[tuple[int, str, Any], sa.Row[Any]]
    sessions: dict[int, dict[int, sa.Row[Any]]]
    by_code: dict[str, sa.Row[Any]]
    taken: set[str] = field(default_factory=set)


def make_plan(
    connection: sa.Connection, events: Sequence[ResolvedEvent], table: Table | None
) -> ImportPlan:
    """Compare events with what is recorded, in four statements.

    Args:
        connection: only read from.
        events: of one workbook, each key once.
        table: where they stand, for placing findings.
    """
    known = _read_known(connection, events)
    planned: list[PlannedEvent] = []
    findings: list[Finding] = []
    for resolved in events:
        row = known.events.get(resolved.key)
        one = _planned_known(resolved, row, known) if row else _planned_new(resolved, known)
        planned.append(one)
        findings += _findings(one, row, known, table)
    return ImportPlan(tuple(planned), tuple(findings))


def _read_known(connection: sa.Connection, events: Sequence[ResolvedEvent]) -> _Known:
    templates = sorted({event.template.tutorial_id for event in events})
    rows = recording.known_events(connection, templates)
    by_key = {(r.tutorial_course_template_id, r.title_key, r.starts_at): r for r in rows}
    wanted = [by_key[event.key].id for event in events if event.key in by_key]
    sessions: dict[int, dict[int, sa.Row[Any]]] = {}
    for session in recording.known_sessions(connection, wanted):
        sessions.setdefault(session.event_id, {})[session.day] = session
    codes = sorted({_code(event) for event in events})
    found = recording.tutorial_events_by_code(connection, codes)
    return _Known(by_key, sessions, {row.code: row for row in found})


def _planned_known(resolved: ResolvedEvent, row: sa.Row[Any], known: _Known) -> PlannedEvent:
    days = known.sessions.get(row.id, {})
    deleted = row.tutorial_event_id is None
    new = (
        ()
        if deleted
        else tuple(one.session.day for one in resolved.sessions if one.session.day not in days)
    )
    return PlannedEvent(resolved, "unchanged", "", event_id=row.id, new_days=new)


def _planned_new(resolved: ResolvedEvent, known: _Known) -> PlannedEvent:
    code = _code(resolved)
    days = tuple(one.session.day for one in resolved.sessions)
    there = known.by_code.get(code)
    if there is not None and _is_same(resolved, there) and code not in known.taken:
        known.taken.add(code)
        return PlannedEvent(
            resolved,
            "created",
            code,
            tutorial_event_id=there.id,
            adm_event_id=there.adm_event_id,
            external_id=there.external_id,
            new_days=days,
        )
    code = _free_code(code, known)
    known.taken.add(code)
    return PlannedEvent(resolved, "created", code, new_days=days)


def _is_same(resolved: ResolvedEvent, there: sa.Row[Any]) -> bool:
    """A tutorial event from before any import; its table knows no template and no title."""
    return (
        not there.is_recorded
        and there.product_id == resolved.product_id
        and there.start_date == resolved.event.starts.date()
    )


def _code(resolved: ResolvedEvent) -> str:
    """The tutorial event's code: the title, which is how planners know the event."""
    return resolved.event.title[:LONGEST_CODE]


def _free_code(code: str, known: _Known) -> str:
    candidate, number = code, 1
    while candidate in known.taken or candidate in known.by_code:
        number += 1
        ending = f" ({number})"
        candidate = code[: LONGEST_CODE - len(ending)] + ending
    return candidate


# ---------------------------------------------------------------------- findings


def _findings(
    one: PlannedEvent, row: sa.Row[Any] | None, known: _Known, table: Table | None
) -> Iterator[Finding]:
    event = one.resolved.event
    if row is None:
        if one.tutorial_event_id is not None:
            yield _place(table, event.row, Column.TITLE).warning(
                "tutorial_event_exists",
                f"The tutorial tables have the event «{event.title}» already; it is used, and only "
                "what is missing is added.",
            )
        return
    if row.tutorial_event_id is None:
        yield _place(table, event.row, Column.TITLE).warning(
            "local_event_deleted",
            f"The event «{event.title}» was imported before, and its tutorial event has been "
            "deleted since. It is not made again.",
            "Undo its import first (adm-sync undo) if it is wanted again.",
        )
        return
    yield from _differences(
        table, event.row, row.recorded, recorded_event(one.resolved), EVENT_COLUMNS
    )
    days = known.sessions.get(row.id, {})
    for session in one.resolved.sessions:
        before = days.get(session.session.day)
        if before is not None:
            now = recorded_session(session)
            place = session.session.row
            yield from _differences(table, place, before.recorded, now, SESSION_COLUMNS)
    missing = sorted(set(days) - {one.session.day for one in one.resolved.sessions})
    if missing:
        listed = ", ".join(map(str, missing))
        yield _place(table, event.row, Column.DAY).warning(
            "differs",
            f"Day {listed} of «{event.title}» was imported before and is not in the workbook any "
            "more. Nothing is removed.",
        )


def _differences(
    table: Table | None,
    row: int,
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    columns: Mapping[str, Column],
) -> Iterator[Finding]:
    for column, was, says in differences(before, now, columns):
        yield _place(table, row, column).warning(
            "differs",
            f"{column} was imported as {was}, and the workbook now says {says}. It is not "
            "overwritten.",
            was if was not in {"nothing", "nobody"} else None,
        )


def _place(table: Table | None, row: int, column: Column) -> Place:
    if table is None or column not in table.positions:
        return Place(table.sheet if table else None, row)
    position = table.positions[column]
    raw = next((r.cell(position) for r in table.rows if r.number == row), None)
    return Place(table.sheet, row, position, column.value, raw)
