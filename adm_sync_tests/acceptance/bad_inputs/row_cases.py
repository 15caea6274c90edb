"""Row structure: rows that are no event, that are another's, that are there twice or by mistake."""

from collections.abc import Mapping, Sequence

from adm_sync.workbook.columns import Column
from adm_sync_tests.acceptance.bad_inputs.cases import (
    CREATED,
    REJECTED,
    SKIPPED,
    STRAY,
    Case,
    Make,
    Slot,
    error,
    event,
    group,
    warning,
)
from adm_sync_tests.workbooks import Formula, Text, changed

Rows = Sequence[Mapping[Column, object]]

ORPHAN = "session row before any event"
INVALID = "event row invalid, sessions valid"
BLANKED = "event row whose code was blanked (has event title, mode, sitting)"
PREFIX = "session title prefix ≠ parent title"
DAYS = "Day gap (1,2,4) / repeated Day / starts at 2"
TWICE = "duplicate event row (template+title+start) in file"
CANCELLED = "`Cancelled=Y`, title ` - CANC`, ` cancelled`, `IGNORE`, `TEST`, `-old`"
NOTE = "subtotal / note row at the end"
BLANK = "entirely blank row between groups"
LONG = "> 10,000 chars in a cell"
NO_VALUE = "formula with no cached value"
VALUE = "formula with cached value"
NUMERIC = "number stored as text / text that looks numeric ('007')"

UNEXPECTED = "not an event or session"


def another(slot: Slot, sessions: int = 3, **cells: object) -> list[dict[Column, object]]:
    """The rows of a second event in the same case."""
    return group(Slot(f"{slot.title} other", slot.person), sessions, **cells)


def second(slot: Slot, *wrong: dict[str, object], **cells: object) -> Rows:
    """A good event, and one whose rows are changed as `wrong` says, in order."""
    later = {"start_time": "14:00", "end_time": "17:00"}
    other = another(slot, **later, **cells)
    return [*group(slot, 3), *(changed(row, **how) for row, how in zip(other, wrong, strict=True))]


def days(*numbers: object) -> Make:
    """A group whose Days are these."""
    return lambda slot: [
        changed(row, day=number) for row, number in zip(group(slot, 3), numbers, strict=True)
    ]


def orphan(slot: Slot) -> Rows:
    """A session, and a good event below it."""
    return [another(slot)[1], *group(slot)]


def wrong_event(slot: Slot) -> Rows:
    return second(slot, {"max_places": "lots"}, {}, {})


def without_code(slot: Slot) -> Rows:
    return second(slot, {"code": None}, {}, {})


def astray(slot: Slot) -> Rows:
    title = f"{slot.title} - Day 4"
    return second(slot, {}, {"session_title": title}, {})


def unknown_title(slot: Slot) -> Rows:
    return second(slot, {}, {}, {"session_title": "Something else - Day 3"})


def numbered_titles(slot: Slot) -> Rows:
    """Both ways of writing a session's title that people use."""
    ways = (f"{slot.title}-1", f"{slot.title} - Day 2", f"{slot.title} \u2013 3")
    return [
        changed(row, session_title=title) for row, title in zip(group(slot, 3), ways, strict=True)
    ]


def twice(slot: Slot) -> Rows:
    return [*group(slot, 2), *group(slot, 2, max_places=20)]


def with_note(column: Column, text: str) -> Make:
    return lambda slot: [*group(slot), {column: text}]


def with_blank_rows(slot: Slot) -> Rows:
    first, *more = group(slot, 3)
    return [first, {}, {Column.LMS_START_DATE: "", Column.SITTING: " "}, *more, {}]


def cancelled_session(slot: Slot) -> Rows:
    first, *more = group(slot, 3)
    return [first, changed(more[0], cancelled="Y"), more[1]]


def left_out(what: str, code: str, column: Column, sessions: int = 2, **cells: object) -> Case:
    """An event that is skipped with its sessions."""
    found = warning(code, column, says="is skipped")
    return Case(CANCELLED, what, event(sessions, **cells), (found,), SKIPPED)


def titled(ending: str, beginning: str = "") -> dict[str, object]:
    return {"title": lambda slot: f"{beginning}{slot.title}{ending}"}


CASES = (
    Case(ORPHAN, "", orphan, (error("orphan_session"),), (STRAY, *CREATED)),
    Case(
        INVALID,
        "and a good event above",
        wrong_event,
        (error("not_a_whole_number", Column.MAX_PLACES, 3),),
        (*CREATED, *REJECTED),
    ),
    Case(
        BLANKED,
        "and a good event above",
        without_code,
        (error("code_missing", Column.CODE, 3),),
        (*CREATED, *REJECTED),
    ),
    Case(
        PREFIX,
        "another event's",
        astray,
        (
            error(
                "belongs_elsewhere",
                Column.SESSION_TITLE,
                4,
                says=0,
                suggestion="Move the row under row",
            ),
        ),
        (*CREATED, *REJECTED),
    ),
    Case(
        PREFIX,
        "nobody's",
        unknown_title,
        (error("belongs_elsewhere", Column.SESSION_TITLE, 5),),
        (*CREATED, *REJECTED),
    ),
    Case(PREFIX, "however the number is written", numbered_titles),
    Case(
        DAYS,
        "gap",
        days(1, 2, 4),
        (error("day_sequence", Column.DAY, 2, says=("1, 2, 3", "1, 2, 4")),),
        REJECTED,
    ),
    Case(
        DAYS,
        "repeated",
        days(1, 2, 2),
        (error("day_sequence", Column.DAY, 2, says=("1, 2, 3", "1, 2, 2")),),
        REJECTED,
    ),
    Case(
        DAYS,
        "starts at 2",
        days(2, 3, 4),
        (error("day_sequence", Column.DAY, 0, says=("1, 2, 3", "2, 3, 4")),),
        REJECTED,
    ),
    Case(
        TWICE,
        "",
        twice,
        (error("duplicate_event", Column.TITLE, 2, says=0, suggestion="Remove one"),),
        (*CREATED, *REJECTED),
    ),
    left_out("Y", "skipped_cancelled", Column.CANCELLED, cancelled="Y"),
    left_out("- CANC", "skipped_cancelled", Column.TITLE, **titled(" - CANC")),
    left_out("cancelled", "skipped_cancelled", Column.TITLE, **titled(" cancelled")),
    left_out("IGNORE", "skipped_by_title", Column.TITLE, **titled("", "IGNORE ")),
    left_out("TEST", "skipped_by_title", Column.TITLE, **titled(" TEST")),
    left_out("-old", "skipped_by_title", Column.TITLE, **titled("-old")),
    Case(
        CANCELLED,
        "in small letters",
        event(title=lambda slot: f"{slot.title} mock test"),
        (warning("seems_laid_aside", Column.TITLE),),
    ),
    Case(CANCELLED, "N", event(cancelled="N")),
    Case(
        CANCELLED,
        "maybe",
        event(cancelled="maybe"),
        (error("not_yes_or_no", Column.CANCELLED),),
        REJECTED,
    ),
    Case(
        CANCELLED,
        "one session of three",
        cancelled_session,
        (error("session_cancelled", Column.CANCELLED, 1, suggestion="number the Days anew"),),
        REJECTED,
    ),
    Case(
        NOTE,
        "subtotal",
        with_note(Column.CODE, "TOTAL"),
        (error(UNEXPECTED.replace(" ", "_"), None, 1),),
        (*CREATED, STRAY),
    ),
    Case(
        NOTE,
        "note",
        with_note(Column.TITLE, "All of these are to be confirmed by the end of May"),
        (error(UNEXPECTED.replace(" ", "_"), None, 1),),
        (*CREATED, STRAY),
    ),
    Case(BLANK, "and between the rows of a group", with_blank_rows),
    Case(
        LONG,
        "",
        event(extra_information="x" * 10_001),
        (error("too_long", Column.EXTRA_INFORMATION, says="10,000"),),
        REJECTED,
    ),
    Case(LONG, "10,000 will do", event(extra_information="y" * 10_000)),
    Case(
        LONG,
        "more than the database takes",
        event(moodle_code="z" * 101),
        (error("too_long", Column.MOODLE_CODE, says=("100", "101")),),
        REJECTED,
    ),
    Case(
        NO_VALUE,
        "in a required cell",
        event(venue=Formula("F4&F5")),
        (error("formula_without_value", Column.VENUE, value="=F4&F5", suggestion="paste the"),),
        REJECTED,
    ),
    Case(
        NO_VALUE,
        "in a cell that may be blank",
        event(finalisation_date=Formula("TODAY()")),
        (
            error(
                "formula_without_value",
                Column.FINALISATION_DATE,
                value="=TODAY()",
                suggestion="paste the values",
            ),
        ),
        REJECTED,
    ),
    Case(
        VALUE,
        "",
        event(moodle_code=Formula('"CB3-"&"27A"', "CB3-27A"), max_places=Formula("7*2", 14)),
        (warning("formulas_used", says="2 cells"),),
        kept={"moodle_code": "CB3-27A", "max_places": 14},
    ),
    Case(
        NUMERIC,
        "numbers as text",
        event(day=Text("1"), max_places=Text("12")),
        (warning("number_as_text", Column.DAY), warning("number_as_text", Column.MAX_PLACES)),
        kept={"max_places": 12},
        there={"maxPlaces": 12},
    ),
    Case(
        NUMERIC,
        "text that looks like a number",
        event(sage_code=Text("007"), recording_pin=Text("0042"), moodle_code=123456),
        kept={"sage_code": "007", "recording_pin": "0042", "moodle_code": "123456"},
    ),
)
