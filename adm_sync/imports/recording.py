"""Recording events here: the tutorial side, the bridge, and the steps, in one transaction.

What belongs here: the values of the rows. What does not: planning, and the statements.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import acted, adm, import_journal, recording, updating
from adm_sync.database.engine import database_errors
from adm_sync.database.import_tables import event_sessions, events
from adm_sync.database.locks import Lock
from adm_sync.database.recorded import RecordedEvent
from adm_sync.database.statements import add_rows
from adm_sync.database.states import StepKind, StepState
from adm_sync.errors import DatabaseRefused, DatabaseUnreachable
from adm_sync.imports.holding import take_turn
from adm_sync.imports.known.comparison import recorded_event, recorded_session
from adm_sync.imports.known.identity import Family, family_of
from adm_sync.imports.planning import PlannedEvent
from adm_sync.imports.rows import adm_event, adm_session, tutorial_event, tutorial_session
from adm_sync.imports.steps import NewStep
from adm_sync.imports.updates.cancelling import Cancellation
from adm_sync.imports.updates.local import LocalUpdate

TRIES = 3
Columns = Mapping[str, frozenset[str]]
Replanned = Callable[[sa.Connection, PlannedEvent], PlannedEvent | None]


@dataclass(frozen=True, slots=True)
class Recorder:
    """Records planned events of one workbook.

    `columns` are those that `adm` has here; `replanned` gives the plan of an event as of this
    moment; `reached` is told in the middle of each transaction. `met` are the rows of new events
    that another import had recorded in the meantime; nothing was written for them. `alone` is the
    lock of `holding.alone`, if exactly these plans are to be recorded; then nothing is met.
    """

    engine: sa.Engine
    workbook_id: int
    columns: Columns
    who: str = ""
    replanned: Replanned = lambda _connection, planned: planned
    reached: Callable[[str], object] = lambda _point: None
    met: set[int] = field(default_factory=set)
    alone: Lock | None = None

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
        with database_errors(), self._writing() as connection:
            updating.hold(connection, event_id)
            if not updating.is_being_cancelled(connection, event_id):
                values = {"event_id": event_id, "workbook_id": self.workbook_id, "who": self.who}
                starts = {"starts_before": cancelled.event.starts_at}
                more: dict[str, Any] = {"changes": [], "taken_back_at": None}
                update_id = updating.add_update(connection, {**values, **starts, **more})
                position = recording.next_position(connection, event_id)
                step = NewStep(StepKind.CANCEL_EVENT, None, {})
                of_update = {step.kind: update_id}
                rows = _steps(event_id, [step], {}, position, of_update=of_update)
                recording.add_steps(connection, rows)
            import_journal.name_events(connection, self.workbook_id, {cancelled.row: event_id})
        return event_id

    def record_together(self, planned: Sequence[PlannedEvent]) -> dict[int, int]:
        """Record new events in one transaction; gives the ids of our rows by the events' rows.

        Raises:
            DatabaseError: nothing of any of them was written; each is to be recorded by itself, as
                it may be the fault of one.
        """
        with database_errors():
            return self._record_new(planned)

    def _record_new(self, planned: Sequence[PlannedEvent]) -> dict[int, int]:
        with self._writing() as connection:
            ids = self._add_events(connection, planned)
            import_journal.name_events(connection, self.workbook_id, ids)
        return ids

    def _record_once(self, planned: PlannedEvent) -> int:
        row = planned.resolved.event.row
        try:
            if planned.event_id is None:
                return self._record_new([planned])[row]
            with self._writing() as connection:
                self._change_event(connection, planned, planned.event_id)
                ids = {row: planned.event_id}
                import_journal.name_events(connection, self.workbook_id, ids)
            return planned.event_id
        except sa.exc.IntegrityError:
            # Also the way out of a commit that went through although its answer was lost.
            known = self._recorded_meanwhile(planned)
            is_own = known is not None and known.workbook_id == self.workbook_id
            if known is None or (self.alone and not is_own):
                raise
            if not is_own:
                self.met.add(planned.resolved.event.row)
            return known.id

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """A transaction in which events are recorded, while nobody else records alone."""
        with self.engine.begin() as connection:
            recording.find_by_index(connection)
            if self.alone is None:
                take_turn(connection)
            yield connection
            if self.alone is not None:
                self.alone.verify()

    def _recorded_meanwhile(self, planned: PlannedEvent) -> RecordedEvent | None:
        template, title, starts = planned.resolved.key
        with self.engine.connect() as connection:
            found = recording.known_events(connection, [(template, title)])
        return next((row for row in found if row.starts_at == starts), None)

    # ------------------------------------------------------------------ the event

    def _add_events(
        self, connection: sa.Connection, planned: Sequence[PlannedEvent]
    ) -> dict[int, int]:
        """New events with all that belongs to them; gives the ids of our rows by theirs."""
        now = datetime.now(UTC)
        self._check_titles(connection, planned)
        made = add_rows(
            connection,
            acted.tutorial_events,
            [
                tutorial_event(one.resolved, one.code, now)
                for one in planned
                if one.tutorial_event_id is None
            ],
            "code",
        )
        tutorial = [(one, one.tutorial_event_id or made[one.code]) for one in planned]
        bridged = add_rows(
            connection,
            adm.events,
            [
                self._only(adm.events, adm_event(one.resolved, tutorial_id, now))
                for one, tutorial_id in tutorial
                if one.adm_event_id is None
            ],
            "tutorial_event_id",
        )
        on_both = [(one, id_, one.adm_event_id or bridged[id_]) for one, id_ in tutorial]
        rows = [self._event(*one, now) for one in on_both]
        ids = add_rows(connection, events, rows, "tutorial_event_id")
        self.reached("recording")
        held = [_Held(one, ids[id_], id_, adm_id) for one, id_, adm_id in on_both]
        sessions = self._add_session_rows(connection, held, now)
        recording.add_steps(
            connection,
            [
                row
                for one in held
                for row in _steps(
                    one.event_id,
                    one.planned.steps,
                    sessions,
                    creation_done=one.planned.external_id is not None,
                )
            ],
        )
        return {one.planned.resolved.event.row: one.event_id for one in held}

    def _event(
        self, planned: PlannedEvent, tutorial_id: int, adm_id: int, now: datetime
    ) -> dict[str, Any]:
        """Our own row of a new event."""
        resolved = planned.resolved
        template, title_key, starts = resolved.key
        return {
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
            "asked_about": [],
            "overruled": None,
            "recorded": recorded_event(resolved),
            "recorded_at": now,
            "who": self.who or None,
            "undone_by": None,
        }

    def _change_event(
        self, connection: sa.Connection, planned: PlannedEvent, event_id: int
    ) -> None:
        """What a corrected workbook changes of an event that is recorded, and adds to it."""
        row = updating.hold(connection, event_id)
        if row is None or row.tutorial_event_id is None or row.adm_event_id is None:
            raise DatabaseRefused(
                "The event, or its bridge row, is not here any more. Nothing was added to it. If "
                "it is wanted again, first take it back: adm-sync undo IMPORT --only ID."
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
        update_id, ids = None, dict[tuple[int, int], int]()
        if planned.update:
            local = LocalUpdate(connection, row, planned.update, self.columns)
            update_id, own = local.write(self.workbook_id, self.who)
            ids |= {(event_id, day): id_ for day, id_ in own.items()}
        self.reached("updating")
        now = datetime.now(UTC)
        if planned.new_days:
            held = _Held(planned, event_id, row.tutorial_event_id, row.adm_event_id)
            ids |= self._add_session_rows(connection, [held], now)
        position = recording.next_position(connection, event_id)
        updates = planned.update.steps() if planned.update else ()
        of_update = {step.kind: update_id for step in updates}
        rows = _steps(event_id, planned.steps, ids, position, of_update=of_update)
        recording.add_steps(connection, rows)

    def _check_titles(self, connection: sa.Connection, planned: Sequence[PlannedEvent]) -> None:
        """Nobody has recorded another event of these titles since they were planned."""
        families: defaultdict[Family, list[PlannedEvent]] = defaultdict(list)
        for one in planned:
            families[family_of(one.resolved)].append(one)
        for row in recording.hold_titles(connection, families):
            own = families[row.tutorial_course_template_id, row.sitting, row.title_key]
            is_own = row.workbook_id == self.workbook_id
            if not is_own and any(
                row.id not in one.same_title and row.starts_at != one.resolved.starts for one in own
            ):
                raise DatabaseRefused(
                    f"Another import has just recorded «{row.title}» with another start. Import "
                    "the workbook again: then it says what to do."
                )

    # ------------------------------------------------------------------ its sessions

    def _add_session_rows(
        self, connection: sa.Connection, held: Sequence["_Held"], now: datetime
    ) -> dict[tuple[int, int], int]:
        """Sessions on both sides and ours; gives the ids of our rows by event and Day."""
        wanted = [
            (at, one, (at.tutorial_id, one.session.day))
            for at in held
            for one in at.planned.resolved.sessions
            if one.session.day in at.planned.new_days
        ]
        before = [at.tutorial_id for at in held if not at.is_new]
        tutorial = recording.tutorial_sessions_of(connection, before) if before else {}
        known = list(tutorial.values())
        new = [(at, one, place) for at, one, place in wanted if place not in tutorial]
        tutorial |= add_rows(
            connection,
            acted.tutorial_sessions,
            [tutorial_session(one, at.tutorial_id, now) for at, one, _ in new],
            *("tutorial_event_id", "sequence"),
        )
        teaching = [(place, person) for _, one, place in new for person in one.instructors]
        pairs = [(tutorial[place], person.tutorial_id) for place, person in teaching]
        recording.link_instructors(connection, pairs)
        bridged = recording.adm_sessions_of(connection, known) if known else {}
        bridge = add_rows(
            connection,
            adm.sessions,
            [
                self._only(adm.sessions, adm_session(one, tutorial[place], at.adm_id, now))
                for at, one, place in wanted
                if tutorial[place] not in bridged
            ],
            "tutorial_session_id",
        )
        rows = [
            {
                "event_id": at.event_id,
                "day": one.session.day,
                "tutorial_session_id": tutorial_id,
                "adm_session_id": there.id if there else bridge[tutorial_id],
                "title": one.session.title,
                "external_id": there.external_id if there else None,
                "recorded": recorded_session(one),
                "overruled": None,
                "removed_at": None,
            }
            for at, one, place in wanted
            for tutorial_id in [tutorial[place]]
            for there in [bridged.get(tutorial_id)]
        ]
        return add_rows(connection, event_sessions, rows, "event_id", "day")

    def _only(self, table: sa.Table, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values whose columns are there."""
        there = self.columns[table.name]
        return {name: value for name, value in values.items() if name in there}


@dataclass(frozen=True, slots=True)
class _Held:
    """A planned event, and the ids of its rows: ours, the tutorial event's and its bridge's."""

    planned: PlannedEvent
    event_id: int
    tutorial_id: int
    adm_id: int

    @property
    def is_new(self) -> bool:
        """Whether its tutorial event was made just now."""
        return self.planned.event_id is None and self.planned.tutorial_event_id is None


def _steps(
    event_id: int,
    new: Sequence[NewStep],
    session_ids: Mapping[tuple[int, int], int],
    position: int = 0,
    *,
    creation_done: bool = False,
    of_update: Mapping[StepKind, int | None] = {},
) -> list[dict[str, Any]]:
    """The rows of an event's new steps; `session_ids` are by event and Day."""
    return [
        {
            "event_id": event_id,
            "event_session_id": None if step.day is None else session_ids[event_id, step.day],
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
