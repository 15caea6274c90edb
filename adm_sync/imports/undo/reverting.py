"""Taking back what a corrected workbook has changed: the same rule, the other way round.

What belongs here: whether a change may be taken back, and taking it back here. What does not: the
changes in Administrate, which are steps like those that made them (`push`), and what an import
created (`undoing`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import current, recording, reverting, steps, undoing, updating
from adm_sync.database.recorded import Step
from adm_sync.database.reverting import Update
from adm_sync.database.states import LifecycleState, StepKind, StepState
from adm_sync.imports.known.comparison import recorded_in_words
from adm_sync.imports.undo.undone import EventUndo, PutBack
from adm_sync.push.comparing import compare
from adm_sync.push.remote import event_node

_CHANGES = (StepKind.CHANGE_EVENT, StepKind.CHANGE_SESSION, StepKind.CHANGE_STAFF)
_UNSETTLED = (StepState.SENDING, StepState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Reverter:
    """Takes updates of one tenant back."""

    client: AdministrateClient

    def judged(self, connection: sa.Connection, update: Update) -> EventUndo:
        """Whether an update may be taken back, as both sides are now."""
        own = [s for s in steps.steps_of(connection, update.event_id) if s.update_id == update.id]
        done = [step for step in own if step.state == StepState.DONE]
        reason, remark = _obstacle(connection, update, own), ""
        if reason is None and done and update.external_id is not None:
            node = event_node(self.client, "event_to_change", update.external_id)
            reason = _obstacle_there(node, done)
            if node and node.get("lifecycleState") == LifecycleState.PUBLISHED:
                remark = "it is published in Administrate, and is changed there all the same"
        about = update.event_id, update.title, update.external_id
        if reason is not None:
            return EventUndo(*about, "keep", reason)
        return EventUndo(*about, "revert", remark, puts_back=tuple(_back(update, done)))

    def revert(self, connection: sa.Connection, update: Update, who: str) -> None:
        """Take it back here, and note what Administrate is to get back."""
        own = [s for s in steps.steps_of(connection, update.event_id) if s.update_id == update.id]
        after_others = undoing.changed_here(connection, update.event_id)
        updating.supersede(connection, [s.id for s in own if s.state != StepState.DONE])
        for one in _columns(update):
            reverting.put_back(connection, one)
        for record in update.changes:
            before = {name: values[0] for name, values in record["fields"].items()}
            reverting.put_back_record(connection, update, record["day"], before)
        first = recording.next_position(connection, update.event_id)
        back = [(step, _reverse(step)) for step in own if step.state == StepState.DONE]
        rows = [
            {
                "event_id": update.event_id,
                "event_session_id": step.event_session_id,
                "position": first + number,
                "kind": step.kind,
                "input": given,
                "update_id": update.id,
            }
            for number, (step, given) in enumerate(back)
        ]
        recording.add_steps(connection, rows)
        reverting.note_taken_back(connection, update, who, after_others=after_others)


def _back(update: Update, done: Sequence[Step]) -> Iterator[PutBack]:
    """What is put back, and on which sides: what Administrate was not sent stays there as it is."""
    sent = {(step.day, name) for step in done for name in step.input["fields"]}
    for made in update.changes:
        here = ("here",) if any(made["columns"]) else ()
        known = {n: both for n, both in made["fields"].items() if (made["day"], n) in sent}
        there = {one.field for one in recorded_in_words({**made, "fields": known})}
        for one in recorded_in_words(made):
            where = (*here, "administrate") if one.field in there else ("here",)
            yield PutBack(one.field, one.back.before, one.back.after, where)


def _obstacle(connection: sa.Connection, update: Update, own: Sequence[Step]) -> str | None:
    """Why it must not be taken back, as far as that is known here."""
    if any(step.state in _UNSETTLED for step in own):
        return "nobody knows yet what became of a step; adm-sync push finds out"
    if any(step.kind not in _CHANGES and step.state == StepState.DONE for step in own):
        return "a session that was removed, or an event that was cancelled, stays so"
    if reverting.later_updates(connection, update):
        return "a later import has changed the event again; undo that first"
    if _ends_too_early(connection, update):
        return "a session that it added stays, and the event ends with it"
    if any(reverting.is_changed(connection, one) for one in _columns(update)):
        return "somebody has changed here since what it changed"
    return None


def _ends_too_early(connection: sa.Connection, update: Update) -> bool:
    """Whether the event would end before its last session."""
    before = {one["day"]: {n: v[0] for n, v in one["fields"].items()} for one in update.changes}
    sessions = current.sessions_now(connection, [update.event_id])
    ends = [before.get(one.day, {}).get("ends", one.recorded["ends"]) for one in sessions]
    end = before.get(None, {}).get("ends_on")
    return end is not None and any(one[: len(end)] > end for one in ends)


def _obstacle_there(node: Mapping[str, Any] | None, done: Sequence[Step]) -> str | None:
    """A change that is done already is there as it was made."""
    if node is None:
        return "the event is gone from Administrate"
    if any(compare(step, node, dict).outcome != "done" for step in done):
        return "somebody has changed in Administrate since what it changed"
    return None


def _columns(update: Update) -> Iterator[Mapping[str, Any]]:
    for record in update.changes:
        yield from record["columns"]


def _reverse(step: Step) -> dict[str, Any]:
    """The input of a step that undoes another."""
    given = dict(step.input)
    given["fields"] = {name: [after, before] for name, (before, after) in given["fields"].items()}
    if step.kind == StepKind.CHANGE_STAFF:
        people = [{"id": one, "name": one, "key": ""} for one in given["before"]]
        given["before"] = [one["id"] for one in given["people"] if one["id"]]
        given["people"] = people
        return given
    given["set"], given["expect"] = given["expect"], given["set"]
    return given
