"""The custom fields of events and sessions: which keys they have, and what is sent under them.

What belongs here: label -> key, and values as text, which is all that Administrate stores. What
does not: sending them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from adm_sync.names.keys import normalise
from adm_sync.workbook.columns import EVENT_FIELDS, EVENT_KEPT, SESSION_FIELDS, SESSION_KEPT, Column
from adm_sync.workbook.entries import Kept
from adm_sync.workbook.events import EventRow, SessionRow, Sitting
from adm_sync.workbook.findings import Finding, error
from adm_sync.workbook.references import Definition

Fields = tuple[tuple[str, str], ...]
# A value that is sent in a custom field, its column, and the keys of the fields so called.
_Place = tuple[Kept, Column, Sequence[str]]

_LACKING = ", and the workbook has values for it; nothing was recorded or sent."
CUSTOM_FIELD_MISSING = error(
    "custom_field_missing",
    "Administrate has no custom field '{label}' for {kind}s, as of the last sync" + _LACKING,
    "OCR Moodle Code",
    "Create the custom field in Administrate, then run: adm-sync sync custom_fields.",
    note="A warning if the column is blank in all rows.",
    ask="create the custom field in Administrate",
)
CUSTOM_FIELD_AMBIGUOUS = error(
    "custom_field_ambiguous",
    "Administrate has {count} custom fields '{label}' for {kind}s ({keys})" + _LACKING,
    "two custom fields called Sitting",
    "Rename all but one in Administrate; then run: adm-sync sync custom_fields, and import the "
    "workbook again.",
    note="A warning if the column is blank in all rows.",
    suggests=True,
    ask="rename all custom fields of that name but one in Administrate",
)
CUSTOM_FIELDS_UNKNOWN = error(
    "custom_fields_unknown",
    "No custom field of Administrate is known here, so no event can be created as it should be; "
    "nothing was recorded or sent.",
    "the first import before the first sync",
    "Run: adm-sync sync custom_fields. Then import the workbook again.",
    suggests=True,
    ask="sync the custom fields",
)


class CustomFields:
    """Values for the fields that Administrate defines; notes those that it lacks.

    Nothing is sent of a workbook with a value that has no place in Administrate.
    """

    def __init__(self, definitions: Sequence[Definition]) -> None:
        self._keys: dict[tuple[str, str], list[str]] = {}
        for one in definitions:
            keys = self._keys.setdefault((one.entity_type, normalise(one.label)), [])
            if one.key not in keys:
                keys.append(one.key)
        self._of_event = list(self._places("Event", EVENT_KEPT, EVENT_FIELDS))
        self._of_session = list(self._places("Session", SESSION_KEPT, SESSION_FIELDS))
        self._lacking: dict[Column, Finding] = {}
        self._any_known = bool(definitions)

    def of_event(self, event: EventRow) -> Fields:
        """(key, value) of an event's fields; blank values are left out."""
        return tuple(self._fields("event", self._of_event, event.value))

    def of_session(self, session: SessionRow) -> Fields:
        """(key, value) of a session's fields; blank values are left out."""
        return tuple(self._fields("session", self._of_session, session.value))

    def findings(self) -> Iterator[tuple[Column, Finding]]:
        """What could not be sent so far: one for each field, with the column of its values."""
        if self._lacking and not self._any_known:
            yield Column.SITTING, CUSTOM_FIELDS_UNKNOWN()
            return
        yield from self._lacking.items()

    def _places(
        self, entity_type: str, kept: Mapping[str, Kept], columns: Mapping[str, Column]
    ) -> Iterator[_Place]:
        for one in kept.values():
            if one.custom_field:
                keys = self._keys.get((entity_type, normalise(one.custom_field)), [])
                yield one, columns[one.name], keys

    def _fields(
        self, kind: str, places: Sequence[_Place], value: Callable[[str], Any]
    ) -> Iterator[tuple[str, str]]:
        for one, column, keys in places:
            text = _as_text(value(one.name))
            if not text:
                continue
            if len(keys) == 1:
                yield keys[0], text
            elif column not in self._lacking:
                self._lacking[column] = _lacking(kind, one.custom_field, keys)


def _as_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case date():
            return value.isoformat()
        case Sitting():
            return value.name
        case _:
            return str(value)


def _lacking(kind: str, label: str, keys: Sequence[str]) -> Finding:
    if keys:
        known = {"count": len(keys), "keys": ", ".join(keys)}
        return CUSTOM_FIELD_AMBIGUOUS(label=label, kind=kind, **known)
    remedy = (
        f"Create the {kind} field '{label}' in Administrate, or correct its name there; then run: "
        "adm-sync sync custom_fields, and import the workbook again."
    )
    return CUSTOM_FIELD_MISSING(remedy, label=label, kind=kind)
