"""The open discrepancies of an entity as a file that a spreadsheet opens.

What belongs here: writing that file, safe against formulas. What does not: finding discrepancies.
"""

import csv
import logging
from io import StringIO
from pathlib import Path

from adm_sync.database.journal import Discrepancy
from adm_sync.files import put
from adm_sync.reference.results import EntityResult

log = logging.getLogger(__name__)

HEADINGS = ("kind", "record", "tutorial id", "Administrate id", "detail", "nearest")
# What makes a spreadsheet take a cell for a formula (OWASP, CSV injection).
_STARTS_OF_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_list(folder: Path, result: EntityResult) -> Path | None:
    """Write `<entity>.csv` into the folder, or remove it when nothing is open.

    The list can be had again from the database, so a disk that is full is no reason to fail.

    Returns:
        The file, or None if there is none.
    """
    path = folder / f"{result.entity}.csv"
    try:
        if not result.discrepancies:
            path.unlink(missing_ok=True)
            return None
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(HEADINGS)
        writer.writerows(map(_cells, result.discrepancies))
        # With a byte-order mark, or Excel takes UTF-8 for the code page of the country.
        put(path, text.getvalue().encode("utf-8-sig", "backslashreplace"), private=True)
    except OSError as error:
        log.warning(
            "The list of discrepancies could not be written to %s: %s.", path, error.strerror
        )
        return None
    return path


def _cells(one: Discrepancy) -> list[str]:
    nearest = ", ".join(
        f"{near['label']} ({near['external_id'] or near['tutorial_id']})"
        for near in one.suggestions
    )
    cells = (one.kind, one.label, one.tutorial_id, one.external_id, one.detail, nearest)
    return [_harmless("" if cell is None else str(cell)) for cell in cells]


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_STARTS_OF_FORMULAS) else cell
