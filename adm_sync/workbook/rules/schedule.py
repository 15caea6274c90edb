"""Whether the times of an event fit each other, its LMS window, its sitting and the calendar.

What belongs here: rules that compare times. What does not: reading them (`session_rows`).

Only times with nothing wrong so far are compared, so that a mistyped year is one finding and not
four.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from holidays import country_holidays

from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import Sitting
from adm_sync.workbook.findings import error, row_list, warning
from adm_sync.workbook.rules.cells import Cells
from adm_sync.workbook.rules.event_rows import Reading
from adm_sync.workbook.rules.session_rows import Slot

FAR_FROM_SITTING = timedelta(days=366)
YEARS_AHEAD = 2

OUTSIDE_LMS_WINDOW = error(
    "outside_lms_window",
    "puts the session ({at:%d/%m/%Y %H:%M}) outside {window}.",
    "a session on 20/01/2027 of an event whose LMS ends on 29/05/2026",
    "Correct the year, or the LMS dates.",
    note="The window begins and ends to the minute: an LMS end at 00:00 is the start of that day. "
    "If it leaves out every session of an event, it is said once, at the LMS date that does so.",
)
DATE_AMBIGUOUS = warning(
    "date_ambiguous",
    "is read day first, as {day:%d/%m/%Y}; {other:%d/%m/%Y} would fit the LMS window as well.",
    "03/04/2026",
    "Type it as an Excel date, or with the month's name.",
)
BACK_IN_TIME = error(
    "back_in_time",
    "({starts:%d/%m/%Y}) is {side} that of Day {day} in row {row} ({then:%d/%m/%Y}); sessions must "
    "not go back in time.",
    "Day 2 on 20/01/2026, Day 3 on 27/01/2025",
    "Correct the date.",
    note="The fewest sessions that explain the order are named.",
)
FINALISED_AFTER_START = error(
    "finalised_after_start",
    "({finalisation:%d/%m/%Y}) is after the first session ({first:%d/%m/%Y}, row {row}).",
    "20/01/2026 for an event that starts on 13/01/2026",
    "Correct it.",
)
AFTER_SITTING = warning(
    "after_sitting",
    "is after the exams of sitting {sitting} ({exams}): {rows}.",
    "a session in May 2026 for 2026A",
    "Check dates and sitting.",
)
LMS_END_FAR_FROM_SITTING = warning(
    "lms_end_far_from_sitting",
    "is more than a year from the sitting {sitting}.",
    "an LMS end in 2028 for 2026A",
    "Check LMS end and sitting.",
)
IN_THE_PAST = warning(
    "in_the_past",
    "is in the past{rows}.",
    "a session of last year",
    "Check the year.",
    note="Of an event without sessions the LMS end counts.",
)
FAR_AHEAD = warning(
    "far_ahead",
    f"is more than {YEARS_AHEAD} years ahead{{rows}}.",
    "a session in 2036",
    "Check the year.",
    note="Of an event without sessions the LMS start counts.",
)
DAY_OFF = warning(
    "day_off",
    "({day:%d/%m/%Y}) is {what}.",
    "03/04/2026 (Good Friday)",
    "Nothing, if that is meant.",
    note="That is a Saturday, a Sunday or a bank holiday in England.",
)


def check_schedule(reading: Reading, strays: set[int], today: date) -> None:
    """Apply every rule about times to an event and its sessions."""
    for slot in reading.slots:
        slot.is_sound = slot.is_sound and slot.cells.number not in strays
    _check_window(reading)
    _check_order(reading.slots)
    _check_finalisation(reading)
    _check_sitting(reading)
    _check_calendar(reading, today)


def _sound(slots: Sequence[Slot]) -> list[tuple[Slot, datetime, datetime]]:
    return [
        (slot, slot.starts, slot.ends)
        for slot in slots
        if slot.is_sound and slot.starts and slot.ends
    ]


# ------------------------------------------------------------------ the LMS window


def _check_window(reading: Reading) -> None:
    if reading.window is None:
        return
    opens, closes = reading.window
    sound = _sound(reading.slots)
    outside = [found for found in sound if found[1] < opens or found[2] > closes]
    if len(outside) > 1 and len(outside) == len(sound):
        _say_window_is_wrong(reading, outside, opens, closes)
        outside = []
    for slot, starts, ends in outside:
        _say_outside(slot, starts, ends, opens, closes)
    for slot in reading.slots:
        if slot.is_sound:
            _warn_of_other_reading(slot, opens, closes)


def _say_outside(
    slot: Slot, starts: datetime, ends: datetime, opens: datetime, closes: datetime
) -> None:
    slot.is_sound = False
    is_start = starts < opens or starts >= closes
    column, at = (Column.START_DATE, starts) if is_start else (Column.END_DATE, ends)
    meant = _other_year(at, opens, closes)
    slot.cells.tell(column, OUTSIDE_LMS_WINDOW(meant, at=at, window=_window(opens, closes)))


def _window(opens: datetime, closes: datetime) -> str:
    return f"the event's LMS window, {opens:%d/%m/%Y %H:%M} to {closes:%d/%m/%Y %H:%M}"


def _other_year(at: datetime, opens: datetime, closes: datetime) -> str | None:
    """The same day of the one year that would be in the window."""
    candidates: list[date] = []
    for year in {opens.year, closes.year} - {at.year}:
        try:
            moved = at.replace(year=year)
        except ValueError:  # 29 February
            continue
        if opens <= moved <= closes:
            candidates.append(moved.date())
    return f"{candidates[0]:%d/%m/%Y}" if len(candidates) == 1 else None


def _say_window_is_wrong(
    reading: Reading,
    outside: Sequence[tuple[Slot, datetime, datetime]],
    opens: datetime,
    closes: datetime,
) -> None:
    """All sessions are outside: that is one mistake, at the LMS date that excludes them."""
    for slot, _, _ in outside:
        slot.is_sound = False
    is_early = all(starts < opens for _, starts, _ in outside)
    column = Column.LMS_START_DATE if is_early else Column.LMS_END_DATE
    message = (
        f"leaves every session outside {_window(opens, closes)} "
        f"({_rows(slot for slot, _, _ in outside)})."
    )
    reading.cells.tell(column, OUTSIDE_LMS_WINDOW.saying(message))


def _warn_of_other_reading(slot: Slot, opens: datetime, closes: datetime) -> None:
    for column, day, other in slot.month_first:
        if opens.date() <= other <= closes.date():
            slot.cells.tell(column, DATE_AMBIGUOUS(f"{day:%d %b %Y}", day=day, other=other))


# ------------------------------------------------------------------ order


def _check_order(slots: Sequence[Slot]) -> None:
    """Find sessions that go back in time as Day rises; the fewest that explain it are named.

    Where the Days do not run as the rows do, either order of the dates will do: the Days are
    reported already.
    """
    days = [slot.day for slot in slots]
    if None in days or len(set(days)) < len(days):
        return
    by_row = _sound(slots)
    by_day = sorted(by_row, key=lambda found: found[0].day or 0)
    kept, sound = max(
        ((_longest_rise([starts for _, starts, _ in one]), one) for one in (by_day, by_row)),
        key=lambda choice: len(choice[0]),
    )
    for position in sorted(set(range(len(sound))) - set(kept)):
        slot, starts, _ = sound[position]
        slot.is_sound = False
        near = kept[max(0, bisect_left(kept, position) - 1)]
        other, then, _ = sound[near]
        side = "before" if near < position else "after"
        known = {"day": other.day, "row": other.cells.number, "then": then}
        finding = BACK_IN_TIME(starts=starts, side=side, **known)
        slot.cells.tell(Column.START_DATE, finding)


def _longest_rise(starts: Sequence[datetime]) -> list[int]:
    """Positions of the longest run of values that never fall.

    A single date of another year can leave two such runs, with it and without; of the lowest and
    the highest, the one that takes less time is likelier to be without.
    """
    if all(one <= other for one, other in pairwise(starts)):
        return list(range(len(starts)))
    since = [start - starts[0] for start in starts]
    lowest = _lowest_rise(since)
    mirrored = _lowest_rise([-one for one in reversed(since)])
    highest = [len(since) - 1 - position for position in reversed(mirrored)]
    return min(lowest, highest, key=lambda run: since[run[-1]] - since[run[0]])


def _lowest_rise(values: Sequence[timedelta]) -> list[int]:
    """Positions of the longest run that never falls; of several, the one of the lowest values."""
    tails: list[timedelta] = []
    ends: list[int] = []
    before: list[int | None] = []
    for position, value in enumerate(values):
        at = bisect_right(tails, value)
        before.append(ends[at - 1] if at else None)
        if at == len(tails):
            tails.append(value)
            ends.append(position)
        else:
            tails[at], ends[at] = value, position
    run: list[int] = []
    last = ends[-1] if ends else None
    while last is not None:
        run.append(last)
        last = before[last]
    return run[::-1]


# ------------------------------------------------------------------ finalisation and sitting


def _check_finalisation(reading: Reading) -> None:
    finalisation = reading.finalisation_date
    sound = _sound(reading.slots)
    if finalisation is None or not sound:
        return
    slot, first = min(((slot, starts) for slot, starts, _ in sound), key=lambda found: found[1])
    if finalisation > first.date():
        known = {"finalisation": finalisation, "first": first, "row": slot.cells.number}
        reading.cells.tell(Column.FINALISATION_DATE, FINALISED_AFTER_START(**known))


def _check_sitting(reading: Reading) -> None:
    if reading.sitting is None:
        return
    closes = _end_of(reading.sitting)
    late = [slot for slot, starts, _ in _sound(reading.slots) if starts.date() >= closes]
    if late:
        exams = reading.sitting.exam_session
        finding = AFTER_SITTING(sitting=reading.sitting.name, exams=exams, rows=_rows(late))
        late[0].cells.tell(Column.START_DATE, finding)
    ends = reading.lms_ends
    if reading.window and ends and abs(ends.date() - closes) > FAR_FROM_SITTING:
        finding = LMS_END_FAR_FROM_SITTING(sitting=reading.sitting.name)
        reading.cells.tell(Column.LMS_END_DATE, finding)


def _end_of(sitting: Sitting) -> date:
    """The first day after the month of its exams."""
    year, month = map(int, sitting.exam_session.split("-"))
    return date(year, month + 1, 1)


# ------------------------------------------------------------------ the calendar


def _check_calendar(reading: Reading, today: date) -> None:
    sound = _sound(reading.slots)
    _warn_of_past(reading, [slot for slot, starts, _ in sound if starts.date() < today], today)
    limit = today + timedelta(days=round(365.25 * YEARS_AHEAD))
    far = [slot for slot, starts, _ in sound if starts.date() > limit]
    if far:
        far[0].cells.tell(Column.START_DATE, FAR_AHEAD(rows=f": {_rows(far)}"))
    elif not reading.slots and reading.window and reading.window[0].date() > limit:
        reading.cells.tell(Column.LMS_START_DATE, FAR_AHEAD(rows=""))
    for slot, starts, _ in sound:
        _warn_of_day_off(slot.cells, starts.date())


def _warn_of_past(reading: Reading, past: Sequence[Slot], today: date) -> None:
    if past:
        past[0].cells.tell(Column.START_DATE, IN_THE_PAST(rows=f": {_rows(past)}"))
    elif not reading.slots and reading.window and reading.window[1].date() < today:
        reading.cells.tell(Column.LMS_END_DATE, IN_THE_PAST(rows=""))


def _warn_of_day_off(cells: Cells, day: date) -> None:
    if day.weekday() > 4:
        cells.tell(Column.START_DATE, DAY_OFF(day=day, what=f"a {day:%A}"))
    elif name := _bank_holidays(day.year).get(day):
        what = f"a bank holiday in England: {name}"
        cells.tell(Column.START_DATE, DAY_OFF(day=day, what=what))


@lru_cache(maxsize=128)
def _bank_holidays(year: int) -> dict[date, str]:
    return dict(country_holidays("GB", subdiv="ENG", years=year))


def _rows(slots: Iterable[Slot]) -> str:
    return row_list([slot.cells.number for slot in slots])
