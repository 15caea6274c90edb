"""The page docs/workbook.md: what the columns are, for those who fill them in.

What belongs here: writing the page. What does not: what it says of a column (`columns`).

    python -m adm_sync.workbook.guide > docs/workbook.md
"""

import sys

from adm_sync.workbook.columns import NAMED, Column
from adm_sync.workbook.entries import RowKind

_INTRODUCTION = """\
# The workbook

One sheet, with a row for each event and a row for each further session under it. This page is made
from the code, by `python -m adm_sync.workbook.guide`; `adm-sync template` writes an empty workbook.

A header that must be there says nothing about its cells. A row with a course template code is an
event; the row of a blended or classroom event is its first session (Day 1) as well. A row without
a code is a session of the event above it.

| column | what it is | how it is written | for example | must be filled on | blank elsewhere is \
| header |
|---|---|---|---|---|---|---|"""


def markdown() -> str:
    """The page docs/workbook.md."""
    return "\n".join((_INTRODUCTION, *map(_line, NAMED), ""))


def _line(column: Column) -> str:
    entry = column.entry
    how = f"{entry.form.how} At most {entry.length} characters." if entry.length else entry.form.how
    rows = ", ".join(kind for kind in RowKind if kind in entry.needed) or "no row"
    header = "must be there" if entry.header_needed else "optional"
    if entry.spellings:
        header += f"; also {', '.join(entry.spellings)}"
    cells = (column, entry.about, how, f"`{entry.example}`", rows, entry.blank, header)
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(markdown())
