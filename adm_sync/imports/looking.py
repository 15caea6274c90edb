"""Imports as they are looked at later: all of them, or one with all that is known of it.

What belongs here: reading what a page or a list shows. What does not: how it is shown.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from adm_sync.database import import_journal, open_steps
from adm_sync.database.import_journal import KeptGroup, ListedWorkbook
from adm_sync.database.open_steps import UnfinishedStep
from adm_sync.database.states import FOR_A_PERSON, GroupOutcome, ImportStatus
from adm_sync.errors import WorkbookError
from adm_sync.imports import state
from adm_sync.imports.headway import StageReached, progress_of
from adm_sync.imports.kept_dry_runs import DryRun, kept_dry_run
from adm_sync.imports.state import Standing

THERE = "in Administrate"


@dataclass(frozen=True, slots=True)
class ListedImport:
    """A workbook with its latest import: how it stands now, and how that ended."""

    workbook: ListedWorkbook
    standing: Standing
    outcome: str

    @property
    def message(self) -> str:
        """The sentence that the latest run ended with, if it did with one."""
        return state.message_of(self.workbook, self.outcome)


@dataclass(frozen=True, slots=True)
class LookedAt:
    """One import with all that is known of it; `progress` only while it is going on."""

    listed: ListedImport
    groups: Sequence[KeptGroup]
    unfinished: Sequence[UnfinishedStep]
    dry_run: DryRun | None
    progress: StageReached | None

    def states(self) -> list[str]:
        """How each event group stands now, in their order."""
        failed = {step.event_id for step in self.unfinished if step.state in FOR_A_PERSON}
        waiting = {step.event_id for step in self.unfinished}
        since = self.listed.standing.since
        return [state_of_group(one, failed, waiting, since) for one in self.groups]


def list_imports(
    connection: sa.Connection, limit: int, before: int | None = None
) -> list[ListedImport]:
    """The workbooks, newest first; those that came before the one with the id `before`."""
    rows = import_journal.workbooks_with_latest(connection, limit, before=before)
    return _listed(connection, rows)


def look_at(connection: sa.Connection, partition: str) -> LookedAt:
    """One import.

    Raises:
        WorkbookError: there is none of this name.
    """
    rows = import_journal.workbooks_with_latest(connection, partition=partition)
    if not rows:
        raise WorkbookError(f"There is no import «{partition}».")
    (listed,) = _listed(connection, rows)
    is_running = listed.outcome == ImportStatus.RUNNING
    return LookedAt(
        listed,
        import_journal.groups_of(connection, rows[0].id),
        open_steps.unfinished(connection, rows[0].id),
        kept_dry_run(connection, rows[0].id, rows[0].partition),
        progress_of(connection, rows[0].id) if is_running else None,
    )


def _listed(connection: sa.Connection, rows: Sequence[ListedWorkbook]) -> list[ListedImport]:
    stand = state.standings(connection, [row.id for row in rows])
    ended = state.outcomes(connection, rows)
    return [ListedImport(row, stand[row.id], ended[row.id]) for row in rows]


def state_of_group(
    group: KeptGroup, failed: Collection[int], waiting: Collection[int], since: Mapping[int, str]
) -> str:
    """How an event group stands now.

    Args:
        group: it.
        failed: the ids of events of which something waits for a person.
        waiting: the ids of events of which something is not done.
        since: what became of what was rejected, of the import's `Standing`.
    """
    if group.event_id is None:
        if group.rows and group.rows[0] in since:
            return since[group.rows[0]]
        could = group.outcome not in {GroupOutcome.REJECTED, GroupOutcome.SKIPPED}
        return "not recorded" if could else str(group.outcome)
    if group.undone_at is not None:
        return "undone"
    if group.event_id in failed:
        return "failed"
    if group.event_id in waiting:
        return "pending"
    return "adopted" if group.adopted else THERE
