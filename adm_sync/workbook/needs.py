"""What must be there: for each column whether its header must, and on which rows its cell must.

What belongs here: the one table that the checker, the template, docs/workbook.md and the tests
read. What does not: what a filled cell must look like (`rules`).

    python -m adm_sync.workbook.needs > docs/workbook.md
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from adm_sync.workbook.columns import Column


class RowKind(StrEnum):
    """What a row of data is; the row of a blended or classroom event is its first session too."""

    BLENDED = "blended event"
    CLASSROOM = "classroom event"
    LMS = "LMS-only event"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Need:
    """What must be there of a column.

    Attributes:
        cells: the rows whose cell must be filled.
        blank: what a blank cell means elsewhere.
        header: whether the header must be there.
    """

    cells: frozenset[RowKind]
    blank: str
    header: bool = True


_NOWHERE = frozenset[RowKind]()
_EVENTS = frozenset({RowKind.BLENDED, RowKind.CLASSROOM, RowKind.LMS})
_SESSIONS = frozenset({RowKind.BLENDED, RowKind.CLASSROOM, RowKind.SESSION})
_WITH_LMS = frozenset({RowKind.BLENDED, RowKind.LMS})

_NOTHING = "nothing"
_THE_EVENTS = "on a session: the event's"
_OF_DAY_ONE = Need(_SESSIONS, "not used on an LMS-only event")
_LMS_DATE = Need(_WITH_LMS, "no LMS window; not used on a session")
_LMS_TIME = Need(_NOWHERE, "the start of the day; not used on a session")
_OPTIONAL = Need(_NOWHERE, _NOTHING, header=False)

NEEDS: Mapping[Column, Need] = MappingProxyType(
    {
        Column.CODE: Need(_EVENTS, "the row is a session of the event above"),
        Column.TITLE: Need(_EVENTS, "the event's"),
        Column.SESSION_TITLE: _OF_DAY_ONE,
        Column.MODE: Need(_EVENTS, "the event's"),
        Column.LOCATION: Need(_EVENTS, _THE_EVENTS),
        Column.VENUE: Need(_NOWHERE, f"no venue yet; {_THE_EVENTS}"),
        Column.ZONE: Need(_EVENTS, _THE_EVENTS),
        Column.START_DATE: _OF_DAY_ONE,
        Column.START_TIME: _OF_DAY_ONE,
        Column.END_DATE: _OF_DAY_ONE,
        Column.END_TIME: _OF_DAY_ONE,
        Column.LMS_START_DATE: _LMS_DATE,
        Column.LMS_START_TIME: _LMS_TIME,
        Column.LMS_END_DATE: _LMS_DATE,
        Column.LMS_END_TIME: _LMS_TIME,
        Column.MAX_PLACES: Need(_NOWHERE, "the course template's"),
        Column.ACCESS_DURATION: _OPTIONAL,
        Column.INSTRUCTOR: Need(_NOWHERE, "nobody yet"),
        Column.SESSION_INSTRUCTOR: Need(_NOWHERE, "nobody yet"),
        Column.ADMINISTRATOR: Need(_NOWHERE, "nobody"),
        Column.DAY: _OF_DAY_ONE,
        Column.EVENT_URL: Need(_NOWHERE, _NOTHING),
        Column.SESSION_URL: Need(_NOWHERE, _NOTHING),
        Column.FINALISATION_DATE: Need(_NOWHERE, _NOTHING),
        Column.WEB_SALE: Need(_NOWHERE, "N"),
        Column.SITTING: Need(_EVENTS, "the event's"),
        Column.MOODLE_CODE: Need(_NOWHERE, _NOTHING),
        Column.RECORDINGS: Need(_NOWHERE, "N", header=False),
        Column.RECORDING_PIN: _OPTIONAL,
        Column.TUTORS: _OPTIONAL,
        Column.SAGE_CODE: _OPTIONAL,
        Column.CANCELLED: Need(_NOWHERE, "N", header=False),
        Column.EXTRA_INFORMATION: _OPTIONAL,
        Column.REGISTRATION_DEADLINE: _OPTIONAL,
    }
)

REQUIRED_HEADERS = tuple(column for column, need in NEEDS.items() if need.header)
REQUIRED_CELLS: Mapping[RowKind, tuple[Column, ...]] = MappingProxyType(
    {
        kind: tuple(column for column, need in NEEDS.items() if kind in need.cells)
        for kind in RowKind
    }
)

_INTRODUCTION = """\
# The workbook

One sheet, with a row for each event and a row for each further session under it. This page is made
from the code, by `python -m adm_sync.workbook.needs`; `adm-sync template` writes an empty workbook.

A header that must be there says nothing about its cells. A row with a course template code is an
event; the row of a blended or classroom event is its first session (Day 1) as well. A row without
a code is a session of the event above it.
"""


def markdown() -> str:
    """The page docs/workbook.md."""
    lines = [
        "| column | header | the cell must be filled on | blank elsewhere means |",
        "|---|---|---|---|",
        *(_line(column, need) for column, need in NEEDS.items()),
    ]
    return "\n".join((_INTRODUCTION, *lines, ""))


def _line(column: Column, need: Need) -> str:
    header = "must be there" if need.header else "optional"
    rows = ", ".join(kind for kind in RowKind if kind in need.cells) or "no row"
    return f"| {column} | {header} | {rows} | {need.blank} |"


if __name__ == "__main__":
    sys.stdout.write(markdown())
