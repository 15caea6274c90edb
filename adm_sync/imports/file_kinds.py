"""What the name of a file says of it: whether it is a workbook, or may have been meant as one.

What belongs here: endings of names. What does not: what is in a file (`workbook.file`).
"""

from pathlib import PurePosixPath

WORKBOOKS = {".xlsx", ".xlsm", ".xls"}
# These hold tables too, and are not read.
TABLES = {".csv", ".ods", ".xlsb", ".xltx", ".xltm", ".numbers", ".zip"}


def kind_of(name: str) -> str:
    """The ending of a name, in small letters."""
    return PurePosixPath(name.lower()).suffix


def may_hold_events(name: str) -> bool:
    """Whether somebody who put a file of this name there may have meant it to be imported."""
    return kind_of(name) in WORKBOOKS | TABLES
