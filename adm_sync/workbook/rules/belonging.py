"""Whether the rows under an event are its sessions.

What belongs here: the three facts that hold for every session: its title
goes on from the event's, its Day is the next, its location and venue are the event's. What does
not: which rows stand together (`groups`), and times (`schedule`).
"""

from collections.abc import Callable, Sequence
from itertools import takewhile

from adm_sync.names.keys import normalise
from adm_sync.workbook.columns import Column
from adm_sync.workbook.findings import Code, error, shown, warning
from adm_sync.workbook.rules.cells import Cells
from adm_sync.workbook.rules.groups import Draft, Parent, Titles, continues, without_mark
from adm_sync.workbook.rules.readers import is_to_be_confirmed, read_zone
from adm_sync.workbook.rules.session_rows import Slot

# What only an event row has. The LMS times of a session row are noise.
_OF_EVENT = (
    Column.LMS_START_DATE,
    Column.LMS_END_DATE,
    Column.MAX_PLACES,
    Column.INSTRUCTOR,
    Column.EVENT_URL,
    Column.FINALISATION_DATE,
    Column.SITTING,
)
_MOST_SHOWN = 20

# Whether there is such a location (for None), or such a venue in it; both folded.
IsKnown = Callable[[str, str | None], bool]

BELONGS_ELSEWHERE = error(
    "belongs_elsewhere",
    "does not belong to the event above, but to '{title}' in row {row}.",
    "CM1-LO-2-26A-3 under the event CB1-LO-6-26A",
    "Move the row under its event, or correct the title.",
    note="Its title does not go on from that of the event above. The event that it seems to belong "
    "to is named, if there is one; nothing is attached by resemblance. Where two event titles "
    "would do, the longer one counts.",
)
SESSION_TITLE_MISMATCH = error(
    "session_title_mismatch",
    "must be the event's title ('{title}'), a hyphen and more.",
    "Event title CB1-LO-6-26A with Session title CB1-LO-5-26A-1",
    "Correct the title.",
    note="If no title under the event fits, the event's own is the one to correct.",
)
DAY_SEQUENCE = error(
    "day_sequence",
    "must run {expected} in this event; it runs {found}.",
    "1, 2, 4",
    "Put the missing row back, or number the Days anew.",
    note="A blank or unreadable Day is reported by itself.",
)
_NOT_THE_EVENTS = "must be the event's ('{theirs}')."
LOCATION_DIFFERS = error(
    "location_differs",
    _NOT_THE_EVENTS,
    "Leeds, under an event in London",
    "Correct it, or move the row under its event.",
)
VENUE_DIFFERS = error(
    "venue_differs",
    _NOT_THE_EVENTS,
    "Quay House, under an event at Holborn House",
    "Correct it, or move the row under its event.",
    note="TBC counts as a venue here.",
)
ZONE_DIFFERS = warning(
    "zone_differs",
    "differs from the event's ('{theirs}'), which is used.",
    "Europe - Paris, under an event with Europe - London",
    "Correct it, and check the times.",
)
TAKEN_FROM_EVENT = warning(
    "taken_from_event",
    "is blank; the event's is taken ('{theirs}').",
    "a blank Location on the row of Day 2",
    "Nothing, if that is meant.",
)
EVENT_VALUE_ON_SESSION = warning(
    "event_value_on_session",
    "counts only on the event row; what this row says is ignored ({columns}).",
    "Max places 30 on the row of Day 2, and 24 on the event's",
    "Correct the event row, or empty the cells.",
)


def check_skipped(draft: Draft, titles: Titles, *, is_by_title: bool) -> None:
    """Find sessions of other events under an event that is skipped: they would go with it.

    Where it is skipped for its title (`is_by_title`), the titles of its own sessions may not go on
    from that; then only those that go on from another's are found.
    """
    own = _own_titles(draft.head)
    for cells in draft.sessions:
        fits, parent = _fits(own, cells, titles)
        if not fits and (parent or not is_by_title):
            _say_where(cells, parent)


def check_titles(draft: Draft, titles: Titles, *, has_sessions: bool) -> set[int]:
    """Find rows whose title does not go on from the event's.

    Args:
        draft: an event and the rows under it.
        titles: those of all events of the sheet.
        has_sessions: whether the event row is a session as well.

    Returns:
        The numbers of session rows that seem to belong to another event.
    """
    head = draft.head
    if not head.is_usable(Column.TITLE):
        return set()
    own = _own_titles(head)
    strays: dict[int, tuple[Cells, Parent | None]] = {}
    for cells in draft.sessions:
        fits, parent = _fits(own, cells, titles)
        if not fits:
            strays[cells.number] = cells, parent
    is_head_astray = has_sessions and not _session_title_fits(own, head, titles)[0]
    are_alone = all(parent is None for _, parent in strays.values())
    if is_head_astray and strays and are_alone and len(strays) == len(draft.sessions):
        _say_title_is_wrong(draft)
        return set()
    if is_head_astray:
        finding = SESSION_TITLE_MISMATCH(title=shown(head.text(Column.TITLE)))
        head.tell(Column.SESSION_TITLE, finding)
    for cells, parent in strays.values():
        _say_where(cells, parent)
    return set(strays)


def _own_titles(head: Cells) -> set[str]:
    """What the titles of an event's sessions may begin with."""
    title = head.text(Column.TITLE)
    return {normalise(title), normalise(without_mark(title))}


def _fits(own: set[str], cells: Cells, titles: Titles) -> tuple[bool, Parent | None]:
    """Whether a session row's titles are the event's; if not, the event that they speak of."""
    if cells.is_usable(Column.TITLE):
        title = cells.key(Column.TITLE)
        if title not in own and not any(continues(title, one) for one in own):
            return False, titles.named(title, cells.number)
    return _session_title_fits(own, cells, titles)


def _session_title_fits(own: set[str], cells: Cells, titles: Titles) -> tuple[bool, Parent | None]:
    if not cells.is_usable(Column.SESSION_TITLE):
        return True, None
    session = cells.key(Column.SESSION_TITLE)
    longest = max((len(title) for title in own if continues(session, title)), default=0)
    parent = titles.parent_of(session, cells.number)
    if parent is None or normalise(parent.title) in own:
        return longest > 0, None
    return longest >= len(normalise(parent.title)), parent


def _say_where(cells: Cells, parent: Parent | None) -> None:
    if parent is None:
        message = "does not go on from the title of the event above, nor from any other's."
        finding = BELONGS_ELSEWHERE.saying(message)
    else:
        suggestion = f"Move the row under row {parent.row}, or correct the title."
        finding = BELONGS_ELSEWHERE(suggestion, title=parent.title, row=parent.row)
    cells.tell(Column.SESSION_TITLE, finding)


def _say_title_is_wrong(draft: Draft) -> None:
    titles = [cells.text(Column.SESSION_TITLE) for cells in draft.all]
    # What the first and the last of them in alphabetical order share, all between share too.
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(min(titles), max(titles), strict=False))
    shared = "".join(letter for letter, _ in alike).rpartition("-")[0].strip()
    message = "is not how the titles of its sessions begin."
    draft.head.tell(Column.TITLE, SESSION_TITLE_MISMATCH.saying(message, shared))


def check_days(slots: Sequence[Slot], strays: set[int]) -> None:
    """Find a Day that is not 1 on the event row, and one more on each row below it.

    Rows that are astray may be counted or not: whatever leaves no further mistake.
    """
    if _is_run(slots) or (
        strays and _is_run([slot for slot in slots if slot.cells.number not in strays])
    ):
        return
    first = next(slot for day, slot in enumerate(slots, start=1) if slot.day not in (None, day))
    expected = _listed(range(1, len(slots) + 1))
    found = _listed(["?" if slot.day is None else slot.day for slot in slots])
    first.cells.tell(Column.DAY, DAY_SEQUENCE(expected=expected, found=found))


def _is_run(slots: Sequence[Slot]) -> bool:
    return all(slot.day in (None, day) for day, slot in enumerate(slots, start=1))


def _listed(days: Sequence[int | str]) -> str:
    shown = days if len(days) <= _MOST_SHOWN else [*days[: _MOST_SHOWN - 1], "\u2026"]
    return ", ".join(map(str, shown))


def check_shared(head: Cells, cells: Cells, is_known: IsKnown) -> None:
    """Compare what a session row says about place, zone and event with the event row.

    A place of the event's that there is not is wrong itself: nothing is measured by it.
    """
    _check_place(head, cells, Column.LOCATION, LOCATION_DIFFERS, is_known)
    _check_place(head, cells, Column.VENUE, VENUE_DIFFERS, is_known)
    # What is wrong with the event's is not said again at each session.
    is_same = cells.key(Column.ZONE) == head.key(Column.ZONE) or cells.raw(Column.ZONE) == head.raw(
        Column.ZONE
    )
    zone = None if is_same else cells.read(Column.ZONE, read_zone)
    if zone and head.is_usable(Column.ZONE) and read_zone(head.raw(Column.ZONE)) != zone:
        cells.tell(Column.ZONE, ZONE_DIFFERS(theirs=head.text(Column.ZONE)))
    differing = [
        column
        for column in _OF_EVENT
        if cells.is_usable(column) and cells.key(column) != head.key(column)
    ]
    if differing:
        cells.tell(differing[0], EVENT_VALUE_ON_SESSION(columns=cells.called(*differing)))


def _check_place(head: Cells, cells: Cells, column: Column, code: Code, is_known: IsKnown) -> None:
    if not head.is_usable(column) or column in cells.unusable:
        return
    event, session = _place(head, column), _place(cells, column)
    venue = event if column is Column.VENUE else None
    if event == session or not is_known(head.key(Column.LOCATION), venue):
        return
    theirs = shown(head.text(column))
    if cells.is_missing(column):
        cells.tell(column, TAKEN_FROM_EVENT(theirs, theirs=theirs))
    else:
        cells.tell(column, code(theirs, theirs=theirs))


def _place(cells: Cells, column: Column) -> str:
    key = cells.key(column)
    return "" if column is Column.VENUE and is_to_be_confirmed(key) else key
