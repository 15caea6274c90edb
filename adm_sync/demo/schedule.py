"""What the fictional company plans for its next sitting: some 40 events, without a mistake.

What belongs here: which courses are held when, where and by whom. What does not: the workbook
that says so, and the mistakes in it (`workbook`). Nothing is random.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from adm_sync.demo import company
from adm_sync.demo.administrate_side import fill_store
from adm_sync.demo.planted import PLANTED
from adm_sync.names.keys import normalise
from adm_sync.sandbox import Store

SITTING = "2027A"
FIRST_MONDAY = date(2027, 1, 11)
LMS_OPENS = date(2027, 1, 4)
LMS_CLOSES = date(2027, 5, 14)
# St Brigid's Day, in Ireland.
HOLIDAYS = {date(2027, 2, 1)}
HALVES = (("09:30", "12:30"), ("13:30", "16:30"))

HELD = (
    *("CB1_LO_6", "CB1_LO_3", "CB1_MA_4", "CB1_BI_4", "CB1_DU_3", "CB2_LO_6", "CB2_LO_3"),
    *(
        "CB2_LE_4",
        "CB3_LO_1",
        "CB3_MA_1",
        company.CLASSROOM_ONLY,
        "CM1_LO_8",
        "CM1_MK_4",
        "CM1_DU_4",
    ),
    *("CM2_LO_4", "CM2_MA_4", "CM2_BR_4", "CS1_LO_4", "CS1_GL_4", "CS2_GL_4", "CS2_MA_4"),
    *("CP1_LO_5", "CP1_BI_5", "CP2_LO_2", "CP2_MA_2", "CP3_DU_2", "SP2_LO_4", "SP4_LE_3"),
    *("SP6_LO_3", "SP9_LO_4", "SA2_LO_3", "SA4_LO_2"),
)
ONLINE = (
    *("OC_CB1", "OC_CB2", "OC_CM1", "OC_CS1", "OC_CP1"),
    *("WAITLIST_SP1", "WAITLIST_SP5", "WAITLIST_SA1"),
)
# Every so many events have two people teaching at once.
TWO_TEACH_EVERY = 6


@dataclass(frozen=True, slots=True)
class ScheduledEvent:
    """An event as the planners mean it; `dates` has one date for each session.

    `venue` is None while nobody knows; `instructors` teach all of its sessions.
    """

    template: company.CourseTemplate
    title: str
    venue: str | None
    dates: tuple[date, ...]
    start: str
    end: str
    instructors: tuple[str, ...]
    administrator: str


def planned() -> tuple[ScheduledEvent, ...]:
    """All events of the sitting, those with sessions first."""
    templates = {template.code: template for template in company.COURSE_TEMPLATES}
    approved = _approved_instructors()
    busy: set[tuple[str, date, str]] = set()
    events = []
    for number, code in enumerate(HELD):
        people = approved[normalise(code)]
        events.append(_with_sessions(number, templates[code], people, busy))
    events += [_online(number, templates[code]) for number, code in enumerate(ONLINE)]
    return tuple(events)


def _approved_instructors() -> dict[str, list[str]]:
    """Whom Administrate approves for each template and both sides know, by the folded code."""
    trouble = {normalise(each.label) for each in PLANTED if each.entity == "instructors"}
    linked = {
        normalise(person.name): person.name
        for person in company.INSTRUCTORS
        if normalise(person.name) not in trouble
    }
    store = Store()
    fill_store(store)
    approved = {}
    for template in store.all("CourseTemplate"):
        contacts = [store.get(contact) for contact in template["approvedInstructors"]]
        names = [normalise(f"{each['firstName']} {each['lastName']}") for each in contacts]
        approved[normalise(template["code"])] = [linked[name] for name in names if name in linked]
    return approved


def _with_sessions(
    number: int,
    template: company.CourseTemplate,
    approved: list[str],
    busy: set[tuple[str, date, str]],
) -> ScheduledEvent:
    slot, free = _first_slot(number, template, approved, busy)
    dates, (start, end) = _dates(template, slot), _half(slot)
    instructors = free[: 1 if number % TWO_TEACH_EVERY else 2]
    busy.update((name, day, start) for name in instructors for day in dates)
    town = template.location.name if template.location else ""
    return ScheduledEvent(
        template=template,
        title=f"{template.subject} {town} 27A-{number + 1:02}",
        venue=None if number % 2 else _venue_in(town, number // 2),
        dates=dates,
        start=start,
        end=end,
        instructors=instructors,
        administrator=_administrator(number),
    )


def _first_slot(
    number: int,
    template: company.CourseTemplate,
    approved: list[str],
    busy: set[tuple[str, date, str]],
) -> tuple[int, tuple[str, ...]]:
    """The first slot of the week, from the event's own on, in which somebody is free; and who."""
    for slot in range(number, number + 5 * len(HALVES)):
        start, _ = _half(slot)
        dates = _dates(template, slot)
        free = tuple(name for name in approved if not busy & {(name, day, start) for day in dates})
        if free and not HOLIDAYS & set(dates):
            return slot, free
    raise LookupError(f"Nobody is free to teach {template.code}.")


def _dates(template: company.CourseTemplate, slot: int) -> tuple[date, ...]:
    first = FIRST_MONDAY + timedelta(days=slot % 5)
    return tuple(first + timedelta(weeks=week) for week in range(template.half_days))


def _half(slot: int) -> tuple[str, str]:
    return HALVES[slot // 5 % len(HALVES)]


def _venue_in(town: str, number: int) -> str:
    unlinked = {each.label for each in PLANTED if each.entity == "venues"}
    known = [
        venue.name
        for venue in company.VENUES
        if venue.location == town and venue.name not in unlinked
    ]
    return known[number % len(known)]


def _online(number: int, template: company.CourseTemplate) -> ScheduledEvent:
    kind = "online classroom" if template.variation == "OC" else "waiting list"
    title = f"{template.subject} {kind} 27A"
    return ScheduledEvent(template, title, None, (), "", "", (), _administrator(number))


def _administrator(number: int) -> str:
    return company.OFFICE[number % len(company.OFFICE)].name
