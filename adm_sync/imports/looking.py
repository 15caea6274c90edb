"""Imports as they are looked at later: all of them, or one with all that is known of it.

What belongs here: reading what a page or a list shows. What does not: how it is shown.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from adm_sync.database import import_journal, import_search, open_steps
from adm_sync.database.dry_runs import KeptDryRun
from adm_sync.database.import_journal import KeptGroup, ListedWorkbook
from adm_sync.database.open_steps import UnfinishedStep
from adm_sync.database.states import FOR_A_PERSON, GroupOutcome, ImportStatus
from adm_sync.errors import WorkbookError
from adm_sync.imports import state
from adm_sync.imports.headway import StageReached, progress_of
from adm_sync.imports.kept_dry_runs import kept_dry_run
from adm_sync.imports.state import Standing, State
from adm_sync.imports.undo.broken import BrokenUndo, broken_undo
from adm_sync.imports.updates.options import UpdateOptions, options_of

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

    @property
    def broken_undo(self) -> BrokenUndo | None:
        """What is left of taking it back, if that did not come to its end."""
        return broken_undo(self.workbook, self.outcome, self.standing)


@dataclass(frozen=True, slots=True)
class ImportSearch:
    """What imports are looked for by; what is empty leaves none out.

    Attributes:
        name: a part of the name of the workbook, or the beginning of that of the import.
        sitting: of an event that it names and that is recorded.
        who: a part of the name of somebody who has handed it in, imported or checked it.
        state: how it stands now.
    """

    name: str = ""
    sitting: str = ""
    who: str = ""
    state: State | None = None

    def conditions(self, connection: sa.Connection) -> list[import_search.Condition]:
        """The same as conditions on workbooks."""
        given = (
            (import_search.is_named, self.name),
            (import_search.is_of_sitting, self.sitting),
            (import_search.is_by, self.who),
        )
        found = [condition(connection, text) for condition, text in given if text]
        return found if self.state is None else [*found, _stands_so(connection, self.state)]


def search_of(given: Mapping[str, str]) -> ImportSearch:
    """What somebody looks for, as it was typed or chosen.

    Raises:
        ValueError: there is no such state; says which there are.
    """
    wanted = given.get("state", "")
    if wanted and wanted not in set(State):
        raise ValueError(f"There is no state «{wanted}»: {', '.join(State)}.")
    name, sitting, who = (given.get(each, "").strip() for each in ("name", "sitting", "who"))
    return ImportSearch(name, sitting, who, State(wanted) if wanted else None)


def _stands_so(connection: sa.Connection, wanted: State) -> import_search.Condition:
    """How those stand that nothing is left to do for is known from what is shown of them."""
    now = {one.workbook_id: one.state for one in state.unsettled(connection)}
    is_one = import_search.is_among([id_ for id_, stands in now.items() if stands == wanted])
    if wanted == State.NOT_IMPORTED:
        return is_one | import_search.was_never_imported()
    if wanted in state.SETTLED:
        return is_one | (import_search.is_shown_as(wanted) & ~import_search.is_among(now))
    return is_one


@dataclass(frozen=True, slots=True)
class LookedAt:
    """One import with all that is known of it; `progress` only while it is going on."""

    listed: ListedImport
    groups: Sequence[KeptGroup]
    unfinished: Sequence[UnfinishedStep]
    dry_run: KeptDryRun | None
    progress: StageReached | None

    @property
    def update(self) -> UpdateOptions | None:
        """How far its latest check would change events that are known; None if not at all."""
        return options_of(self.dry_run.update_options) if self.dry_run else None

    def states(self) -> list[str]:
        """How each event group stands now, in their order."""
        failed = {step.event_id for step in self.unfinished if step.state in FOR_A_PERSON}
        waiting = {step.event_id for step in self.unfinished}
        since = self.listed.standing.since
        return [state_of_group(one, failed, waiting, since) for one in self.groups]


def list_imports(
    connection: sa.Connection,
    limit: int | None = None,
    before: int | None = None,
    search: ImportSearch | None = None,
) -> list[ListedImport]:
    """The workbooks, newest first.

    Args:
        connection: only read from.
        limit: how many at most.
        before: only those that came before the one with this id.
        search: only those that it finds.
    """
    where = search.conditions(connection) if search else ()
    rows = import_journal.workbooks_with_latest(connection, limit, before=before, where=where)
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
