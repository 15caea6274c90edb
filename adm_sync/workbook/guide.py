"""What planners are told: the page docs/workbook.md and the template's first sheet.

What belongs here: how to fill in a workbook, in words for whoever plans. What does not: what is
said of one column (`columns`), and how the sheet looks (`template`).

    python -m adm_sync.workbook.guide > docs/workbook.md
"""

import sys
from collections.abc import Iterator

from adm_sync.workbook.columns import NAMED, Column
from adm_sync.workbook.entries import On, RowKind
from adm_sync.workbook.examples import EXAMPLE

IN_SHORT = (
    "Fill in the sheet Import: a row for each event, and under it a row for each of its further "
    "sessions.",
    f"The rows whose title begins with {EXAMPLE} show how. They are not imported; delete them or "
    "leave them.",
    "The columns with a dark header must be filled on the rows that their note names; the others "
    "may be blank. Point at a header to read its note.",
    "Where a cell offers a list, choose from it. What is not in the list is not known here yet: "
    "ask your data administrator to add it.",
    "Upload the workbook at the desk, or put it into the inbox folder; or send it to your data "
    "administrator.",
    "You get a copy back in which every row says what became of it, and every mistake is marked. "
    "Correct that copy and send it again: what is there already is not made twice.",
)
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "An event and its sessions",
        (
            "A row with a course template code is an event. The same row is the event's first "
            "session: its Day is 1.",
            "Every further session has a row of its own right under it, without a code and without "
            "an event title. Its session title is the event's title, a hyphen and more; its Day is "
            "2, then 3, without a gap.",
            "A blank row between events does no harm. Sort nothing: a session belongs to the event "
            "above it.",
            "An event in the LMS only (its code has the part OC or WAITLIST, as OC_CB1) is one "
            "row: no Day, no classroom dates, no venue, no places.",
            "An event is imported whole or not at all: one mistake in one of its rows holds all of "
            "them back, and no other event.",
        ),
    ),
    (
        "Several people in one cell",
        (
            "Write first name and surname, and put / or ; between people: Agnes Tolliver / "
            "Benedict Oakhurst. The list offers one at a time; type the others after it.",
            "A comma between people is understood too, and 'Tolliver, Agnes' where it can mean "
            "nobody else.",
            "Leave the cell blank if nobody is known yet.",
        ),
    ),
    (
        "Dates and times",
        (
            "Dates have the day first: 13/01/2026. Times are on the 24-hour clock: 09:30.",
            "All dates and times are those of the clocks in the column Time Zone.",
            "Sessions lie between LMS start and LMS end, and do not go back in time as Day rises.",
        ),
    ),
    (
        "What is not imported",
        (
            "An event with Y in Cancelled, with ' - CANC' at the end of its title, or with the "
            "word TEST or IGNORE in it. It is named in the report.",
            "Colours and struck-out text mean nothing. Hidden rows are read like all others.",
        ),
    ),
)
# The mistakes seen most, by their codes: how each looks to a planner, and what to do.
MISTAKES: dict[str, tuple[str, str]] = {
    "outside_lms_window": (
        "The year of one date is mistyped: the session falls outside the LMS dates of its event.",
        "Correct the date.",
    ),
    "back_in_time": (
        "A session is before the one above it, because a date is mistyped or the sheet was sorted.",
        "Correct the date, or undo the sorting.",
    ),
    "day_sequence": (
        "A session row was deleted or added, and Day has a gap or a number twice.",
        "Number the Days anew: 1, 2, 3.",
    ),
    "session_title_mismatch": (
        "A session row stands under another event, because rows were sorted or moved.",
        "Move it under its event, or correct its title: the event's, a hyphen and more.",
    ),
    "required": ("A cell that must be filled is blank.", "Fill it in."),
    "month_first": ("A date has the month first.", "Write it with the day first: 13/01/2026."),
    "text_became_date": (
        "Excel has made a date of a code or a title.",
        "Format the cell as text, and type it again.",
    ),
    "merged_cells": (
        "Cells are merged: only the first of them holds anything.",
        "Unmerge them and fill in every cell.",
    ),
    "instructor_unknown": (
        "A name is misspelt, or the person is not known yet.",
        "Correct the name, or ask your data administrator to add the person.",
    ),
    "missing_headers": (
        "A header was renamed or a column deleted: nothing can be imported.",
        "Put the header back as the template has it.",
    ),
}

_BEGINNING = """\
# The workbook of events

For everybody who plans events and sends them as an Excel workbook. You need Excel, or any other
program for spreadsheets, and nothing else. Your data administrator gives you an empty workbook, the
*template*; its first sheet says in short what this page says.

## In short
"""
_MISTAKES_BEGIN = """\
## The mistakes seen most

The copy that you get back has a colour and a note at every cell with a mistake; the sheet
`adm_sync findings` lists them all. Red stops an event, yellow does not.

![The copy that comes back: status and first finding in front, the cell with the mistake in \
red](pictures/copy.png)

| what happened | what to do | called |
|---|---|---|"""
_COLUMNS_BEGIN = """\
## Every column

A column whose header **must be there** may still have blank cells: *must be filled on* says on
which rows it may not. Case and spaces of headers make no difference, nor does the order of columns.
"""
_END = """\
---

This page is made from the code, by `python -m adm_sync.workbook.guide`. Data administrators find
the rest in [import.md](import.md), such as how workbooks with headers of their own are read."""
_PICTURES = {
    "An event and its sessions": "![A blended event with three sessions, and an event in the LMS "
    "only](pictures/sheet.png)",
    "Several people in one cell": "![Two people in one cell, with a slash between them]"
    "(pictures/people.png)",
}


def must_be_filled_on(column: Column) -> str:
    """The rows whose cell must be filled, in words; '' if there is none."""
    return ", ".join(f"{kind}s" for kind in RowKind if kind in column.entry.needed)


def how_to_write(column: Column) -> str:
    """How a cell is written, in one or two sentences."""
    how, length = column.entry.form.how, column.entry.length
    return f"{how} At most {length} characters." if length else how


def markdown() -> str:
    """The page docs/workbook.md."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _BEGINNING
    yield from (f"{number}. {sentence}" for number, sentence in enumerate(IN_SHORT, 1))
    for heading, sentences in SECTIONS:
        yield f"\n## {heading}\n"
        if heading in _PICTURES:
            yield f"{_PICTURES[heading]}\n"
        yield from (f"- {sentence}" for sentence in sentences)
    yield f"\n{_MISTAKES_BEGIN}"
    for code, (seen, remedy) in MISTAKES.items():
        yield f"| {seen} | {remedy} | [{code}](findings.md) |"
    yield f"\n{_COLUMNS_BEGIN}"
    for column in NAMED:
        yield from _about(column)
    yield _END


def _about(column: Column) -> Iterator[str]:
    entry = column.entry
    yield f"### {column}\n"
    yield f"{entry.about}\n"
    yield f"- **How to write it**: {how_to_write(column)}"
    yield f"- **For example**: `{entry.example}`"
    yield f"- **Counts on**: {_COUNTS[entry.on]}"
    if entry.needed:
        yield f"- **Must be filled on**: {must_be_filled_on(column)}"
    yield f"- **Blank{' elsewhere' if entry.needed else ''} means**: {entry.blank}"
    header = "must be there" if entry.header_needed else "may be missing"
    others = f", or as {', '.join(entry.spellings)}" if entry.spellings else ""
    yield f"- **The header** {header}{others}\n"


_COUNTS = {
    On.EVENT: "the event's row",
    On.SESSION: "each session's row; the event's row is its first session",
    On.BOTH: "the event's row and each session's",
}


if __name__ == "__main__":
    sys.stdout.write(markdown())
