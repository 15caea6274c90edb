"""What is said of an event that is to be changed: why it is not, and what a person has to decide.

What belongs here: the findings. What does not: deciding (`planning`).
"""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from adm_sync.database.states import LifecycleState
from adm_sync.imports.known.comparison import (
    FIXED,
    Difference,
    back_or_anew,
    called,
    differences,
    shown,
)
from adm_sync.imports.known.three_way import Resolution
from adm_sync.imports.updates.changes import RecordUpdate
from adm_sync.imports.updates.disputes import Dispute
from adm_sync.imports.updates.records import KnownEvent, KnownRecord
from adm_sync.workbook.columns import Column
from adm_sync.workbook.findings import Finding, error, warning

CONFLICT = warning(
    "conflict",
    "{what} was last written as {written}; somebody has changed it since: it is {now} now, and the "
    "workbook says {workbook}. Neither side is touched.",
    "Max places was last written as 14; it is 14 here and 20 in Administrate now, and the workbook "
    "says 16",
    "Decide whose value holds, and import with --update and --take workbook, administrate or here; "
    "for one value: --take 'TITLE: Max places=here'.",
)
SESSION_GONE = warning(
    "session_gone",
    "Day {day} of «{title}» was imported before and is not in the workbook any more. {but}.",
    "Day 6 of CB1-LO-6-26A is not in the workbook any more",
    "If it is not to be held, import with --update and --remove-sessions.",
    note="Nothing is removed, or what was to be removed cannot be; the sentence says why.",
)
NOT_CHANGEABLE = error(
    "not_changeable",
    "The {words} of «{title}» was imported as {imported}, and the workbook says {workbook}. That "
    "is never changed of an event that is there; nothing of it is.",
    "A blended event that the workbook now has as classroom",
    "Put the value back; or undo the import of the event, and import it as a new one.",
    note="Nor is an event changed that is cancelled or deleted in Administrate.",
)
UPDATE_WAITS = error(
    "update_waits",
    "«{title}» is to be changed, and Administrate {why}. Nothing of it is changed.",
    "Administrate is away while a corrected workbook is imported",
    "Run adm-sync push, and import the workbook again when Administrate is back.",
)
IS_PUBLISHED = error(
    "is_published",
    "«{title}» is to be changed, and it is published in Administrate. Nothing of it is changed.",
    "A published event that the workbook moves to another day",
    "If people may see the change at once, import with --published too.",
    suggests=True,
)
INSTRUCTOR_STAYS = warning(
    "instructor_stays",
    "Day {day} of «{title}»: {people} stays on the session in Administrate, as an instructor of "
    "the event.",
    "Day 4 has no session instructor any more, and the one that it had is the event's instructor",
    "If that is right, nothing. If not, take them out of Instructor, and name them for the other "
    "sessions.",
    note="Administrate shows whoever is an instructor of an event on all its sessions.",
)


@dataclass(frozen=True, slots=True)
class UpdateFindings:
    """The findings of one event."""

    _known: KnownEvent

    def obstacle(self, records: Sequence[KnownRecord]) -> Finding | None:
        """Why nothing of it may be changed."""
        title, event = self._known.resolved.event.title, records[0]
        at = self._known.places.at(self._known.resolved.event.row, Column.TITLE)
        for name, words in FIXED.items():
            for one in event.fields:
                if one.name == name and not one.is_same(one.base, one.workbook):
                    was, says = shown(name, one.base), shown(name, one.workbook)
                    known = {"words": words, "title": title, "imported": was, "workbook": says}
                    place = self._known.places.at(event.row, one.column)
                    return NOT_CHANGEABLE(back_or_anew(was), **known).at(place)
        if not self._known.is_settled or self._known.row.external_id is None:
            remedy = "Push that first (adm-sync push), and import the workbook again."
            why = "does not yet have all of it that was imported before"
            return UPDATE_WAITS(remedy, title=title, why=why).at(at)
        if self._known.row.external_id not in self._known.changed.there.events:
            why = self._known.changed.there.problem.rstrip(".") or "it did not tell of the event"
            why = f"could not be asked how it is there now: {why}"
            remedy = "Import the workbook again when Administrate is back."
            return UPDATE_WAITS(remedy, title=title, why=why).at(at)
        return self._obstacle_there(title)

    def _obstacle_there(self, title: str) -> Finding | None:
        """What Administrate has made of the event in the meantime."""
        at = self._known.places.at(self._known.resolved.event.row, Column.TITLE)
        node = self._known.node
        state = "deleted" if node is None else str(node.get("lifecycleState") or "").lower()
        if state == LifecycleState.PUBLISHED and not self._known.options.published:
            return IS_PUBLISHED(title=title).at(at)
        if state in {LifecycleState.DRAFT, LifecycleState.PUBLISHED}:
            return None
        found = NOT_CHANGEABLE.saying(
            f"«{title}» is to be changed, and it is {state or 'in an unknown state'} in "
            "Administrate. Nothing of it is changed.",
            "If it is to be held after all, make it a draft again there, and import again; if not, "
            "say so in the workbook.",
        )
        return found.at(at)

    def disputes(self, records: Iterable[KnownRecord]) -> Iterator[Dispute]:
        """What a person has to decide."""
        places = self._known.places
        for record in records:
            for one in record.conflicts:
                said = one.difference
                yield Dispute(
                    record.row,
                    record.day,
                    self._known.title,
                    one.column,
                    places.words.header(one.column),
                    called(one.name, one.column, places.words),
                    said.imported,
                    said.here,
                    said.there,
                    places.said(record.row, one.column, shown(one.name, one.workbook)),
                    record.reasons.get(one.name, ""),
                )

    def conflicts(self, disputes: Iterable[Dispute]) -> Iterator[Finding]:
        """The findings of what a person has to decide."""
        for one in disputes:
            decided = shlex.quote(f"{one.about}=workbook")
            day = "" if one.day is None else f"Day {one.day}: "
            sides = [f"{one.here} here" if one.here is not None else ""]
            sides.append(f"{one.there} in Administrate" if one.there is not None else "")
            found = CONFLICT(
                f"{_because(one.reason)}Decide whose value holds: import "
                f"with --update and --take {decided} (or =administrate, or =here).",
                what=f"{day}{one.field}",
                written=one.written,
                now=" and ".join(filter(None, sides)),
                workbook=one.workbook,
            )
            yield found.at(self._known.places.at(one.row, one.column))

    def staying(self, updates: Iterable[RecordUpdate]) -> Iterator[Finding]:
        """Who is taken from a session, and stays on it in Administrate."""
        for record in updates:
            for one in record.changes:
                if one.stay:
                    people = ", ".join(one.stay)
                    found = INSTRUCTOR_STAYS(day=record.day, title=self._known.title, people=people)
                    yield found.at(self._known.places.at(record.row, one.field.column))

    def gone(self, gone: Mapping[int, str]) -> Iterator[Finding]:
        """Sessions that the workbook has no more and that stay, with the reason, by Day."""
        title = self._known.title
        for day, why in gone.items():
            but = f"It is not removed: {why}" if why else "Nothing is removed"
            remedy = None if why else SESSION_GONE.remedy
            place = self._known.places.at(self._known.resolved.event.row, Column.DAY)
            yield SESSION_GONE(remedy, day=day, title=title, but=but).at(place)

    def differences(self, records: Iterable[KnownRecord]) -> Iterator[Finding]:
        """What people have changed, and the workbook has nothing to say about."""
        known = self._known
        found = ((one.day, one.row, list(_unsettled(one))) for one in records)
        yield from known.changed.differing(known.row, found, known.places)


def _unsettled(record: KnownRecord) -> Iterator[Difference]:
    """What nothing is done about, and nobody has to decide about."""
    settled = {
        one.name for one in record.fields if one.verdict in {Resolution.CHANGE, Resolution.CONFLICT}
    }
    for one in differences(record.plain, record.plain_columns):
        if one.name not in settled:
            yield one


def _because(why: str) -> str:
    return f"What was to be taken cannot be: {why}. " if why else ""
