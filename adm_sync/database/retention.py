"""Removing what was only kept to be read, once it is old.

What belongs here: the statements. What does not: how old that is (the settings), and when
(`defs.upkeep`). What tells what was done once stays for ever: workbooks, imports, events, steps,
updates and decisions.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from adm_sync.database.failures import database_errors

# Short transactions, so that nobody waits for them.
ROWS_AT_A_TIME = 5000

# Each entity keeps its latest run, and the latest that was accepted.
_RUNS = sa.text("""
    delete from adm_sync.runs where id in (
        select id from adm_sync.runs
        where started_at < now() - make_interval(days => :days)
            and id not in (select max(id) from adm_sync.runs group by entity)
            and id not in (
                select max(id) from adm_sync.runs
                where status in ('succeeded', 'partial') group by entity
            )
        limit :rows
    )
""")
_CALLS = sa.text("""
    delete from adm_sync.calls where id in (
        select id from adm_sync.calls
        where started_at < now() - make_interval(days => :days) limit :rows
    )
""")
# In their place stands one that says so: without it the workbook would seem to have had none.
_FINDINGS = sa.text("""
    with gone as (
        delete from adm_sync.findings where code <> :code and workbook_id in (
            select id from adm_sync.workbooks w
            where received_at < now() - make_interval(days => :days) and not exists (
                select from adm_sync.imports i where i.workbook_id = w.id
                    and i.started_at >= now() - make_interval(days => :days)
            )
        )
        returning workbook_id
    ), left_behind as (
        insert into adm_sync.findings (workbook_id, severity, code, message)
        select distinct workbook_id, 'warning', :code, :message from gone
    )
    select count(*) from gone
""")


@dataclass(frozen=True, slots=True)
class Removed:
    """How many rows were removed of each table."""

    findings: int
    calls: int
    runs: int


def remove_old(engine: sa.Engine, days: int, code: str, message: str) -> Removed:
    """Remove findings, calls and runs of so many days ago.

    Args:
        engine: the database.
        days: how many.
        code: of the finding that says that a workbook's findings are not kept any more.
        message: of that finding.

    Raises:
        DatabaseError: what was removed before that stays removed.
    """
    with database_errors():
        with engine.begin() as connection:
            told = {"days": days, "code": code, "message": message}
            findings = connection.execute(_FINDINGS, told).scalar_one()
        return Removed(findings, *(_by_and_by(engine, one, days) for one in (_CALLS, _RUNS)))


def _by_and_by(engine: sa.Engine, statement: sa.TextClause, days: int) -> int:
    removed = 0
    while True:
        with engine.begin() as connection:
            some = connection.execute(statement, {"days": days, "rows": ROWS_AT_A_TIME}).rowcount
        removed += some
        if some < ROWS_AT_A_TIME:
            return removed
