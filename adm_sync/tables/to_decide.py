"""The list of discrepancies as people decide in it: its columns for that, and what they offer.

What belongs here: what goes out. What does not: what comes back (`deciding`).
"""

from collections.abc import Sequence

from adm_sync.database.journal import OpenDiscrepancy
from adm_sync.reference.choices import choices
from adm_sync.tables.workbooks import FillIn

DECISION, REASON = "Decision", "Reason"
_HINT = (
    "Choose from the list. To link an unmatched record with another one than these, write: "
    "link to ID."
)


def to_fill_in(found: Sequence[OpenDiscrepancy]) -> FillIn:
    """The columns in which people decide about these discrepancies."""
    offered = [list(choices(one)) for one in found]
    return FillIn((DECISION, REASON), offered, frozenset({"id"}), _HINT)
