"""What a corrected workbook changes of one event that is known, exactly.

What belongs here: the values of such a plan, its steps, and its words for `--json`. What does not:
making it (`planning`), and carrying it out (`local`, `push`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from adm_sync.database.states import StepKind
from adm_sync.imports.known.comparison import Field, called, shown
from adm_sync.imports.steps import NewStep
from adm_sync.workbook.columns import STAFF, Column
from adm_sync.workbook.events import ResolvedEvent
from adm_sync.workbook.mapping.words import Words

_PERSON = ("id", "name", "key")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value that is changed, here, in Administrate, or on both sides.

    Attributes:
        field: it, as it was compared.
        value: what it is from now on; None and '' are nothing.
        here: whether it is changed here.
        there: whether it is changed in Administrate.
        overrules: whether a person has decided against the workbook.
        stay: the names of those who stay on the session there, being instructors of the event.
        reaches: whether Administrate has anything else afterwards, with those who stay.
    """

    field: Field
    value: Any
    here: bool
    there: bool
    overrules: bool = False
    stay: tuple[str, ...] = ()
    reaches: bool = True

    def overwritten(self) -> dict[str, Any]:
        """What somebody had made of it on a side that is changed: `here`, `there`."""
        one = self.field
        sides = {
            "here": one.here if self.here else None,
            "there": one.there if self.there and self.reaches else None,
        }
        return {
            name: side.now
            for name, side in sides.items()
            if side is not None and not one.is_same(side.now, one.base)
        }

    def as_json(self, day: int | None, row: int, words: Words) -> dict[str, Any]:
        """In the form of `--json`."""
        sides = {"here": self.here, "administrate": self.there and self.reaches}
        return {
            "row": row,
            "day": day,
            "field": called(self.field.name, self.field.column, words),
            "before": self._before(),
            "after": shown(self.field.name, self.value, to_the_minute=True),
            "where": [side for side, is_changed in sides.items() if is_changed],
        }

    def _before(self) -> str:
        """What it is now, in words; once if that is the same wherever it is changed."""
        one, here, there = self.field, self.field.here, self.field.there

        def said(value: Any) -> str:
            return shown(one.name, value, to_the_minute=True)

        if self.here and self.there and here and there and not one.is_same(here.now, there.now):
            return f"{said(here.now)} here, {said(there.now)} in Administrate"
        # Administrate's is to the minute where ours is a day.
        changed = there if self.there else here
        return said(changed.now if changed else one.base)


@dataclass(frozen=True, slots=True)
class StaffChange:
    """Who is staff of an event or a session in Administrate from now on.

    Attributes:
        type: of staff.
        before: the ids of the contacts that are it.
        people: who are it, as steps name people: `id`, `name` and `key`.
        may_lack: those of `before` that go when they are taken from the event.
    """

    type: str
    before: tuple[str, ...]
    people: tuple[tuple[str | None, str, str], ...]
    may_lack: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordUpdate:
    """The changes to an event itself (`day` is None) or to a session.

    `sent` are the values that Administrate gets, and `expected` what it has instead; names as in
    `push.records`, and `titles` what people call them.
    """

    day: int | None
    row: int
    changes: tuple[FieldChange, ...]
    sent: Mapping[str, Any] = field(default_factory=dict)
    expected: Mapping[str, Any] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    staff: tuple[StaffChange, ...] = ()

    def sent_fields(self, *, staff_type: str = "") -> dict[str, list[Any]]:
        """What Administrate last had and gets, of values or of one type of staff."""
        return {
            one.field.name: [one.field.there.base, one.value]
            for one in self.changes
            if one.there and one.field.there and STAFF.get(one.field.name, "") == staff_type
        }

    def names(self, *, here: bool = False) -> list[str]:
        """The names of the values that are changed, all of them or those here."""
        return [one.field.name for one in self.changes if one.here or not here]


@dataclass(frozen=True, slots=True)
class EventUpdate:
    """All changes to one event that is known.

    Attributes:
        wanted: the event as it is to be.
        records: what is changed of it and of its sessions.
        removed: the Days whose sessions are removed, with what Administrate has of them.
        allow_published: whether it may be published.
        superseded: the ids of steps that these take the place of.
    """

    wanted: ResolvedEvent
    records: tuple[RecordUpdate, ...] = ()
    removed: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    allow_published: bool = False
    superseded: tuple[int, ...] = ()

    @property
    def is_change(self) -> bool:
        """Whether anything is changed."""
        return bool(self.records or self.removed)

    @property
    def days(self) -> set[int]:
        """The Days whose sessions are changed; to see to it that somebody stays changes none."""
        changed = {one.day for one in self.records if one.day is not None and one.changes}
        return changed | set(self.removed)

    def steps(self) -> Iterator[NewStep]:
        """What is to be done in Administrate: the event, its sessions, their staff, the rest."""
        for one in self.records:
            if one.sent:
                yield self._change(one)
        for one in self.records:
            for staff in one.staff:
                yield self._staff(one, staff)
        for day, expected in self.removed.items():
            values = {"expect": dict(expected), "zone": self.wanted.event.zone}
            allowed = {"published": self.allow_published}
            yield NewStep(StepKind.REMOVE_SESSION, day, {**values, **allowed})

    def _change(self, one: RecordUpdate) -> NewStep:
        values = {
            "set": dict(one.sent),
            "expect": dict(one.expected),
            "names": dict(one.titles),
            "zone": self.wanted.event.zone,
            "fields": one.sent_fields(),
            "published": self.allow_published,
        }
        kind = StepKind.CHANGE_EVENT if one.day is None else StepKind.CHANGE_SESSION
        return NewStep(kind, one.day, values)

    def _staff(self, one: RecordUpdate, staff: StaffChange) -> NewStep:
        values = {
            "type": staff.type,
            "before": list(staff.before),
            "people": [dict(zip(_PERSON, each, strict=True)) for each in staff.people],
            "may_lack": list(staff.may_lack),
            "fields": one.sent_fields(staff_type=staff.type),
            "published": self.allow_published,
        }
        return NewStep(StepKind.CHANGE_STAFF, one.day, values)

    def as_json(self, words: Words) -> list[dict[str, Any]]:
        """Every change, in the form of `--json` and the words of the sheet."""
        found = [
            change.as_json(one.day, one.row, words)
            for one in self.records
            for change in one.changes
        ]
        name = words.header(Column.DAY)
        found += [
            {"row": self.wanted.event.row, "day": day, "field": name, "before": f"Day {day}"}
            | {"after": "nothing", "where": ["here", "administrate"]}
            for day in self.removed
        ]
        return found
