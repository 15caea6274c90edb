"""Every code that a finding can have, and docs/findings.md.

What belongs here: collecting the codes and writing them out. What does not: the codes, each of
which stands beside the rule that makes findings of it.

    python -m adm_sync.imports.catalogue > docs/findings.md
"""

import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from types import ModuleType

from adm_sync.imports import codes
from adm_sync.imports.updates import cancelling, findings
from adm_sync.workbook import checking, headers, reading, resolving, sheets, table
from adm_sync.workbook.file import archive, parsing
from adm_sync.workbook.findings import Code
from adm_sync.workbook.lookup import (
    custom_values,
    people,
    places,
    products,
    registers,
    staff,
)
from adm_sync.workbook.mapping import applying
from adm_sync.workbook.rules import (
    belonging,
    cells,
    event_rows,
    groups,
    moments,
    readers,
    schedule,
    screening,
    session_rows,
)

_REFERENCES = (
    *(registers, places, people, staff, products),
    *(resolving, custom_values),
)
_OF_THE_FILE = (reading, archive, parsing, sheets, headers, table, applying)
_CHAPTERS: Sequence[tuple[str, Sequence[ModuleType]]] = (
    ("The file, its sheets and headers", _OF_THE_FILE),
    ("Rows and what belongs together", (checking, belonging, groups)),
    ("Cells", (cells, screening, readers, event_rows)),
    ("Dates, times and sessions", (moments, session_rows, schedule)),
    ("What a cell refers to", _REFERENCES),
    ("What was imported before", (codes, findings, cancelling)),
)
# How the codes end of what a cell refers to and is not found.
_NOT_FOUND = ("_unknown", "_not_linked", "_ambiguous", "_inactive", "_elsewhere")
_PLACE = re.compile(r"\{(\w+)[^}]*\}")
# What a finding may go on with, and most do not: it stands right behind a word.
_TAIL = re.compile(r"(?:(?<=[\w}.])|(?<=\}'))\{\w+[^}]*\}")

_INTRODUCTION = """\
# Findings

What can be wrong with a workbook, by code. This page is made from the code, by
`python -m adm_sync.imports.catalogue`.

A finding names the sheet, Excel's row number, the column, the value as it stands, what is wrong,
and what to put instead where that is known. Its code is one of these, and has one **effect**:

- **refused**: the file as a whole is not imported. There is one such finding, and nothing is
  written.
- **error**: the event is not imported, nor are its sessions. All errors of all rows are reported
  at once. Correct them and import the workbook again: nothing is imported twice.
- **warning**: it is imported, as the message says.

What a finding says is given as most of its kind say it; words in *italics* stand for what is found.
"""


@cache
def catalogue() -> dict[str, Code]:
    """Every code by its name.

    Raises:
        ValueError: two codes have one name.
    """
    found: dict[str, Code] = {}
    for _, modules in _CHAPTERS:
        for code in _codes(modules):
            if found.setdefault(code.name, code) is not code:
                raise ValueError(f"the code {code.name} has two entries in the catalogue")
    return found


def unmatched() -> frozenset[str]:
    """The names of the codes of what a cell refers to and is not found."""
    return frozenset(code.name for code in _codes(_REFERENCES) if code.name.endswith(_NOT_FOUND))


def _codes(modules: Sequence[ModuleType]) -> Iterator[Code]:
    """The codes of modules, in their order; one that several modules use comes several times."""
    for module in modules:
        for found in vars(module).values():
            of_module = found if isinstance(found, tuple) else (found,)
            yield from (one for one in of_module if isinstance(one, Code))


def markdown() -> str:
    """The page docs/findings.md."""
    left = catalogue().copy()
    chapters = (
        _chapter(title, [code for one in _codes(modules) if (code := left.pop(one.name, None))])
        for title, modules in _CHAPTERS
    )
    return "\n".join((_INTRODUCTION, *chapters))


def _chapter(title: str, codes: Sequence[Code]) -> str:
    lines = [
        f"## {title}",
        "",
        "| code | effect | what it says | for example | what to do |",
        "|---|---|---|---|---|",
        *(
            f"| `{code.name}` | {code.effect} | {_said(code)} | {_cell(code.example)} "
            f"| {_cell(code.remedy)} |"
            for code in codes
        ),
        "",
    ]
    return "\n".join(lines)


def _said(code: Code) -> str:
    """What its findings say, with words for what they fill in."""
    most = _TAIL.sub("", _cell(code.message))
    message = _PLACE.sub(lambda found: f"*{found[1].replace('_', ' ')}*", most)
    is_sentence = code.message[0].isupper() or code.message[0] in "{'"
    sentence = message if is_sentence else f"*Column* {message}"
    return f"{sentence} {_cell(code.note)}".strip()


def _cell(text: str) -> str:
    """Text within a table of Markdown, which nothing in it may break."""
    for special in ("\\", "|", "*", "<", "`", "~"):
        text = text.replace(special, f"\\{special}")
    return text


if __name__ == "__main__":
    sys.stdout.write(markdown())
