"""The values of a history.

What belongs here: an entry, a page of entries, a row of a table, and the place between two pages
as text. What does not: making them (`words`, `reading`).
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from adm_sync.database.history import HistorySource, Place
from adm_sync.errors import SettingsError
from adm_sync.history.subjects import HistorySubject
from adm_sync.imports.known.comparison import ValueChange

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that happened.

    Attributes:
        place: where it stands among the others.
        at: when.
        source: which part of the record says so.
        what: it, in words.
        who: did it; '' where that was not noted.
        changes: the values that were changed.
        note: a reason, or what Administrate said.
        external_id: of the Administrate record that it is about.
        run_id: of the Dagster run that it happened in.
        workbook: the import that it came from.
    """

    place: Place
    at: datetime
    source: HistorySource
    what: str
    who: str
    changes: tuple[ValueChange, ...]
    note: str
    external_id: str | None
    run_id: str | None
    workbook: str | None

    def as_json(self) -> dict[str, Any]:
        """In the form of `--json`."""
        return {
            "at": self.at.isoformat(),
            "source": str(self.source),
            "what": self.what,
            "who": self.who,
            "changes": [
                {"field": one.field, "before": one.before, "after": one.after}
                | {"overwritten_here": one.here, "overwritten_there": one.there}
                for one in self.changes
            ],
            "note": self.note,
            "external_id": self.external_id,
            "run_id": self.run_id,
            "workbook": self.workbook,
        }

    @property
    def overwrites(self) -> bool:
        """Whether somebody's change is known to have been overwritten."""
        return any(one.overwritten for one in self.changes)

    def is_of_another(self, subject: HistorySubject) -> bool:
        """Whether it is about an Administrate record that is not the subject's own now."""
        is_known = self.external_id is None or self.external_id in subject.external_ids
        return self.source is HistorySource.SYNC and not is_known


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One changed value, or an entry without any, as a row of a table."""

    at: datetime
    source: str
    what: str
    field: str
    before: str
    after: str
    overwritten_here: str
    overwritten_there: str
    who: str
    note: str
    external_id: str
    run_id: str
    workbook: str


def rows_of(entry: HistoryEntry) -> Iterator[HistoryRow]:
    """The rows that an entry is in a table."""
    for one in entry.changes or (ValueChange("", "", ""),):
        yield HistoryRow(
            entry.at,
            str(entry.source),
            entry.what,
            one.field,
            one.before,
            one.after,
            one.here,
            one.there,
            entry.who,
            entry.note,
            entry.external_id or "",
            entry.run_id or "",
            entry.workbook or "",
        )


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some entries of a history, latest first; `following` leads to older ones, if there are."""

    subject: HistorySubject
    entries: tuple[HistoryEntry, ...]
    following: str | None

    def as_json(self) -> dict[str, Any]:
        """In the form of `--json`."""
        return {
            "subject": self.subject.as_json(),
            "entries": [one.as_json() for one in self.entries],
            "following": self.following,
        }


def as_text(place: Place) -> str:
    """A place between two entries, as text that an address can hold."""
    at, source, number = place
    return f"{(at - _FIRST) // timedelta(microseconds=1)}.{number}.{source.replace(' ', '-')}"


def place_of(text: str) -> Place:
    """The place that `as_text` gave.

    Raises:
        SettingsError: it is none.
    """
    with suppress(ValueError, OverflowError):
        moment, number, source = text.split(".")
        at = _FIRST + timedelta(microseconds=int(moment))
        return at, str(HistorySource(source.replace("-", " "))), int(number)
    raise SettingsError(f"«{text[:80]}» is no place in a history: take it from a page before.")
