"""Text that a spreadsheet is to show, and never to work out.

What belongs here: what makes a cell a formula, and what keeps it from being one. What does not:
writing files.
"""

import re

# OWASP's list ("CSV Injection"), with the full-width forms that some locales take for these signs.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
LONGEST_CELL = 32_767
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """The text without what XML 1.0 cannot hold, at most as long as Excel allows a cell to be."""
    return _NOT_IN_XML.sub("", text)[:LONGEST_CELL]


def csv_text(text: str) -> str:
    """The text for a CSV file: an apostrophe before what a spreadsheet takes for a formula."""
    plain = printable(text)
    return f"'{plain}" if plain.startswith(FORMULA_STARTS) else plain


def without_guard(text: str) -> str:
    """What `csv_text` was given, as far as a cell could hold it."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text
