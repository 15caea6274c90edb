"""What is kept of an import in the database, besides its events: findings and event groups.

What belongs here: from the values of the core to rows, and back. What does not: the statements
(`database.import_journal`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from adm_sync.database import import_journal, retention
from adm_sync.database.retention import Removed
from adm_sync.database.states import GroupOutcome
from adm_sync.errors import WorkbookError
from adm_sync.imports.codes import FINDINGS_REMOVED
from adm_sync.imports.examining import Examined
from adm_sync.imports.planning import PlannedEvent
from adm_sync.imports.summary import Counted
from adm_sync.workbook.events import EventGroup
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.sheet import Content


def kept_workbook(connection: sa.Connection, partition: str) -> tuple[int, Content, str | None]:
    """The workbook of a partition: its id, its content, and the sheet that was chosen.

    Raises:
        WorkbookError: there is none.
    """
    row = import_journal.find_workbook(connection, partition)
    if row is None:
        raise WorkbookError(
            f"There is no import «{partition}». adm-sync imports lists those that there are."
        )
    return row.id, Content(row.file_name, bytes(row.content), row.sha256), row.sheet


def keep_workbook(
    connection: sa.Connection,
    content: Content,
    source: str,
    sheet: str | None = None,
    sender: str | None = None,
) -> int:
    """Keep the bytes of a workbook under its partition; gives its id.

    Args:
        connection: in a transaction.
        content: the workbook.
        source: where it came from.
        sheet: the sheet that was chosen; None leaves what was chosen before.
        sender: who handed it in, if that is known.
    """
    return import_journal.keep_workbook(
        connection,
        partition=content.partition,
        file_name=content.name,
        sha256=content.sha256,
        content=content.data,
        sheet=sheet,
        source=source,
        sender=sender or None,
        now=datetime.now(UTC),
    )


def keep_findings(connection: sa.Connection, workbook_id: int, found: Sequence[Finding]) -> None:
    """These instead of those of the check before."""
    rows = [tuple(getattr(one, name) for name in import_journal.FINDING_COLUMNS) for one in found]
    import_journal.store_findings(connection, workbook_id, rows)


def kept_findings(connection: sa.Connection, workbook_id: int) -> list[Finding]:
    """The findings of the latest check."""
    return [Finding(**one) for one in import_journal.findings_of(connection, workbook_id)]


def remove_old(engine: sa.Engine, days: int) -> Removed:
    """Remove findings, calls and runs of so many days ago; a finding in their place says so.

    Raises:
        DatabaseError: what was removed before that stays removed.
    """
    said = FINDINGS_REMOVED()
    return retention.remove_old(engine, days, said.code, said.message)


def keep_groups(
    connection: sa.Connection, workbook_id: int, examined: Examined, ids: Mapping[int, int]
) -> None:
    """What became of each event group; `ids` are our events' by their first rows.

    A group that was recorded once and is rejected now still has its event.
    """
    planned = {one.resolved.event.row: one for one in examined.plan.events}
    before = {
        tuple(one.rows): one.event_id
        for one in import_journal.groups_of(connection, workbook_id)
        if one.undone_at is None
    }
    rows = []
    for group in examined.groups:
        plan = planned.get(group.rows[0])
        # A change that is not made is not recorded, whether the event is or not.
        is_there = plan and not (plan.update and plan.update.is_change)
        known = ids.get(group.rows[0]) or (plan.event_id if plan and is_there else None)
        if group.verdict == "rejected":
            known = known or before.get(tuple(group.rows))
        outcome, title = outcome_of(group, plan), group.title
        about = (title, group.sessions, group.has_event, outcome, group.reason)
        start = plan.resolved.starts if plan else group.rejected_start
        count = counted_in(group, plan)
        changed = (count.sessions_updated, count.conflicts, count.sessions_conflicts)
        rows.append((list(group.rows), *about, start, known, *changed))
    import_journal.store_groups(connection, workbook_id, rows)


def outcomes_of(examined: Examined) -> Iterator[Counted]:
    """What becomes of each group, as `count_groups` takes it."""
    planned = {one.resolved.event.row: one for one in examined.plan.events}
    for group in examined.groups:
        yield counted_in(group, planned.get(group.rows[0]))


def counted_in(group: EventGroup, planned: PlannedEvent | None) -> Counted:
    """A group and its plan, as far as they are counted."""
    outcome = outcome_of(group, planned)
    if planned is None:
        return Counted(group.has_event, group.sessions, outcome)
    days = {one.session.day for one in planned.resolved.sessions}
    updated = planned.update.days & days if planned.update else set[int]()
    return Counted(
        group.has_event,
        group.sessions,
        outcome,
        len(updated),
        sum(one.day is None for one in planned.disputes),
        len({one.day for one in planned.disputes if one.day is not None}),
    )


def outcome_of(group: EventGroup, planned: PlannedEvent | None) -> str:
    """What becomes of a group: its verdict, or what is planned for its event."""
    if group.verdict != "accepted":
        return group.verdict
    return planned.outcome if planned else GroupOutcome.REJECTED
