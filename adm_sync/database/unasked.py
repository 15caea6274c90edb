"""Imports that named people whom only Administrate knows, and what has become of that since.

What belongs here: finding those whose findings no longer say what is known. What does not: the
findings (`import_journal`), and asking (`imports.asked_later`).
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from adm_sync.database.import_tables import event_groups, events, findings, steps, workbooks
from adm_sync.database.states import GroupOutcome, StepKind, StepState
from adm_sync.database.steps import OPEN


def overtaken(
    connection: sa.Connection, not_asked: str, errors: Sequence[str]
) -> list[tuple[str, int]]:
    """(partition, first row) of recorded event groups whose names have been asked for since.

    Args:
        connection: only read from.
        not_asked: the code of the finding for a name that could not be asked for.
        errors: the codes for a name that was asked for in vain.
    """
    was_not_asked, was_in_vain = _found([not_asked]), _found(errors)
    waits, in_vain = _step(steps.c.state.in_(OPEN)), _step(steps.c.state == StepState.FAILED)
    never_sent = _step(steps.c.state == StepState.FAILED, steps.c.first_sent_at.is_(None))
    statement: sa.Select[Any] = (
        sa.select(workbooks.c.partition, event_groups.c.rows[1])
        .join(event_groups, event_groups.c.workbook_id == workbooks.c.id)
        .join(events, events.c.id == event_groups.c.event_id)
        .where(
            events.c.undone_at.is_(None),
            event_groups.c.outcome.in_((GroupOutcome.CREATED, GroupOutcome.UNCHANGED)),
            sa.or_(
                sa.and_(was_not_asked, sa.not_(waits)),
                sa.and_(never_sent, sa.not_(was_in_vain)),
                sa.and_(was_in_vain, sa.not_(waits), sa.not_(in_vain)),
            ),
        )
        .order_by(event_groups.c.id)
    )
    return [(partition, row) for partition, row in connection.execute(statement)]


def _found(codes: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether the group has such a finding at its event row; looked up for all groups at once."""
    found = sa.select(findings.c.workbook_id, findings.c.row)
    found = found.where(findings.c.code.in_(codes), findings.c.row.is_not(None))
    place = sa.tuple_(event_groups.c.workbook_id, event_groups.c.rows[1])
    return place.in_(found)


def _step(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether the event has such a step for somebody whose id was not known at the check."""
    by_name = steps.c.input[("input", "contactId")].astext.is_(None)
    return sa.exists().where(
        steps.c.event_id == events.c.id,
        steps.c.kind == StepKind.ADD_EVENT_STAFF,
        by_name,
        *conditions,
    )
