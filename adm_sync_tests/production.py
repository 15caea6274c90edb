"""A workbook of the shape of a real one: 348 events with 957 further sessions.

What belongs here: how many rows have which cells filled, and in what way others are blank, as was
measured on a production workbook. What does not: its content, which is fictional.
"""

from collections.abc import Mapping
from datetime import time

from adm_sync.workbook.columns import Column
from adm_sync_tests.workbooks import Cells, changed, large, lms_only, workbook_bytes

BLENDED, LMS_ONLY, SESSIONS = 331, 17, 957
# Of the blended events, these have four sessions in all, and the others three.
_OF_FOUR = SESSIONS - 2 * BLENDED
_OPEN_OF_FOUR, _OPEN_OF_THREE = 179, 2
_EVENT_URLS, _FIRST_URLS, _LATER_URLS = 133, 11, 76
_BLANK_ROWS = 284
_VENUE = "Irwell House"
_NEVER_FILLED = (
    *(Column.ACCESS_DURATION, Column.RECORDINGS, Column.RECORDING_PIN, Column.TUTORS),
    *(Column.SAGE_CODE, Column.EXTRA_INFORMATION, Column.REGISTRATION_DEADLINE),
    Column.ADMINISTRATOR,
)


def production_rows() -> list[Cells]:
    """The rows of data, in order."""
    rows: list[Cells] = []
    number, later = -1, 0
    for row in large(BLENDED):
        day = row[Column.DAY]
        number += day == 1
        if day == 4 and number >= _OF_FOUR:
            continue
        later += day != 1
        rows.append(_event(row, number) if day == 1 else _session(row, number, later))
    rows += [_lms_only(number) for number in range(LMS_ONLY)]
    return [_with_blanks(row, number) for number, row in enumerate(rows)]


def production_workbook(rows: list[Cells] | None = None) -> bytes:
    """The workbook, or one of other rows in its form."""
    data = production_rows() if rows is None else rows
    return workbook_bytes(data, blank_rows=_BLANK_ROWS)


def _venue(number: int) -> str:
    is_open = number < _OPEN_OF_FOUR or _OF_FOUR <= number < _OF_FOUR + _OPEN_OF_THREE
    return ("To be confirmed", "TBC", "TBD")[number % 3] if is_open else _VENUE


def _event(row: Mapping[Column, object], number: int) -> Cells:
    return changed(
        row,
        venue=_venue(number),
        event_url=row[Column.EVENT_URL] if number < _EVENT_URLS else None,
        session_url=row[Column.SESSION_URL] if number < _FIRST_URLS else None,
        cancelled="N",
        moodle_code=None,
    )


def _session(row: Mapping[Column, object], number: int, later: int) -> Cells:
    url = f"https://meet.larkfield.example/{later}" if later <= _LATER_URLS else None
    # Copied down by hand, and without a meaning here.
    return changed(
        row, venue=_venue(number), session_url=url, lms_start_time=time(0), lms_end_time=time(0)
    )


def _lms_only(number: int) -> Cells:
    title = f"CB1 online 27A-{number + 1:02}"
    return changed(lms_only(title=title), event_url=None, web_sale=None)


def _with_blanks(row: Mapping[Column, object], number: int) -> Cells:
    """Blank cells are empty on one row and '' on the next."""
    blank = "" if number % 2 else None
    filled = {column: value for column, value in row.items() if value not in (None, "")}
    return {**dict.fromkeys(Column, blank), **filled, **dict.fromkeys(_NEVER_FILLED, blank)}
