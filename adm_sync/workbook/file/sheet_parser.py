"""The rows of one worksheet, read in one pass that holds no more than a row.

What belongs here: what a cell of ECMA-376 part 1, section 18.3.1, means as a raw value. What does
not: which sheet matters, and what a column means. The parser is expat itself: it tells in one pass
what a formula has given and what it has not, and never holds more of a cell than may be in it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import IO

from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.datetime import from_excel, from_ISO8601

from adm_sync.names.keys import normalise
from adm_sync.workbook.file.number_formats import displayed, is_scientific
from adm_sync.workbook.file.package import Damaged, Styles
from adm_sync.workbook.file.texts import LONGEST_TEXT, TAGS, Text, parsed, unescaped
from adm_sync.workbook.findings import shown
from adm_sync.workbook.sheet import ErrorValue, NoBoolean, NoValue, Raw, Row

MOST_COLUMNS = 1_000
MOST_MERGED = 50_000
LAST_ROW = 1_048_576
_REMEMBERED = 50_000
MOST_LINKS = 50_000
BOOLEANS = {"1": True, "true": True, "0": False, "false": False}
_LINK = re.compile(r'\s*(?:_xlfn\.)?HYPERLINK\(\s*"([^"]+)"\s*[,;)]', re.IGNORECASE)
_DIGITS = re.compile(r"[-+]?[0-9]+")


class SheetParser:
    """Reads one sheet; its attributes are complete once its rows are read.

    Attributes:
        merged: the ranges of its merged cells.
        links: the ranges of its cells with a hyperlink, and the addresses.
        too_wide: the first cell beyond `MOST_COLUMNS` that holds something; such cells are left
            out.
    """

    def __init__(
        self,
        strings: Sequence[str],
        styles: Styles,
        epoch: datetime,
        addresses: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.merged: list[str] = []
        self.links: list[tuple[str, str]] = []
        self._addresses = addresses
        self.too_wide: str | None = None
        self._strings = strings
        self._styles = styles
        self._epoch = epoch
        self._numbers: dict[tuple[str | None, str], tuple[Raw, str | None]] = {}
        self._shared: dict[str, str] = {}
        self._rows: list[Row] = []
        self._text = Text()
        self._number = 0
        self._number_text = "0"
        self._begin_row(False)
        self._kind = "n"
        self._style: str | None = None
        self._value: str | None = None
        self._formula: str | None = None
        self._inline: list[str] = []

    def rows(self, stream: IO[bytes]) -> Iterator[Row]:
        """The rows that hold something, in order.

        Raises:
            Damaged: the part is not what the standard says.
        """
        for _ in parsed(stream, self._start, self._end, self._text.add):
            yield from self._rows
            self._rows.clear()

    def _begin_row(self, hidden: bool) -> None:
        self._hidden = hidden
        self._marked = False
        self._cells: list[Raw] = []
        self._formulas: list[int] = []
        self._displays: list[tuple[int, str]] = []
        self._position = -1

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = TAGS.get(name)
        if tag == "c":
            self._position = self._position_of(attributes.get("r"))
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s")
            self._value = self._formula = None
            if self._inline:
                self._inline = []
        elif tag in ("v", "t"):
            self._text.begin()
        elif tag == "row":
            self._number = self._row_number(attributes.get("r"))
            self._number_text = str(self._number)
            self._begin_row(BOOLEANS.get(attributes.get("hidden", "").lower(), False))
        elif tag == "f":
            self._text.begin()
            self._shared_id = attributes.get("si") if attributes.get("t") == "shared" else None
        elif tag == "rPh":
            self._text.muted = True
        elif tag == "hyperlink":
            self._link(attributes)
        elif tag == "mergeCell":
            self.merged.append(attributes.get("ref", ""))
            if len(self.merged) > MOST_MERGED:
                raise Damaged(f"one of its sheets has more than {MOST_MERGED:,} merged ranges")

    def _link(self, attributes: dict[str, str]) -> None:
        ident = next((text for name, text in attributes.items() if name.endswith(" id")), "")
        place = attributes.get("location")
        address = self._addresses.get(ident, "") + (f"#{place}" if place else "")
        if address and len(self.links) < MOST_LINKS:
            self.links.append((attributes.get("ref", ""), address))

    def _end(self, name: str) -> None:
        tag = TAGS.get(name)
        if tag == "c":
            self._end_cell()
        elif tag == "v":
            self._value = self._text.end()
        elif tag == "t":
            self._inline.append(self._text.end())
        elif tag == "row":
            self._end_row()
        elif tag == "f":
            self._formula = self._end_formula()
        elif tag == "rPh":
            self._text.muted = False

    def _row_number(self, text: str | None) -> int:
        if text is None:
            number = self._number + 1
        else:
            number = int(text) if text.isascii() and text.isdigit() else 0
        if not self._number < number <= LAST_ROW:
            raise Damaged(f"row {text} of one of its sheets follows row {self._number}")
        return number

    def _position_of(self, reference: str | None) -> int:
        if reference is None:
            return self._position + 1
        if not reference.endswith(self._number_text):
            raise Damaged(f"cell {reference} of one of its sheets is in row {self._number_text}")
        return _position(reference[: -len(self._number_text)])

    def _end_formula(self) -> str:
        formula = self._text.end()
        if self._shared_id is None:
            return formula
        return self._shared.setdefault(self._shared_id, formula)

    @property
    def _where(self) -> str:
        return f"row {self._number} of one of its sheets"

    def _end_cell(self) -> None:
        value = self._raw()
        if self._style in self._styles.worded and isinstance(value, str) and value:
            value = self._worded(value)
        if self._formula is not None:
            if self._value is None or (self._value == "" and self._kind != "str"):
                value = NoValue(self._formula)
            elif value != "":
                self._formulas.append(self._position)
                self._note_link(self._formula)
        if value is None:
            return
        if self._position >= MOST_COLUMNS:
            if not _is_blank(value) and self.too_wide is None:
                self.too_wide = f"column {self._position + 1:,} of row {self._number}"
            return
        cells, missing = self._cells, self._position - len(self._cells)
        if missing >= 0:
            cells.extend([None] * missing)
            cells.append(value)
        elif cells[self._position] is None:
            cells[self._position] = value
        else:
            raise Damaged(f"{self._where} has a cell twice")
        if self._style in self._styles.marked and type(value) is str and value:
            self._marked = True

    def _note_link(self, formula: str) -> None:
        found = _LINK.match(formula)
        if found and len(self.links) < MOST_LINKS:
            cell = f"{get_column_letter(self._position + 1)}{self._number}"
            self.links.append((cell, found[1]))

    def _end_row(self) -> None:
        cells = self._cells
        while cells and (cells[-1] is None or cells[-1] == ""):
            cells.pop()
        if all(map(_is_blank, cells)):
            return
        formulas, displays = tuple(self._formulas), tuple(self._displays)
        row = Row(self._number, tuple(cells), self._hidden, self._marked, formulas, displays)
        self._rows.append(row)

    def _raw(self) -> Raw:
        kind, text = self._kind, self._value
        if kind == "inlineStr":
            return unescaped("".join(self._inline)[:LONGEST_TEXT]) if self._inline else None
        if text is None or (text == "" and kind != "str"):
            return None
        match kind:
            case "str":
                return unescaped(text)
            case "s":
                return self._shared_string(text)
            case "n":
                return self._numeric(text)
            case "b":
                return BOOLEANS.get(text.strip().lower(), NoBoolean(text))
            case "e":
                return ErrorValue(text)
            case "d":
                return self._iso(text)
            case _:
                raise Damaged(f"{self._where} has a cell of no known kind")

    def _shared_string(self, text: str) -> str:
        try:
            return self._strings[int(text)]
        except (ValueError, IndexError):
            raise Damaged(f"a text in {self._where} is missing") from None

    def _numeric(self, text: str) -> Raw:
        key = self._style, text
        if key not in self._numbers:
            if len(self._numbers) > _REMEMBERED:
                self._numbers.clear()
            number = self._dated(as_number(text))
            self._numbers[key] = number, self._display(number, text)
        number, display = self._numbers[key]
        if display is not None:
            self._displays.append((self._position, display))
        return number

    def _display(self, number: Raw, text: str) -> str | None:
        """What its format shows of a number; None if that is the number, '' if it is unclear."""
        if isinstance(number, bool) or not isinstance(number, int | float):
            return None
        code = self._styles.codes.get(self._style or "0", "General")
        display = displayed(code, text.strip())
        if display == shown(number):
            return None
        is_plain = code in ("General", "@")
        return "" if display is None or (is_plain and is_scientific(display)) else display

    def _worded(self, text: str) -> str:
        """A text as its format shows it; one that it does not show is noted as unclear."""
        around = self._styles.worded[self._style or "0"]
        if around is None:
            self._displays.append((self._position, ""))
        return text if around is None else f"{around[0]}{text}{around[1]}"

    def _dated(self, number: Raw) -> Raw:
        """A number whose format says so as a date, a time or a duration, if it can be one."""
        if self._style not in self._styles.dates or not isinstance(number, int | float):
            return number
        is_duration = self._style in self._styles.durations
        try:
            dated: Raw = from_excel(number, self._epoch, timedelta=is_duration)
        except (OverflowError, ValueError):
            return number
        return dated

    def _iso(self, text: str) -> Raw:
        """A date or time in ISO 8601, as the strict form has it; a time may stand on day 0."""
        try:
            value: Raw = from_ISO8601(text)  # type: ignore[no-untyped-call]
        except ValueError:
            return text
        if isinstance(value, datetime):
            if self._style in self._styles.durations:
                return value - self._epoch
            if value.date() == self._epoch.date():
                return value.time()
        return value


@cache
def _position(letters: str) -> int:
    try:
        return column_index_from_string(letters) - 1
    except ValueError:
        raise Damaged(f"'{letters[:20]}' of one of its sheets is not a column") from None


def as_number(text: str) -> Raw:
    """What a cell of the type "number" holds: a text where it is none, which other writers do."""
    if not text.isascii() or "_" in text:  # which Python would take
        return text
    try:
        number = int(text) if _DIGITS.fullmatch(text.strip()) else float(text)
    except ValueError:
        return text
    if number != number:
        return text
    return ErrorValue("#NUM!") if number in (float("inf"), float("-inf")) else number


def _is_blank(value: Raw) -> bool:
    """Nothing to see: empty, or only white space and characters without a shape."""
    if value is None:
        return True
    return type(value) is str and not (value.strip() and (value.isascii() or normalise(value)))
