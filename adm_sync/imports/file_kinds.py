"""What the name of a file says of it: whether it is a workbook, or may have been meant as one.

What belongs here: names, those of lock files too. What does not: what is in a file
(`workbook.file`).
"""

from pathlib import PurePosixPath

WORKBOOKS = {".xlsx", ".xlsm", ".xls"}
# These hold tables too, and are not read.
TABLES = {".csv", ".ods", ".xlsb", ".xltx", ".xltm", ".numbers", ".zip"}


def kind_of(name: str) -> str:
    """The ending of a name, in small letters."""
    return PurePosixPath(name.lower()).suffix


def lock_files(name: str) -> tuple[str, ...]:
    """What Excel and LibreOffice put beside a file of this name that they have open."""
    # Excel leaves out the first two characters of a long name.
    return f"~${name}", f"~${name[2:]}", f".~lock.{name}#"


def may_hold_events(name: str) -> bool:
    """Whether somebody who put a file of this name there may have meant it to be imported."""
    return kind_of(name) in WORKBOOKS | TABLES
