"""What was recorded of an event, for telling later what has changed since, and where.

What belongs here: an event as plain values, and the differences between them. What does not:
recording, and reading how the event is now (`here`, `there`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from adm_sync.imports.known.three_way import Resolution, Side, judge
from adm_sync.names.keys import normalise
from adm_sync.push.records import day_first
from adm_sync.workbook.columns import (
    EVENT_FIELDS,
    EVENT_KEPT,
    SESSION_FIELDS,
    SESSION_KEPT,
    Column,
)
from adm_sync.workbook.entries import Compared, Form
from adm_sync.workbook.events import ResolvedEvent, ResolvedSession
from adm_sync.workbook.mapping.words import Words

Recorded = dict[str, Any]

# What is compared, and the column that a difference is reported at. A session's Day is which of
# them it is, and its location is the event's.
EVENT_COLUMNS = {"title": Column.TITLE, "state": Column.TITLE, **EVENT_FIELDS}
SESSION_COLUMNS = {
    "title": Column.SESSION_TITLE,
    "state": Column.SESSION_TITLE,
    **{name: one for name, one in SESSION_FIELDS.items() if name not in ("day", "location")},
}
# What a corrected workbook may change of a session: its place is the event's, and said there.
CHANGED_SESSION_COLUMNS = {**SESSION_COLUMNS, "location": Column.LOCATION}
# How a difference names what has no column of its own.
_NAMES = {
    "state": "The state",
    "starts_on": "The event's start date",
    "ends_on": "The event's end date",
}
# The workbook has no say in these, or says it in its session rows.
_ELSEWHERE = {n for n, one in EVENT_KEPT.items() if one.compared is Compared.ELSEWHERE} | {"state"}
# Where people write differently what is the same.
_BY_NAME = {
    one.name
    for one in (*EVENT_KEPT.values(), *SESSION_KEPT.values())
    if one.compared is Compared.BY_NAME
}
# What some sides know by its day only.
_BY_DAY = {"starts_on", "ends_on"}
_LENGTH_OF_A_DAY = 10
# What is never changed of an event that is known: it decides what else it has.
FIXED = {"mode": "learning mode", "zone": "time zone", "sitting": "sitting"}
NOTHING, NOBODY = "nothing", "nobody"
_DATES = {
    name
    for name, column in (*EVENT_FIELDS.items(), *SESSION_FIELDS.items())
    if column.entry.form in {Form.DATE, Form.DEADLINE}
}


@dataclass(frozen=True, slots=True)
class Values:
    """All values of one record that is known, by their names.

    Attributes:
        base: what was recorded; what it lacks is not compared.
        workbook: what the workbook says; what it lacks is as it was recorded.
        here: how it is in this database; what it lacks is not known.
        there: how it is in Administrate; what it lacks is not known.
        here_base: what was last written here, where that is not what was recorded.
        there_base: the same of Administrate.
        overruled: what the workbook says and a person has decided against.
    """

    base: Recorded
    workbook: Recorded
    here: Recorded
    there: Recorded
    here_base: Recorded = field(default_factory=dict)
    there_base: Recorded = field(default_factory=dict)
    overruled: Recorded = field(default_factory=dict)

    def fields(self, columns: Mapping[str, Column]) -> "Iterator[Field]":
        """Each value that was recorded, on all sides."""
        for name, column in columns.items():
            if name not in self.base:
                continue
            base = self.base[name]
            ours = self.workbook.get(name, base)
            if name in self.overruled and is_same(name, ours, self.overruled[name]):
                ours = base
            yield Field(
                name,
                column,
                base,
                ours,
                _side(name, base, self.here, self.here_base),
                _side(name, base, self.there, self.there_base),
            )


def _side(name: str, base: Any, now: Recorded, last: Recorded) -> Side | None:
    return Side(last.get(name, base), now[name]) if name in now else None


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a known record: what was recorded, what the workbook says, and each side.

    A side is None where the value is not kept, or is not known.
    """

    name: str
    column: Column
    base: Any
    workbook: Any
    here: Side | None
    there: Side | None

    @property
    def sides(self) -> tuple[Side, ...]:
        """Those that are known."""
        return tuple(side for side in (self.here, self.there) if side is not None)

    @property
    def verdict(self) -> Resolution:
        """What a corrected workbook may do with it."""
        return judge(self.workbook, self.sides, self.is_same)

    def is_same(self, one: Any, other: Any) -> bool:
        """Whether two values of it mean the same."""
        return is_same(self.name, one, other)

    @property
    def difference(self) -> "Difference":
        """The same in words."""
        is_new = not self.is_same(self.base, self.workbook)
        return Difference(
            self.name,
            self.column,
            shown(self.name, self.base),
            shown(self.name, self.here.now) if self.here else None,
            shown(self.name, self.there.now) if self.there else None,
            shown(self.name, self.workbook) if is_new else None,
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is not everywhere as it was imported, in words.

    Attributes:
        name: of the value, as it was recorded.
        column: where it stands.
        imported: what was recorded.
        here: what it is in this database now; None if that is not known.
        there: what it is in Administrate now; None if that is not known.
        workbook: what the workbook says; None if that is what was imported.
    """

    name: str
    column: Column
    imported: str
    here: str | None
    there: str | None
    workbook: str | None

    @property
    def remedy(self) -> str | None:
        """What to do where the workbook says something else than was imported."""
        if self.workbook is None:
            return None
        if self.name in FIXED:
            return back_or_anew(self.imported)
        back = "Empty it" if self.imported in {NOTHING, NOBODY} else f"Put {self.imported} back"
        return (
            f"{back}; or, if the workbook is right, import it with --update (in Dagster: update: "
            "true)."
        )


def back_or_anew(imported: str) -> str:
    """What to do about a value that is never changed."""
    return f"Put {imported} back; or undo its import, and import it as a new event."


def recorded_event(resolved: ResolvedEvent) -> Recorded:
    """The event's own values, as JSON can hold them."""
    event = resolved.event
    found = {
        "location": resolved.location.name,
        "venue": resolved.venue.name if resolved.venue else None,
        "mode": event.mode.value,
        "sitting": event.sitting.name,
        "instructors": [person.name for person in resolved.instructors],
        "administrators": [person.name for person in resolved.administrators],
    }
    return {
        name: plain(found[name] if name in found else event.value(name))
        for name in EVENT_COLUMNS
        if name not in _ELSEWHERE
    }


def recorded_session(session: ResolvedSession) -> Recorded:
    """The session's values, as JSON can hold them."""
    row = session.session
    return {
        "title": row.title,
        "starts": plain(row.starts),
        "ends": plain(row.ends),
        "venue": session.venue.name if session.venue else None,
        "instructors": [person.name for person in session.instructors],
        **{name: plain(value) for name, value in row.carried.items()},
    }


def differences(values: Values, columns: Mapping[str, Column]) -> Iterator[Difference]:
    """Each value that was changed since, unless it is the same everywhere by now."""
    for one in values.fields(columns):
        is_new = not one.is_same(one.base, one.workbook)
        changed = any(not one.is_same(side.base, side.now) for side in one.sides)
        if not changed and (not is_new or one.name in _ELSEWHERE):
            continue
        if changed and all(one.is_same(one.workbook, side.now) for side in one.sides):
            continue
        yield one.difference


def called(name: str, column: Column, words: Words) -> str:
    """What people call a value: as its column is called in the sheet, if it has one of its own."""
    return _NAMES.get(name) or words.header(column)


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One value before and after, in words; empty where there was or is nothing.

    `here` and `there` are what stood here and in Administrate instead of `before`, where somebody
    had changed it there and this has overwritten it, and that is known.
    """

    field: str
    before: str
    after: str
    here: str = ""
    there: str = ""

    @property
    def overwritten(self) -> str:
        """What stood instead of `before`, and where; '' if nothing is known of any such."""
        sides = ((self.there, "in Administrate"), (self.here, "here"))
        return ", ".join(f"{value} {side}" for value, side in sides if value)

    @property
    def back(self) -> "ValueChange":
        """The same taken back: what was overwritten stands there again."""
        instead = f", but {self.overwritten}" if self.overwritten else ""
        return ValueChange(self.field, self.after, f"{self.before}{instead}")


def in_words(
    day: int | None, fields: Mapping[str, Any], overwritten: Mapping[str, Mapping[str, Any]] = {}
) -> Iterator[ValueChange]:
    """Values that an update has changed.

    Args:
        day: of the session; None of the event itself.
        fields: by their names, what each was and is; None where that was not kept.
        overwritten: by their names and by `here` and `there`, what stood there instead.
    """
    columns = EVENT_COLUMNS if day is None else CHANGED_SESSION_COLUMNS
    prefix = "" if day is None else f"Day {day}, "
    # In the order of the sheet: a database keeps the names in one of its own.
    names = [*(n for n in columns if n in fields), *(n for n in fields if n not in columns)]
    for name in names:
        title = called(name, columns[name], Words()) if name in columns else name
        before, after = ("" if one is None else _to_the_minute(name, one) for one in fields[name])
        others = {
            side: _to_the_minute(name, value) for side, value in overwritten.get(name, {}).items()
        }
        yield ValueChange(f"{prefix}{title}", before, after, **others)


def recorded_in_words(made: Mapping[str, Any]) -> Iterator[ValueChange]:
    """The same of a record of an update, as it is kept; older ones do not know what stood there."""
    return in_words(made["day"], made["fields"], made.get("overwritten") or {})


def _to_the_minute(name: str, value: Any) -> str:
    return shown(name, value, to_the_minute=True)


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return value.isoformat() if isinstance(value, date) else value


def is_same(name: str, one: Any, other: Any) -> bool:
    """Whether two values of a name mean the same."""
    if name in _BY_DAY and one and other and _LENGTH_OF_A_DAY in {len(one), len(other)}:
        return str(one)[:_LENGTH_OF_A_DAY] == str(other)[:_LENGTH_OF_A_DAY]
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(normalise, one)) == sorted(map(normalise, other))
    if name in _BY_NAME and isinstance(one, str) and isinstance(other, str):
        return normalise(one) == normalise(other)
    return bool(one == other or (one in (None, "") and other in (None, "")))


def shown(name: str, value: Any, *, to_the_minute: bool = False) -> str:
    """A value in words, dates as the workbook has them.

    `to_the_minute`: also what is compared by its day only.
    """
    if name in _DATES and isinstance(value, str) and value:
        by_day = name in _BY_DAY and not to_the_minute
        return day_first(value[:_LENGTH_OF_A_DAY] if by_day else value)
    if isinstance(value, list):
        return ", ".join(value) or NOBODY
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "Y" if value else "N"
    return str(value)
