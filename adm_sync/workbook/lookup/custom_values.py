"""The custom fields of events and sessions: which keys they have, and what is sent under them.

What belongs here: label -> key, and values as text, which is all that Administrate stores. What
does not: sending them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adm_sync.names.keys import normalise
from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import EventRow, SessionRow
from adm_sync.workbook.lookup.registers import Problem
from adm_sync.workbook.references import Definition

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Label:
    """A custom field by its label, and the column that its values come from."""

    entity_type: str
    label: str
    column: Column


SITTING = Label("Event", "Sitting", Column.SITTING)
FINALISATION_DATE = Label("Event", "Finalisation date", Column.FINALISATION_DATE)
EVENT_URL = Label("Event", "URL", Column.EVENT_URL)
WEB_SALE = Label("Event", "Web sale", Column.WEB_SALE)
MOODLE_CODE = Label("Event", "OCR Moodle Code", Column.MOODLE_CODE)
DAY = Label("Session", "Day", Column.DAY)
SESSION_URL = Label("Session", "URL", Column.SESSION_URL)


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
        self._lacking: dict[Label, Problem] = {}
        self._any_known = bool(definitions)

    def of_event(self, event: EventRow) -> Fields:
        """(key, value) of an event's fields; blank values are left out."""
        finalised = event.finalisation_date.isoformat() if event.finalisation_date else ""
        return self._fields(
            (SITTING, event.sitting.name),
            (FINALISATION_DATE, finalised),
            (EVENT_URL, event.url),
            (WEB_SALE, "true" if event.web_sale else "false"),
            (MOODLE_CODE, event.moodle_code),
        )

    def of_session(self, session: SessionRow) -> Fields:
        """(key, value) of a session's fields; blank values are left out."""
        return self._fields((DAY, str(session.day)), (SESSION_URL, session.url))

    def problems(self) -> Iterator[tuple[Column, Problem]]:
        """What could not be sent so far: one for each field, with the column of its values."""
        if self._lacking and not self._any_known:
            yield SITTING.column, _NONE_KNOWN
            return
        for label, problem in self._lacking.items():
            yield label.column, problem

    def _fields(self, *values: tuple[Label, str]) -> Fields:
        return tuple((key, value) for label, value in values if value and (key := self._key(label)))

    def _key(self, label: Label) -> str | None:
        keys = self._keys.get((label.entity_type, normalise(label.label)), [])
        if len(keys) == 1:
            return keys[0]
        if label not in self._lacking:
            self._lacking[label] = _several(label, keys) if keys else _missing(label)
        return None


_NONE_KNOWN = Problem(
    "custom_fields_unknown",
    "No custom field of Administrate is known here, so no event can be created as it should be; "
    "nothing was recorded or sent.",
    "Run: adm-sync sync custom_fields. Then import the workbook again.",
)


def _missing(label: Label) -> Problem:
    return Problem(
        "custom_field_missing",
        f"Administrate has no custom field '{label.label}' for {label.entity_type.lower()}s, as of "
        "the last sync, and the workbook has values for it; nothing was recorded or sent.",
        f"Create the {label.entity_type.lower()} field '{label.label}' in Administrate, or correct "
        "its name there; then run: adm-sync sync custom_fields, and import the workbook again.",
    )


def _several(label: Label, keys: Sequence[str]) -> Problem:
    return Problem(
        "custom_field_ambiguous",
        f"Administrate has {len(keys)} custom fields '{label.label}' for "
        f"{label.entity_type.lower()}s ({', '.join(keys)}), and the workbook has values for it; "
        "nothing was recorded or sent.",
        "Rename all but one in Administrate; then run: adm-sync sync custom_fields, and import the "
        "workbook again.",
    )
