"""Which recorded event each event of a workbook is.

An event is known by its course template, sitting and title; its start is a value, which only tells
events apart that share all three. What belongs here: the decision. What does not: reading what is
recorded, and words for people (`planning`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from adm_sync.database.recorded import RecordedEvent
from adm_sync.names.keys import normalise
from adm_sync.workbook.events import ResolvedEvent

Family = tuple[int, str, str]


@dataclass(slots=True)
class Identified:
    """What each event of a workbook is, by its row; one that is nowhere here is new.

    Attributes:
        known: the recorded event that it is.
        moved: the recorded events with another start, one of which it must be.
        twice: the row of the event that has its title already.
    """

    known: dict[int, RecordedEvent] = field(default_factory=dict)
    moved: dict[int, tuple[RecordedEvent, ...]] = field(default_factory=dict)
    twice: dict[int, int] = field(default_factory=dict)


def identify(
    events: Iterable[ResolvedEvent],
    recorded: Iterable[RecordedEvent],
    *,
    has_moved_to: Callable[[RecordedEvent, datetime], bool] = lambda _recorded, _start: False,
    same_titles: bool = False,
    may_move: bool = False,
) -> Identified:
    """Find the recorded event of each event.

    Args:
        events: of one workbook.
        recorded: those of their course templates.
        has_moved_to: whether a recorded event starts then by now, wherever it is kept.
        same_titles: whether events may share template, sitting and title.
        may_move: whether the one event of a title is known whatever its start is.
    """
    found, left = Identified(), list(recorded)
    by_start = {(r.tutorial_course_template_id, r.title_key, r.starts_at): r for r in left}
    families: defaultdict[Family, list[ResolvedEvent]] = defaultdict(list)
    for event in events:
        families[family_of(event)].append(event)
        if event.key in by_start:
            found.known[event.event.row] = by_start[event.key]
    taken = {one.id for one in found.known.values()}
    others: defaultdict[Family, list[RecordedEvent]] = defaultdict(list)
    for one in left:
        if one.id not in taken:
            others[one.tutorial_course_template_id, one.sitting, one.title_key].append(one)
    for family, members in families.items():
        _settle(found, members, others[family], has_moved_to, same_titles=same_titles)
        alone = found.moved.get(members[0].event.row, ())
        if may_move and len(members) == len(alone) == 1 and not same_titles:
            found.known[members[0].event.row] = alone[0]
            del found.moved[members[0].event.row]
    return found


def _settle(
    found: Identified,
    members: Sequence[ResolvedEvent],
    others: list[RecordedEvent],
    has_moved_to: Callable[[RecordedEvent, datetime], bool],
    *,
    same_titles: bool,
) -> None:
    """Decide about the events of one template, sitting and title that no start has told."""
    for member in members:
        there = [one for one in others if has_moved_to(one, member.starts)]
        if member.event.row not in found.known and len(there) == 1:
            found.known[member.event.row] = there[0]
            others.remove(there[0])
    rows = [member.event.row for member in members]
    settled = [row for row in rows if row in found.known]
    rest = [row for row in rows if row not in found.known]
    first = (settled or rest)[0]
    for number, row in enumerate(rest):
        if number < len(others) or (others and same_titles):
            found.moved[row] = tuple(others)
        elif row != first and not same_titles:
            found.twice[row] = first


def family_of(event: ResolvedEvent) -> Family:
    """Its course template, sitting and folded title."""
    return event.template.tutorial_id, event.event.sitting.name, normalise(event.event.title)
