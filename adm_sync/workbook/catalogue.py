"""Every code that a finding can have, and docs/findings.md.

What belongs here: putting the entries together and writing them out. What does not: the entries,
which stand beside the rules.

    python -m adm_sync.workbook.catalogue > docs/findings.md
"""

import sys
from collections.abc import Sequence
from functools import cache

from adm_sync.workbook import codes_recording
from adm_sync.workbook.file import codes_reading
from adm_sync.workbook.findings import Code
from adm_sync.workbook.lookup import codes_resolving
from adm_sync.workbook.mapping import applying
from adm_sync.workbook.rules import codes_cells, codes_rows, codes_times

_CHAPTERS = (
    ("The file, its sheets and headers", (*codes_reading.CODES, *applying.CODES)),
    ("Rows and what belongs together", codes_rows.CODES),
    ("Cells", codes_cells.CODES),
    ("Dates and times", codes_times.CODES),
    ("What a cell refers to", codes_resolving.CODES),
    ("What was imported before", codes_recording.CODES),
)

_INTRODUCTION = """\
# Findings

What can be wrong with a workbook, by code. This page is made from the code, by
`python -m adm_sync.workbook.catalogue`.

A finding names the sheet, Excel's row number, the column, the value as it stands, what is wrong,
and what to put instead where that is known. Its code is one of these, and has one **effect**:

- **refused**: the file as a whole is not imported. There is one such finding, and nothing is
  written.
- **error**: the event is not imported, nor are its sessions. All errors of all rows are reported
  at once. Correct them and import the workbook again: nothing is imported twice.
- **warning**: it is imported, as the message says.
"""


@cache
def catalogue() -> dict[str, Code]:
    """Every entry by its code.

    Raises:
        ValueError: a code has two entries.
    """
    entries: dict[str, Code] = {}
    for _, codes in _CHAPTERS:
        for code in codes:
            if code.name in entries:
                raise ValueError(f"the code {code.name} has two entries in the catalogue")
            entries[code.name] = code
    return entries


def markdown() -> str:
    """The page docs/findings.md."""
    chapters = (_chapter(title, codes) for title, codes in _CHAPTERS)
    return "\n".join((_INTRODUCTION, *chapters))


def _chapter(title: str, codes: Sequence[Code]) -> str:
    lines = [
        f"## {title}",
        "",
        "| code | effect | what is wrong | for example | what to do |",
        "|---|---|---|---|---|",
        *(
            f"| `{code.name}` | {code.effect} | {_cell(code.meaning)} | {_cell(code.example)} "
            f"| {_cell(code.remedy)} |"
            for code in codes
        ),
        "",
    ]
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Text within a table of Markdown, which nothing in it may break."""
    for special in ("\\", "|", "*", "<", "`", "~"):
        text = text.replace(special, f"\\{special}")
    return text


if __name__ == "__main__":
    sys.stdout.write(markdown())
