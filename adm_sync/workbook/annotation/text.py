"""Text that goes into a file which a spreadsheet opens: it must stay text.

What belongs here: keeping text from becoming a formula, in a cell and in a CSV file, and from
breaking the file. What does not: which text. What counts as the beginning of a formula is OWASP's
list ("CSV Injection"), with the full-width forms that some locales take for the same signs.
"""

import re
from xml.sax.saxutils import escape

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
LONGEST_CELL = 32_767
_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
# What Excel would take for a character by its number.
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def printable(text: str) -> str:
    """The text without what XML 1.0 cannot hold, at most as long as Excel allows a cell to be."""
    return _NOT_IN_XML.sub("", ILLEGAL_CHARACTERS_RE.sub("", text))[:LONGEST_CELL]


def csv_text(text: str) -> str:
    """The text for a CSV file: an apostrophe before what a spreadsheet takes for a formula."""
    plain = printable(text)
    return f"'{plain}" if plain.startswith(FORMULA_STARTS) else plain


def cell_xml(place: str, style: str, text: str | int | None, prefix: str = "") -> str:
    """A cell in the XML of a sheet. A text is of the type "string", so it is never evaluated.

    Args:
        place: such as `B4`.
        style: the number of its format.
        text: '' for an empty cell.
        prefix: of the names, as the sheet has it.
    """
    start = f'<{prefix}c r="{place}" s="{style}"'
    if isinstance(text, int):
        return f"{start}><{prefix}v>{text}</{prefix}v></{prefix}c>"
    if not text:
        return f"{start}/>"
    told = escape(_ESCAPE.sub("_x005F_", printable(text)), {"\r": "&#13;"})
    return (
        f'{start} t="inlineStr"><{prefix}is><{prefix}t xml:space="preserve">{told}</{prefix}t>'
        f"</{prefix}is></{prefix}c>"
    )
