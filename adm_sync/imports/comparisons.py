"""What the last comparison of each sitting has found, for whoever looks at it later.

What belongs here: keeping it, and what can be done about each difference. What does not: comparing
(`reconciling`), and the statements.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import sqlalchemy as sa

from adm_sync.database import comparisons, reconciling
from adm_sync.database.comparisons import Comparison, StoredDifference
from adm_sync.database.engine import database_errors
from adm_sync.imports.reconciling import Reconciliation

# The clocks of the two sides differ, and what one does the other notes some seconds later.
TOGETHER = timedelta(minutes=2)
DIFFERENCES = 50

# What a comparison looks at, so that nobody takes it for more.
COMPARED = (
    "Compared are whether an event is there and in which state, its title, course template, start "
    "and end, and the titles and times of its sessions; not places, venues, staff or other values. "
    "Those are compared when its workbook is checked again."
)

# Kind of difference: what is said of an event that has it, and what can be done.
KINDS = {
    "only_here": (
        "recorded here, not in Administrate",
        "Push it; if a step of it failed, mend the reason and give it another chance, on the page "
        "of its import.",
    ),
    "deleted_in_administrate": (
        "deleted in Administrate",
        "Take this one event back (adm-sync undo IMPORT --only ID), which leaves the rest of its "
        "import alone; then import the workbook again, if it is to be there: it is made anew.",
    ),
    "only_in_administrate": (
        "in Administrate, not here",
        "If it is wanted here, import it: an event of that title and start is adopted, not made "
        "again. If not, delete it in Administrate.",
    ),
    "doubled_in_administrate": (
        "more than once in Administrate",
        "See which of them may be removed (adm-sync reconcile --remove-doubles); or delete there "
        "what is too many, and compare again.",
    ),
    "tutorial_event_deleted": (
        "deleted here",
        "If it is not wanted, cancel or delete it in Administrate. If it is, take this one event "
        "back (adm-sync undo IMPORT --only ID), and import its workbook again.",
    ),
    "differs": (
        "not the same on both sides",
        "Decide which side is right and change the other by hand; or check a corrected workbook, "
        "and choose whose values hold: the workbook's, Administrate's or those here.",
    ),
}


@dataclass(frozen=True, slots=True)
class ExplainedDifference:
    """A difference, with what is said of it and what can be done about it."""

    difference: StoredDifference
    said: str
    remedy: str

    @property
    def newer(self) -> Literal["here", "administrate"] | None:
        """Which side was changed last; None if that is not known, or both were at about one time.

        It is the event as a whole that was changed then, for whatever reason.
        """
        here, there = self.difference.changed_here, self.difference.changed_there
        if here is None or there is None or abs(here - there) <= TOGETHER:
            return None
        return "here" if here > there else "administrate"

    def as_json(self) -> dict[str, Any]:
        """In the form of `--json`."""
        one = self.difference
        times = {"changed_here": one.changed_here, "changed_there": one.changed_there}
        return {
            "kind": one.kind,
            "title": one.title,
            "external_id": one.external_id,
            "tutorial_event_id": one.tutorial_event_id,
            "detail": one.detail,
            "sitting": one.sitting,
            "workbook": one.partition,
            **{name: moment.isoformat() if moment else None for name, moment in times.items()},
            "newer": self.newer,
            "remedy": self.remedy,
        }


def keep(engine: sa.Engine, found: Reconciliation, who: str, run_id: str | None = None) -> None:
    """Keep what a comparison has found, instead of what was found of its sittings before.

    Raises:
        DatabaseError: it cannot be written.
    """
    rows = [
        one.as_json() | {"changed_there": found.changed_there.get(one.external_id or "")}
        for one in found.differences
    ]
    counts = {sitting: found.events.get(sitting, 0) for sitting in found.sittings}
    with database_errors(), engine.begin() as connection:
        comparisons.keep(connection, counts, rows, who, run_id)


def latest(connection: sa.Connection) -> list[Comparison]:
    """The last comparison of each sitting, the latest sitting first."""
    return comparisons.latest(connection)


def found_of(
    connection: sa.Connection, sitting: str, after: int = 0, limit: int | None = None
) -> list[ExplainedDifference]:
    """What the last comparison of a sitting has found, in order.

    Args:
        connection: only read from.
        sitting: such as `2027A`.
        after: the number of the difference that came before.
        limit: how many at most; None for all.
    """
    rows = comparisons.found_of(connection, sitting, after, limit)
    return [ExplainedDifference(one, *KINDS[one.kind]) for one in rows]


def doubled_of(connection: sa.Connection, sitting: str) -> tuple[int, int]:
    """Of how many events of a sitting Administrate has too many, and of how many the linked one
    is gone while another is left; as they were looked at last."""
    found = [one for one in reconciling.doubled(connection) if one.sitting == sitting]
    left = sum(one.is_left for one in found)
    return len(found) - left, left


def sittings(connection: sa.Connection) -> list[str]:
    """The sittings that events were imported for, latest first."""
    return reconciling.sittings(connection)
