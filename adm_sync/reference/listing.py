"""The open discrepancies of an entity as a file that a spreadsheet opens.

What belongs here: writing that file, safe against formulas. What does not: finding discrepancies.
"""

import csv
import logging
from io import StringIO
from pathlib import Path

from adm_sync.database.journal import Discrepancy
from adm_sync.errors import FolderError
from adm_sync.fault_log import keep_trace
from adm_sync.folders import Folder
from adm_sync.formulas import csv_text
from adm_sync.reference.results import EntityResult

log = logging.getLogger(__name__)

HEADINGS = ("kind", "record", "tutorial id", "Administrate id", "detail", "nearest")


def write_list(folder: Folder, result: EntityResult) -> Path | str | None:
    """Write `<entity>.csv` into the folder, or remove it when nothing is open.

    The list can be had again from the database, so a disk that is full is no reason to fail.

    Returns:
        The file's path or URL, or None if there is none.
    """
    name = f"{result.entity}.csv"
    try:
        if not result.discrepancies:
            folder.remove(name)
            return None
        text = StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(HEADINGS)
        writer.writerows(map(_cells, result.discrepancies))
        # With a byte-order mark, or Excel takes UTF-8 for the code page of the country.
        data = text.getvalue().encode("utf-8-sig", "backslashreplace")
        return folder.put(name, data, private=True)
    except FolderError as error:
        keep_trace(error)
        log.warning(
            "The list of discrepancies could not be written to %s/%s: %s.",
            *(folder, name, error.reason),
        )
        return None


def _cells(one: Discrepancy) -> list[str]:
    nearest = ", ".join(
        f"{near['label']} ({near['external_id'] or near['tutorial_id']})"
        for near in one.suggestions
    )
    cells = (one.kind, one.label, one.tutorial_id, one.external_id, one.detail, nearest)
    return [csv_text("" if cell is None else str(cell)) for cell in cells]
