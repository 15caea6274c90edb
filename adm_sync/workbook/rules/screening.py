"""What is wrong with a cell whatever it means: errors, damaged text, codes that became dates.

What belongs here: rules that look at a raw cell alone. What does not: what a value of a column
must look like (`readers`, `moments`).
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from adm_sync.workbook.columns import NAMED, Column
from adm_sync.workbook.entries import Form, On
from adm_sync.workbook.file.number_formats import is_scientific
from adm_sync.workbook.findings import error, shown, warning
from adm_sync.workbook.rules.cells import CONTROLS, Cells, clean
from adm_sync.workbook.rules.readers import NOT_YES_OR_NO, TOO_LONG
from adm_sync.workbook.sheet import ErrorValue, NoBoolean, NoValue, Raw

# Cells arrive cut one character above this.
LONGEST_CELL = 10_000
# What UTF-8 looks like when it was read as Windows-1252: a lead byte, then continuation bytes.
_CONTINUATION = "".join(
    sorted(
        set(bytes(range(0x80, 0xC0)).decode("cp1252", "ignore")) | set(map(chr, range(0x80, 0xC0)))
    )
)
_DAMAGED = re.compile(
    f"[\u00c2\u00c3][{_CONTINUATION}]|[\u00e2\u00ef][{_CONTINUATION}]{{2}}|\ufffd"
)
# Errors that a program which does not know them writes as text.
_ERROR = re.compile(
    r"#(?:N/A|NAME\?|GETTING_DATA|(?:NULL|DIV/0|VALUE|REF|NUM|SPILL|CALC|FIELD|BLOCKED|CONNECT"
    r"|UNKNOWN|BUSY|EXTERNAL|PYTHON)!)"
)
_WORDS_OF_EVENT = frozenset(column for column in NAMED if column.entry.form.is_words)
_WORDS_OF_SESSION = frozenset(one for one in _WORDS_OF_EVENT if one.entry.on is not On.EVENT)
_FLAGS = frozenset(column for column in NAMED if column.entry.form is Form.FLAG)
_PLAIN = frozenset({str, int, float, bool, date, datetime, time, timedelta, type(None)})
# Excel keeps 15 digits of a number; what it was given beyond them is gone.
_KEPT = 10**15
_AS_TEXT = "Format the cell as text, and type it again."

FORMULA_WITHOUT_VALUE = error(
    "formula_without_value",
    "holds a formula that was saved without its value.",
    '=E4&"-1" in a file that another program wrote',
    "Open the file in Excel and save it again, or paste the values.",
    note="It reads as blank, but is not.",
    suggests=True,
)
EXCEL_ERROR = error(
    "excel_error",
    "holds the Excel error {value}.",
    "#N/A",
    "Mend the formula, or type the value.",
    suggests=True,
)
CONTROL_CHARACTERS = warning(
    "control_characters",
    "holds control characters, which cannot be seen; they are left out.",
    "a title that was copied from a terminal",
    "Type the text anew, if it looks odd.",
)
ENCODING_DAMAGE = warning(
    "encoding_damage",
    "seems to have damaged characters ('{damaged}'); check the spelling.",
    "Caf\u00c3\u00a9 (for Caf\u00e9)",
    "Correct the spelling.",
    note="The text was read in a wrong encoding on its way into the workbook; it is imported as it "
    "stands.",
)
TEXT_BECAME_DATE = error(
    "text_became_date",
    "holds a {noun} ({value}), not text: Excel has made a {noun} of it; type it as text.",
    "01/03/2027 in OCR moodle code, typed as 3-1",
    _AS_TEXT,
    suggests=True,
)
TEXT_BECAME_NUMBER = error(
    "text_became_number",
    "shows {display}: Excel has made a number ({value}) of it; type it as text.",
    "1.00E+05, typed as 1E05",
    _AS_TEXT,
    suggests=True,
)
DIGITS_LOST = error(
    "digits_lost",
    "holds a number of more than 15 digits ({value}): Excel has made a number of it, and digits "
    "were lost; type it as text.",
    "a moodle code of 20 digits",
    _AS_TEXT,
    suggests=True,
)
SHOWN_OTHERWISE = warning(
    "shown_otherwise",
    "may be shown otherwise, or not at all; it is read as {value}.",
    "123456789012 as Recording pin, shown as 1.23457E+11; 14 as Max places, shown as 1400%",
    _AS_TEXT,
    note="The number format of a cell hides what it holds, or shows another number. What the cell "
    "holds is taken.",
    suggests=True,
)


def screen(cells: Cells) -> None:
    """Find what is wrong with any cell, whatever its column; such a cell becomes unusable."""
    if _is_plain(cells.row.cells):
        return
    columns = cells.headers.columns
    for position, raw in enumerate(cells.row.cells):
        column = columns.get(position)
        if raw is None or column is None or column is Column.UNNAMED:
            continue
        if isinstance(raw, NoValue):
            cells.refuse(column, FORMULA_WITHOUT_VALUE())
        elif isinstance(raw, str) and not (
            raw.isascii()
            and raw.isprintable()
            and len(raw) <= LONGEST_CELL
            and "#" not in raw
            and not isinstance(raw, ErrorValue)
        ):
            _screen_text(cells, column, raw)


def _is_plain(raws: Sequence[Raw]) -> bool:
    """Whether nothing can be wrong with any of these, which one look at all of them tells."""
    if not _PLAIN.issuperset(map(type, raws)):
        return False
    texts = "".join([raw for raw in raws if type(raw) is str])
    is_ascii = texts.isascii() and texts.isprintable()
    return is_ascii and "#" not in texts and len(texts) <= LONGEST_CELL


def _screen_text(cells: Cells, column: Column, text: str) -> None:
    if isinstance(text, NoBoolean):
        message = f"is a cell for TRUE or FALSE, but holds '{shown(text)}'."
        cells.refuse(column, NOT_YES_OR_NO.saying(message, "Type it again."))
    elif isinstance(text, ErrorValue) or _ERROR.fullmatch(text.strip()):
        cells.refuse(column, EXCEL_ERROR(value=text))
    elif len(text) > LONGEST_CELL:
        cells.refuse(column, TOO_LONG.saying(f"has more than {LONGEST_CELL:,} characters."))
    else:
        if CONTROLS.search(text):
            cells.tell(column, CONTROL_CHARACTERS(shown(clean(text))))
        if damaged := _DAMAGED.search(text):
            cells.tell(column, ENCODING_DAMAGE(_mended(text), damaged=damaged.group()))


def _mended(text: str) -> str | None:
    try:
        return shown(text.encode("cp1252").decode())
    except UnicodeError:
        return None


def screen_texts(cells: Cells) -> None:
    """Find dates and damaged numbers in the columns of words; such a cell becomes unusable."""
    wanted = _WORDS_OF_SESSION if cells.is_blank(Column.CODE) else _WORDS_OF_EVENT
    columns = cells.headers.columns
    for position, raw in enumerate(cells.row.cells):
        # Most cells are texts; this is asked of every cell of a workbook.
        if raw is None or type(raw) is str:
            continue
        column = columns.get(position)
        if column in wanted and column not in cells.unusable:
            if isinstance(raw, date | time | timedelta):
                noun = "date" if isinstance(raw, date | datetime) else "time"
                cells.refuse(column, TEXT_BECAME_DATE(noun=noun, value=shown(raw)))
            elif isinstance(raw, int | float) and not isinstance(raw, bool):
                _screen_number(cells, column, raw)
    for position, display in cells.row.displays:
        column = columns.get(position)
        if display == "" and column in wanted | _FLAGS and cells.is_usable(column):
            cells.tell(column, SHOWN_OTHERWISE(value=shown(cells.row.cell(position))))


def _screen_number(cells: Cells, column: Column, number: float) -> None:
    display = cells.display(column)
    if abs(number) >= _KEPT:
        cells.refuse(column, DIGITS_LOST(value=shown(number)))
    elif display and is_scientific(display):
        cells.refuse(column, TEXT_BECAME_NUMBER(display=display, value=shown(number)))
