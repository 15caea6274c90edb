"""Taking an import back: first what would happen, then exactly that, event by event.

An event is deleted from Administrate only if this import created it, it is still a draft, nobody
has booked, and nobody has changed it since; that is judged anew in the moment before. Whatever
else is there stays, linked as it is. An interrupted undo is taken up by the next one.

What belongs here: the order of things. What does not: the values (`undone`), comparing an event
with what was made of it (`evidence`), the statements (`database.undoing`), and asking a person.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import takewhile
from typing import Any

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.in_flight import at_once
from adm_sync.database import import_journal, recording, reverting, steps, undoing, updating
from adm_sync.database.engine import database_errors
from adm_sync.database.locks import Lock, exclusive
from adm_sync.database.recorded import RecordedEvent, Step
from adm_sync.database.reverting import Update
from adm_sync.database.states import ImportStatus, StepKind
from adm_sync.errors import AdministrateError, OutcomeUnknown
from adm_sync.imports.holding import take_turn
from adm_sync.imports.importing import Importer
from adm_sync.imports.known.changed import is_changed_here
from adm_sync.imports.state import lock_name
from adm_sync.imports.undo.broken import UNDO
from adm_sync.imports.undo.claiming import TAKEN, claimed
from adm_sync.imports.undo.deleting import Deletion
from adm_sync.imports.undo.evidence import (
    EVENT_TO_UNDO,
    Made,
    Node,
    obstacle,
    overwritten,
    read_event,
    sessions_in,
)
from adm_sync.imports.undo.reverting import Reverter
from adm_sync.imports.undo.undone import EventUndo, UndoOutcome, UndoResult
from adm_sync.push.candidates import Wanted, is_alike
from adm_sync.push.finding import Finder
from adm_sync.push.records import Flat, as_input, flat
from adm_sync.push.remote import known_nodes
from adm_sync.tenant import check_instance

COMMAND = "adm-sync undo"
# Events that are read with one request to say what would be done.
READ_TOGETHER = 5


@dataclass(slots=True)
class Undo:
    """Undoes the import of one workbook.

    Args:
        importer: open.
        partition: of the workbook.
        remove_tutorial: whether tutorial events that the import made are to be removed too.
        only: of its events only those with these Administrate ids; all if there are none.
    """

    importer: Importer
    partition: str
    remove_tutorial: bool = False
    only: Collection[str] = ()
    _columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def plan(self) -> UndoResult:
        """What would be done. Writes nothing.

        Raises:
            WorkbookError: there is no such import.
            WrongInstance: the database belongs to another tenant.
            AdministrateError: Administrate does not say how the events are now.
        """
        workbook_id = self._workbook_id()
        with database_errors(), self._engine.connect() as connection:
            events = [e for e in undoing.events_of(connection, workbook_id) if self._means(e)]
            shared = undoing.also_named_by(connection, workbook_id)
            created = [event.external_id for event in events if event.external_id]
            self._answers = undoing.creation_answers(connection, created)
        judged: dict[int, EventUndo] = {}
        some = [events[at : at + READ_TOGETHER] for at in range(0, len(events), READ_TOGETHER)]
        for each in at_once(self._judged_together, some, self._at_once):
            judged |= {one.event_id: one for one in each}
            self.importer.listener.progress("compare", len(judged), len(events))
        planned = []
        for event in events:
            one, others = judged[event.id], shared.get(event.id)
            if others and one.action != "keep":
                one = replace(one, reason=_join(one.reason, f"also in {', '.join(others)}"))
            planned.append(one)
        return UndoResult(self.partition, (*planned, *self._reverts(workbook_id)))

    def _reverts(self, workbook_id: int) -> list[EventUndo]:
        """What this workbook has changed of events that were there before."""
        with database_errors(), self._engine.connect() as connection:
            own = {event.id for event in undoing.events_of(connection, workbook_id)}
            found = [u for u in reverting.updates_of(connection, workbook_id) if self._means(u)]
            reverter = Reverter(self._client)
            return [reverter.judged(connection, one) for one in found if one.event_id not in own]

    def _means(self, event: RecordedEvent | Update) -> bool:
        return not self.only or event.external_id in self.only

    def carry_out(self, plan: UndoResult) -> UndoResult:
        """Do what was planned, as far as it still may be done.

        Raises:
            SyncBusy: the workbook is being imported; the message names who does it.
            DatabaseError: what was to be noted could not be; the next undo takes it up.
        """
        workbook_id = self._workbook_id()
        todo = [one for one in plan.events if one.action not in {"keep", "revert"}]
        changed = [one for one in plan.events if one.action == "revert"]
        kept = [replace(one, outcome=one.as_kept) for one in plan.events if one.action == "keep"]
        if not todo and not changed:
            return replace(plan, events=tuple(kept))
        name = lock_name(self.partition)
        with exclusive(self._engine, name) as lock:
            before = self._latest_summary(workbook_id)
            import_id = self._begin(workbook_id)
            done, message = self._all(todo, lock)
            done += [self._revert(one, workbook_id, lock) for one in changed]
            result = UndoResult(self.partition, (*done, *kept), message)
            self._note(import_id, result, before)
        return self._pushed(result) if result.count("reverted") else result

    def _pushed(self, result: UndoResult) -> UndoResult:
        """What was taken back here is taken back in Administrate too, as far as that answers."""
        self.importer.push(self.partition)
        ids = {one.event_id for one in result.events if one.outcome == "reverted"}
        left = [s for s in self.importer.unfinished(self.partition) if s.event_id in ids]
        if not left:
            return result
        why = next((step.message for step in left if step.message), "it is still to be sent")
        message = f"Taken back here, and not all of it in Administrate yet: {why}"
        return replace(result, message=result.message or message)

    def _revert(self, planned: EventUndo, workbook_id: int, lock: Lock) -> EventUndo:
        """Take back what this workbook changed of one event, as far as it still may be."""
        reverter = Reverter(self._client)
        with claimed(self._engine, planned.event_id, lock, self._lease) as event:
            if event is None:
                return replace(planned, action="keep", outcome="failed", reason=TAKEN)
            with database_errors(), self._engine.begin() as connection:
                take_turn(connection)
                updating.hold(connection, event.id)
                for update in reverting.updates_of(connection, workbook_id):
                    if update.event_id != event.id:
                        continue
                    now = reverter.judged(connection, update)
                    if now.action == "keep":
                        return replace(now, outcome="kept")
                    reverter.revert(connection, update, self.importer.options.who)
                    self.importer.listener.reached("reverted")
            return replace(planned, outcome="reverted")

    def _all(self, todo: Sequence[EventUndo], lock: Lock) -> tuple[list[EventUndo], str]:
        with database_errors(), self._engine.connect() as connection:
            self._columns = recording.existing_columns(connection)
        done: dict[int, EventUndo] = {}
        problem = ""
        tried = takewhile(lambda _: not problem, todo)
        for one, said in at_once(partial(self._tried, lock=lock), tried, self._at_once):
            done[one.event_id] = one
            problem = problem or said
            self.importer.listener.progress("undo", len(done), len(todo))
        rest = [replace(one, outcome="failed", reason="not tried") for one in todo]
        return [done.get(one.event_id, one) for one in rest], problem

    def _at_once(self) -> int:
        return min(self.importer.options.push.workers, self._client.in_flight)

    # ------------------------------------------------------------------ one event

    def _tried(self, planned: EventUndo, lock: Lock) -> tuple[EventUndo, str]:
        """What became of it, and why nothing else is to be tried, if Administrate fails."""
        try:
            return self._one(planned, lock), ""
        except AdministrateError as error:
            return replace(planned, outcome="failed", reason=str(error)), str(error)

    def _one(self, planned: EventUndo, lock: Lock) -> EventUndo:
        with claimed(self._engine, planned.event_id, lock, self._lease) as event:
            if event is None:
                return replace(planned, action="keep", outcome="failed", reason=TAKEN)
            # Since it was shown, somebody may have published it.
            now = self._judged(event)
            if now.action == "keep":
                return replace(now, outcome=now.as_kept)
            if now.action == "delete" and now.external_id:
                refused = self._delete(event, now.external_id, lock)
                if refused:
                    return replace(now, action="keep", outcome="failed", reason=refused)
            tutorial = self._finish(event, lock)
            outcome: UndoOutcome = "deleted" if now.action == "delete" else "unlinked"
            return replace(now, outcome=outcome, tutorial=tutorial)

    def _judged_together(self, events: Sequence[RecordedEvent]) -> list[EventUndo]:
        ids = [event.external_id for event in events if event.external_id]
        nodes = known_nodes(self._client, EVENT_TO_UNDO, ids)
        return [self._judged(event, nodes.get(event.external_id or "")) for event in events]

    def _judged(self, event: RecordedEvent, node: Node | None = None) -> EventUndo:
        """What may be done with an event, as both sides have it now.

        Args:
            event: as it is recorded.
            node: as Administrate has it, if it was just read.
        """
        with database_errors(), self._engine.connect() as connection:
            rows = steps.steps_of(connection, event.id)
            tutorial = self._tutorial_plan(connection, event)
        one = EventUndo(event.id, event.title, event.external_id, "keep", tutorial=tutorial)
        if any(step.state in undoing.UNSETTLED for step in rows):
            unknown = "nobody knows yet what became of a step; adm-sync push finds out"
            return replace(_kept(one, unknown), is_open=True)
        if event.external_id is None:
            return self._judged_uncreated(event, one, rows)
        if event.doubled:
            return _kept(one, "it is undecided which one it is there: adm-sync reconcile first")
        if event.adopted:
            return _kept(one, "it was in Administrate already, and was only adopted")
        node = node or read_event(self._client, event.external_id)
        if node is None:
            return replace(one, action="unlink", reason="it is gone from Administrate already")
        reason = obstacle(node, self._made(event, rows))
        return _kept(one, reason) if reason else replace(one, action="delete")

    def _judged_uncreated(
        self, event: RecordedEvent, one: EventUndo, rows: Sequence[Step]
    ) -> EventUndo:
        """An event without an Administrate id; if it was ever sent, it may be there after all."""
        (creation,) = (step for step in rows if step.kind == StepKind.CREATE_EVENT)
        if creation.sent_at is not None:
            options = self.importer.options.push
            finder = Finder(self._client, options.page_size, options.max_records)
            wanted = Wanted(event.template_external_id, event.title, event.starts_at, creation.mark)
            found = finder.existing([wanted], finder.codes([wanted.template]))
            ids = [one.external_id for one in found if is_alike(wanted, one)]
            if ids:
                return _kept(one, f"Administrate has such an event ({', '.join(ids)}): see to it")
        return replace(one, action="unlink", reason="it never came to Administrate")

    def _made(self, event: RecordedEvent, rows: Sequence[Step]) -> Made:
        (creation,) = (step for step in rows if step.kind == StepKind.CREATE_EVENT)
        made, updates = flat(creation.input["input"]), dict[str, Flat]()
        theirs: list[str] = []
        for step in rows:
            if not step.done_at:
                continue
            if step.kind == StepKind.CHANGE_EVENT:
                theirs += overwritten(step.input, made)
                made |= step.input["set"]
            elif step.kind == StepKind.UPDATE_SESSION and step.session_external_id:
                updates[step.session_external_id] = flat(step.input["input"])
            elif step.kind == StepKind.CHANGE_SESSION and step.session_external_id:
                session = updates[step.session_external_id]
                theirs += (f"{it} of a session" for it in overwritten(step.input, session))
                session |= step.input["set"]
        removed = {step.session_external_id for step in rows if _has_removed(step)}
        answered = sessions_in(self._answers.get(event.external_id or ""))
        first = answered and {key: s for key, s in answered.items() if key not in removed}
        sessions = {key: as_input(one) for key, one in updates.items() if key not in removed}
        return Made(as_input(made), sessions, first, creation.mark, theirs)

    def _delete(self, event: RecordedEvent, external_id: str, lock: Lock) -> str | None:
        """Delete it in Administrate; gives why that was refused, if it was.

        Raises:
            OutcomeUnknown: nobody can tell; that it was intended stays noted.
            AdministrateError: it did not happen.
        """
        self._write(event, lock, lambda c: undoing.intend(c, event.id))
        self.importer.listener.reached("undo noted")
        try:
            refused = self._deletion.delete(event, external_id, lock)
        except OutcomeUnknown:
            raise
        except AdministrateError:
            self._write(event, lock, lambda c: undoing.call_off(c, event.id))
            raise
        self.importer.listener.reached("undo answered")
        if refused:
            self._write(event, lock, lambda c: undoing.call_off(c, event.id))
        return refused

    def _finish(self, event: RecordedEvent, lock: Lock) -> str:
        """Unlink it here; gives what became of the tutorial event."""
        with database_errors(), self._engine.begin() as connection:
            take_turn(connection)
            steps.keep(connection, [event.id], lock.key, self._lease)
            who = self.importer.options.who
            undoing.finish(connection, event, datetime.now(UTC), self._columns, who)
            tutorial = self._tutorial_plan(connection, event)
            if tutorial == "is removed" and not undoing.remove_tutorial(connection, event):
                tutorial = "stays: other records refer to it"
        self.importer.listener.reached("undone")
        return tutorial

    def _tutorial_plan(self, connection: sa.Connection, event: RecordedEvent) -> str:
        if event.tutorial_event_id is None:
            return "is gone already"
        if not self.remove_tutorial:
            return "stays"
        if not undoing.made_tutorial_event(connection, event):
            return "stays: it was there before the import"
        if undoing.changed_here(connection, event.id) or is_changed_here(connection, event):
            return "stays: it was changed here since"
        return "is removed"

    # ------------------------------------------------------------------ noting

    def _write(self, event: RecordedEvent, lock: Lock, write: Any) -> None:
        """Write as the holder of the lease."""
        with database_errors(), self._engine.begin() as connection:
            steps.keep(connection, [event.id], lock.key, self._lease)
            write(connection)

    def _begin(self, workbook_id: int) -> int:
        with database_errors(), self._engine.begin() as connection:
            who = self.importer.options.who
            begun = {UNDO: self._as_begun()}
            return import_journal.start_import(connection, workbook_id, who, None, **begun)

    def _as_begun(self) -> dict[str, Any]:
        return {"only": sorted(self.only), "remove_tutorial": self.remove_tutorial}

    def _latest_summary(self, workbook_id: int) -> Mapping[str, Any]:
        with database_errors(), self._engine.connect() as connection:
            return import_journal.latest_summary(connection, workbook_id)

    def _note(self, import_id: int, result: UndoResult, before: Mapping[str, Any]) -> None:
        """What was taken back; an undo creates nothing, whatever the run before it did."""
        undone = result.count("deleted", "unlinked", "reverted")
        kept = result.count("kept", "failed")
        of_before = {name: n for name, n in before.items() if name not in {"events", "sessions"}}
        failed = {**self._as_begun(), "failed": result.count("failed")}
        summary = {**of_before, "undone": undone, "kept": kept, UNDO: failed}
        kept_words = f"{kept} of {len(result.events)} events kept" if kept else ""
        status = ImportStatus.UNDONE if undone else ImportStatus.FAILED
        message = result.message or kept_words
        with database_errors(), self._engine.begin() as connection:
            import_journal.note_import(connection, import_id, status, summary, message)

    def _workbook_id(self) -> int:
        with database_errors(), self._engine.connect() as connection:
            check_instance(connection, self.importer.options.push.instance)
        return self.importer.kept(self.partition)[0]

    @property
    def _engine(self) -> sa.Engine:
        return self.importer.database.engine

    @property
    def _client(self) -> AdministrateClient:
        return self.importer.client

    @property
    def _deletion(self) -> Deletion:
        return Deletion(self._engine, self._client, self._lease, COMMAND)

    @property
    def _lease(self) -> float:
        return self.importer.options.push.lease


def _kept(one: EventUndo, reason: str) -> EventUndo:
    return replace(one, action="keep", reason=reason, tutorial="stays")


def _has_removed(step: Step) -> bool:
    return step.kind == StepKind.REMOVE_SESSION and step.done_at is not None


def _join(*parts: str) -> str:
    return "; ".join(filter(None, parts))
