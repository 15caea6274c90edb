"""The list of discrepancies as people decide in it: its columns for that, and what they offer.

What belongs here: what goes out. What does not: what comes back (`deciding`).
"""

from collections.abc import Sequence

from adm_sync.database.journal import OpenDiscrepancy
from adm_sync.reference.choices import choices
from adm_sync.tables.declared import DISCREPANCIES
from adm_sync.tables.rows import open_discrepancy
from adm_sync.tables.workbooks import FillIn, xlsx_bytes

DECISION, REASON = "Decision", "Reason"
_HINT = (
    "Choose from the list. To link an unmatched record with another one than these, write: "
    "link to ID."
)


def to_fill_in(found: Sequence[OpenDiscrepancy]) -> FillIn:
    """The columns in which people decide about these discrepancies."""
    offered = [list(choices(one)) for one in found]
    return FillIn((DECISION, REASON), offered, frozenset({"id"}), _HINT)


def workbook_to_fill_in(found: Sequence[OpenDiscrepancy]) -> bytes:
    """The list as an Excel workbook with those columns."""
    return xlsx_bytes(DISCREPANCIES, [*map(open_discrepancy, found)], to_fill_in(found))
