"""Recording events here: the tutorial side, the bridge, and the steps, in one transaction.

What belongs here: the values of the rows. What does not: planning, and the statements.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import acted, adm, import_journal, recording, updating
from adm_sync.database.engine import database_errors
from adm_sync.database.import_tables import event_sessions, events
from adm_sync.database.recorded import RecordedEvent
from adm_sync.database.statements import add_row, add_rows
from adm_sync.database.states import StepKind, StepState
from adm_sync.errors import DatabaseRefused, DatabaseUnreachable, ValueRefused
from adm_sync.imports.known.comparison import recorded_event, recorded_session
from adm_sync.imports.known.identity import family_of
from adm_sync.imports.options import ImportListener
from adm_sync.imports.planning import ImportPlan, PlannedEvent
from adm_sync.imports.rows import adm_event, adm_session, tutorial_event, tutorial_session
from adm_sync.imports.steps import NewStep
from adm_sync.imports.updates.cancelling import Cancellation
from adm_sync.imports.updates.local import LocalUpdate
from adm_sync.workbook.events import ResolvedSession

TRIES = 3
# Events of which so many change what PostgreSQL knows of the tables.
MANY = 25
Columns = Mapping[str, frozenset[str]]
Replanned = Callable[[sa.Connection, PlannedEvent], PlannedEvent | None]


@dataclass(frozen=True, slots=True)
class Recorder:
    """Records planned events of one workbook.

    `columns` are those that `adm` has here; `replanned` gives the plan of an event as of this
    moment; `reached` is told in the middle of each transaction. `met` are the rows of new events
    that another import had recorded in the meantime; nothing was written for them.
    """

    engine: sa.Engine
    workbook_id: int
    columns: Columns
    who: str = ""
    replanned: Replanned = lambda _connection, planned: planned
    reached: Callable[[str], object] = lambda _point: None
    met: set[int] = field(default_factory=set)

    def record(self, planned: PlannedEvent) -> int:
        """Record one event, or add its new sessions; gives the id of our row.

        Another process may have recorded it in the meantime: then that one holds.

        Raises:
            DatabaseError: nothing of it was written.
        """
        if planned.event_id is not None and planned.is_settled:
            return planned.event_id
        for left in reversed(range(TRIES)):
            try:
                with database_errors():
                    return self._record_once(planned)
            except DatabaseUnreachable:
                if not left:
                    raise
        raise AssertionError("every try returns or raises")

    def cancel(self, cancelled: Cancellation) -> int:
        """Note that an event is to be cancelled in Administrate; gives the id of our row.

        Raises:
            DatabaseError: nothing of it was written.
        """
        event_id = cancelled.event.id
        with database_errors(), self.engine.begin() as connection:
            updating.hold(connection, event_id)
            if not updating.is_being_cancelled(connection, event_id):
                values = {"event_id": event_id, "workbook_id": self.workbook_id, "who": self.who}
                starts = {"starts_before": cancelled.event.starts_at}
                more: dict[str, Any] = {"changes": [], "taken_back_at": None}
                update_id = updating.add_update(connection, {**values, **starts, **more})
                position = recording.next_position(connection, event_id)
                step = NewStep(StepKind.CANCEL_EVENT, None, {})
                of_update = {step.kind: update_id}
                self._add_steps(connection, event_id, [step], {}, position, of_update=of_update)
            import_journal.name_event(connection, self.workbook_id, cancelled.row, event_id)
        return event_id

    def _record_once(self, planned: PlannedEvent) -> int:
        try:
            with self.engine.begin() as connection:
                recording.find_by_index(connection)
                if planned.event_id is not None:
                    self._change_event(connection, planned, planned.event_id)
                    row = planned.resolved.event.row
                    import_journal.name_event(connection, self.workbook_id, row, planned.event_id)
                    return planned.event_id
                event_id = self._add_event(connection, planned)
                row = planned.resolved.event.row
                import_journal.name_event(connection, self.workbook_id, row, event_id)
                return event_id
        except sa.exc.IntegrityError:
            # Also the way out of a commit that went through although its answer was lost.
            known = self._recorded_meanwhile(planned)
            if known is None:
                raise
            if known.workbook_id != self.workbook_id:
                self.met.add(planned.resolved.event.row)
            return known.id

    def _recorded_meanwhile(self, planned: PlannedEvent) -> RecordedEvent | None:
        template, title, starts = planned.resolved.key
        with self.engine.connect() as connection:
            found = recording.known_events(connection, [(template, title)])
        return next((row for row in found if row.starts_at == starts), None)

    # ------------------------------------------------------------------ the event

    def _add_event(self, connection: sa.Connection, planned: PlannedEvent) -> int:
        resolved, now = planned.resolved, datetime.now(UTC)
        self._check_title(connection, planned)
        tutorial_id = planned.tutorial_event_id or add_row(
            connection,
            acted.tutorial_events,
            tutorial_event(resolved, planned.code, now),
        )
        adm_id = planned.adm_event_id or add_row(
            connection, adm.events, self._only(adm.events, adm_event(resolved, tutorial_id, now))
        )
        template, title_key, starts = resolved.key
        event_id = add_row(
            connection,
            events,
            {
                "workbook_id": self.workbook_id,
                "tutorial_event_id": tutorial_id,
                "adm_event_id": adm_id,
                "tutorial_course_template_id": template,
                "template_external_id": resolved.template.external_id,
                "title": resolved.event.title,
                "title_key": title_key,
                "starts_at": starts,
                "learning_mode": resolved.event.mode.value,
                "sitting": resolved.event.sitting.name,
                "external_id": planned.external_id,
                "made_tutorial_event": planned.tutorial_event_id is None,
                "adopted": planned.external_id is not None,
                "doubled": [],
                "overruled": None,
                "recorded": recorded_event(resolved),
                "recorded_at": now,
            },
        )
        self.reached("recording")
        ids = self._add_session_rows(connection, planned, event_id, tutorial_id, adm_id, now)
        known = planned.external_id is not None
        self._add_steps(connection, event_id, planned.steps, ids, 0, creation_done=known)
        return event_id

    def _change_event(
        self, connection: sa.Connection, planned: PlannedEvent, event_id: int
    ) -> None:
        """What a corrected workbook changes of an event that is recorded, and adds to it."""
        row = updating.hold(connection, event_id)
        if row is None or row.tutorial_event_id is None or row.adm_event_id is None:
            raise DatabaseRefused(
                "The event, or its bridge row, is not here any more. Nothing was added to it: undo "
                "its import first (adm-sync undo) if it is wanted again."
            )
        now_planned = self.replanned(connection, planned) if planned.update else planned
        if now_planned is not None and now_planned.is_settled:
            return  # as after a commit whose answer was lost
        if now_planned != planned:
            raise DatabaseRefused(
                f"«{planned.resolved.event.title}» was changed while this import was looking at "
                "it. Nothing of it was changed here. Import the workbook again: then it says what "
                "it does now."
            )
        update_id, ids = None, dict[int, int]()
        if planned.update:
            local = LocalUpdate(connection, row, planned.update, self.columns)
            update_id, ids = local.write(self.workbook_id, self.who)
        self.reached("updating")
        now = datetime.now(UTC)
        if planned.new_days:
            ids |= self._add_session_rows(
                connection, planned, event_id, row.tutorial_event_id, row.adm_event_id, now
            )
        position = recording.next_position(connection, event_id)
        updates = planned.update.steps() if planned.update else ()
        of_update = {step.kind: update_id for step in updates}
        self._add_steps(connection, event_id, planned.steps, ids, position, of_update=of_update)

    def _check_title(self, connection: sa.Connection, planned: PlannedEvent) -> None:
        """Nobody has recorded another event of this title since it was planned."""
        for row in recording.hold_title(connection, *family_of(planned.resolved)):
            is_own = row.workbook_id == self.workbook_id or row.id in planned.same_title
            if not is_own and row.starts_at != planned.resolved.starts:
                raise DatabaseRefused(
                    f"Another import has just recorded «{row.title}» with another start. Import "
                    "the workbook again: then it says what to do."
                )

    # ------------------------------------------------------------------ its sessions

    def _add_session_rows(
        self,
        connection: sa.Connection,
        planned: PlannedEvent,
        event_id: int,
        tutorial_id: int,
        adm_id: int,
        now: datetime,
    ) -> dict[int, int]:
        """Sessions on both sides and ours; gives the ids of our rows by Day."""
        wanted = [one for one in planned.resolved.sessions if one.session.day in planned.new_days]
        is_new = planned.event_id is None and planned.tutorial_event_id is None
        tutorial = {} if is_new else recording.tutorial_sessions_of(connection, tutorial_id)
        known = set(tutorial.values())
        new = [one for one in wanted if one.session.day not in tutorial]
        tutorial |= add_rows(
            connection,
            acted.tutorial_sessions,
            [tutorial_session(one, tutorial_id, now) for one in new],
            "sequence",
        )
        recording.link_instructors(connection, _instructors(new, tutorial))
        bridged = recording.adm_sessions_of(connection, list(known)) if known else {}
        bridge = self._add_bridge_rows(connection, wanted, tutorial, set(bridged), adm_id, now)
        by_day = {day: row for day, id_ in tutorial.items() if (row := bridged.get(id_))}
        rows = [
            {
                "event_id": event_id,
                "day": day,
                "tutorial_session_id": tutorial[day],
                "adm_session_id": by_day[day].id if day in by_day else bridge[tutorial[day]],
                "title": one.session.title,
                "external_id": by_day[day].external_id if day in by_day else None,
                "recorded": recorded_session(one),
                "overruled": None,
                "removed_at": None,
            }
            for one in wanted
            for day in [one.session.day]
        ]
        return add_rows(connection, event_sessions, rows, "day")

    def _add_bridge_rows(
        self,
        connection: sa.Connection,
        wanted: Sequence[ResolvedSession],
        tutorial: Mapping[int, int],
        bridged: set[int],
        adm_id: int,
        now: datetime,
    ) -> dict[int, int]:
        """The bridge rows of sessions that have none; gives their ids by tutorial session."""
        rows = [
            self._only(adm.sessions, adm_session(one, tutorial[one.session.day], adm_id, now))
            for one in wanted
            if tutorial[one.session.day] not in bridged
        ]
        return add_rows(connection, adm.sessions, rows, "tutorial_session_id")

    def _add_steps(
        self,
        connection: sa.Connection,
        event_id: int,
        new: Sequence[NewStep],
        session_ids: Mapping[int, int],
        position: int,
        *,
        creation_done: bool = False,
        of_update: Mapping[StepKind, int | None] = {},
    ) -> None:
        rows = [
            {
                "event_id": event_id,
                "event_session_id": None if step.day is None else session_ids[step.day],
                "position": position + n,
                "kind": step.kind,
                "input": step.input,
                "update_id": of_update.get(step.kind),
                "state": StepState.DONE
                if creation_done and step.kind == StepKind.CREATE_EVENT
                else StepState.PENDING,
            }
            for n, step in enumerate(new)
        ]
        recording.add_steps(connection, rows)

    def _only(self, table: sa.Table, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values whose columns are there."""
        there = self.columns[table.name]
        return {name: value for name, value in values.items() if name in there}


def record_all(
    recorder: Recorder,
    plan: ImportPlan,
    ids: dict[int, int],
    listener: ImportListener,
) -> dict[int, str]:
    """Record what is planned; gives why some events were refused, by their rows.

    Args:
        recorder: who does it.
        plan: of the events.
        ids: where our ids are put, by the events' rows.
        listener: who is told how far it is.

    Raises:
        DatabaseError: it is away, or nothing at all can be written.
    """
    refused: dict[int, str] = {}
    of_the_row = False
    for number, one in enumerate(plan.events, 1):
        row = one.resolved.event.row
        try:
            ids[row] = recorder.record(one)
        except DatabaseRefused as error:
            refused[row] = str(error)
            of_the_row = of_the_row or isinstance(error, ValueRefused)
            if not of_the_row and not ids and number >= 3 and len(refused) == number:
                raise  # it is not the events: nothing can be written
        listener.reached("recorded")
        listener.progress("record", number, len(plan.events))
    for cancellation in plan.cancelled:
        ids[cancellation.row] = recorder.cancel(cancellation)
    if len(ids) >= MANY:
        with database_errors(), recorder.engine.begin() as connection:
            recording.analyse(connection)
    if refused and not ids and not of_the_row:
        raise DatabaseRefused(next(iter(refused.values())))
    return refused


def _instructors(
    new: Sequence[ResolvedSession], tutorial: Mapping[int, int]
) -> list[tuple[int, int]]:
    return [
        (tutorial[one.session.day], person.tutorial_id) for one in new for person in one.instructors
    ]
