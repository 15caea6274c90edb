"""A mapping file to start with, for a workbook with headers that nobody has mapped yet.

What belongs here: which header is near to which column, and the file as a person is to edit it.
What does not: reading such a file (`mapping`). Nothing is mapped by nearness: a person decides.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from adm_sync.names.nearest import Nearest
from adm_sync.workbook.columns import NAMED, Column
from adm_sync.workbook.findings import shown
from adm_sync.workbook.headers import FINDING_HEADER, STATUS_HEADER
from adm_sync.workbook.mapping.mapping import SETTING
from adm_sync.workbook.sheet import Book, NoValue, Raw, Row, Sheet
from adm_sync.workbook.sheets import (
    FIRST_ROWS,
    KNOWN,
    displayed_headers,
    header_key,
    is_hint,
    ranges,
)

_LONGEST_EXAMPLE = 40
_OF_COPIES = {header_key(STATUS_HEADER), header_key(FINDING_HEADER)}
_NAMES = Nearest([column.value for column in NAMED])


@dataclass(frozen=True, slots=True)
class Header:
    """A header of the sheet, and the columns that it may mean, best first, with their scores."""

    position: int
    text: str
    example: str
    near: tuple[tuple[Column, int], ...]

    @property
    def letters(self) -> str:
        """The column's letters."""
        return get_column_letter(self.position + 1)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for one sheet.

    Attributes:
        book: the name of the file.
        sheet: the title of the sheet.
        row: of the headers, as Excel counts.
        usual: the columns that the sheet has under a name of the table's.
        mapped: a header for a column, with how alike they are.
        left: headers that are near to nothing, or to what another is nearer to.
        missing: columns that must be there, and are not.
    """

    book: str
    sheet: str
    row: int
    usual: tuple[Column, ...]
    mapped: tuple[tuple[Column, Header, int], ...]
    left: tuple[Header, ...]
    missing: tuple[Column, ...]


def propose(book: Book, sheet: str | None = None) -> Proposal | None:
    """A proposal for the sheet that is likeliest to be one of events; None if there is no header.

    Args:
        book: as `reading.read_book` gives it.
        sheet: the title of the sheet to take, if a person has named it.
    """
    sheets = [one for one in book.sheets if sheet in (None, one.title)]
    found = [
        (_likeness(row), -number, one, index)
        for number, one in enumerate(sheets)
        for index, row in enumerate(one.rows[:FIRST_ROWS])
    ]
    if not found or max(found)[0] == 0:
        return None
    _, _, chosen, index = max(found, key=lambda one: (one[0], one[1], -one[3]))
    header = displayed_headers(chosen.rows[index], chosen.rows[:index], ranges(chosen))
    return _proposal(book.name, chosen, header, chosen.rows[index + 1 :])


def _likeness(row: Row) -> int:
    """How much a row is like one of headers: known and near ones count, the nearer the more."""
    scores: dict[Column, int] = {}
    for cell in row.cells:
        if isinstance(cell, str) and header_key(cell):
            column = KNOWN.get(header_key(cell))
            near = ((column, 100),) if column else _near(cell, NAMED, _NAMES)[:1]
            scores.update({one: max(score, scores.get(one, 0)) for one, score in near})
    return sum(scores.values())


def _near(text: str, columns: Sequence[Column], names: Nearest) -> tuple[tuple[Column, int], ...]:
    return tuple((columns[position], score) for position, score in names.to(text))


def _proposal(book: str, sheet: Sheet, header: Row, below: Sequence[Row]) -> Proposal:
    keys = [header_key(cell) for cell in header.cells]
    usual: set[Column] = {KNOWN[key] for key in keys if key in KNOWN}
    free = [column for column in NAMED if column not in usual]
    names = Nearest([column.value for column in free])
    headers = [
        Header(position, _line(cell), _example(below, position), _near(shown(cell), free, names))
        for position, (cell, key) in enumerate(zip(header.cells, keys, strict=True))
        if key and key not in KNOWN and key not in _OF_COPIES
        if not isinstance(cell, NoValue)
    ]
    pairs = sorted(
        ((score, one, column) for one in headers for column, score in one.near),
        key=lambda pair: (-pair[0], pair[1].position),
    )
    taken: dict[Column, tuple[Header, int]] = {}
    for score, one, column in pairs:
        if column not in taken and all(one is not other for other, _ in taken.values()):
            taken[column] = one, score
    mapped = tuple((column, *taken[column]) for column in NAMED if column in taken)
    placed = [one for _, one, _ in mapped]
    return Proposal(
        book,
        sheet.title,
        header.number,
        tuple(column for column in NAMED if column in usual),
        mapped,
        tuple(one for one in headers if one not in placed),
        tuple(
            column
            for column in NAMED
            if column.entry.header_needed and column not in taken and column not in usual
        ),
    )


def _example(rows: Sequence[Row], position: int) -> str:
    cells = (row.cell(position) for row in rows)
    values = (_line(cell) for cell in cells if not is_hint(cell))
    first = next(filter(None, values), "")
    return first if len(first) <= _LONGEST_EXAMPLE else f"{first[: _LONGEST_EXAMPLE - 1]}…"


# ---------------------------------------------------------------------- the file


def toml(proposal: Proposal) -> str:
    """The proposal as a mapping file, with comments for whoever edits it."""
    return "\n".join(_lines(proposal)) + "\n"


def _lines(proposal: Proposal) -> Iterator[str]:
    yield f"# How the headers of {proposal.book} are to be read (sheet {proposal.sheet}, row"
    yield f"# {proposal.row}). It was made by nearness alone: check every line. Then set {SETTING}"
    yield "# to this file, and see with `adm-sync import-events FILE --dry-run` what comes of it."
    if proposal.usual:
        yield "# These headers are the template's own and need no line:"
        yield from (f"#   {column}" for column in proposal.usual)
    yield ""
    yield "# Headers that are not to be read, and not to be remarked on either."
    yield from _ignored(proposal.left)
    yield ""
    yield "[columns]"
    yield "# The workbook's own name of a column = the header that your sheet has, or a list."
    for column, header, score in proposal.mapped:
        yield ""
        others = _others(header, column)
        yield f"# Column {header.letters}{_such_as(header)}; {score} % alike{others}."
        yield f"{_text(column)} = {_text(header.text)}"
    if proposal.missing:
        yield ""
        yield "# Every workbook has these columns too, and nothing in the sheet is near to them."
        yield "# Take the # from a line and give the header; or give the value under [constants]."
        yield from (f'# {_text(column)} = ""' for column in proposal.missing)
    yield ""
    yield "[constants]"
    yield '# The workbook\'s own name of a column = the value of all rows; "" if it is blank.'
    yield from (
        f"# {_text(column)} = {_text(column.entry.example)}"
        for column in proposal.missing
        if column is not Column.CODE
    )


def _ignored(left: Sequence[Header]) -> Iterator[str]:
    yield "ignore = ["
    for header in left:
        near = [column for column, _ in header.near]
        hint = f"; it may mean {' or '.join(near)}" if near else ""
        yield f"  # {_text(header.text)},  # column {header.letters}{_such_as(header)}{hint}"
    yield "]"


def _such_as(header: Header) -> str:
    return f", such as {_text(header.example)}" if header.example else ""


def _others(header: Header, column: Column) -> str:
    others = [other for other, _ in header.near if other is not column]
    return f"; it may also mean {' or '.join(others)}" if others else ""


def _text(text: str) -> str:
    """A text as TOML writes it, on one line and in visible signs."""
    return json.dumps(
        "".join(sign if sign.isprintable() else " " for sign in text), ensure_ascii=False
    )


def _line(cell: Raw) -> str:
    return " ".join(shown(cell).split())
