"""Who is to be answered about a workbook: the cell beside "Contact" on one of its first rows.

What belongs here: finding the cell, and whether it holds one plain address. What does not: whether
anybody is written to.
"""

import re

from adm_sync.workbook.sheet import Book
from adm_sync.workbook.sheets import header_key

LABEL = "Contact"
# One address, without a name, a comment or anything that a mail's head could be taken apart by.
_PLAIN = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")


def plain_address(text: str) -> str:
    """The text if it is one plain address, else nothing."""
    return text if _PLAIN.fullmatch(text) else ""


def contact_of(book: Book) -> str:
    """The address that the workbook names; empty if it names none, or no plain one."""
    for sheet in book.sheets:
        for row in sheet.rows:
            if header_key(row.cell(0)) == header_key(LABEL):
                return plain_address(str(row.cell(1) or "").strip())
    return ""
