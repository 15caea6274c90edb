"""A database with five years of history: what some hundred imports have left, and the syncs.

One import is really made, and its rows are multiplied: each copy is older, of a sitting of its time
and of one of the company's course templates in turn, and has ids, titles and codes of its own;
everything in it is done. Administrate knows
nothing of them, since nobody asks it for what is over.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa

from adm_sync.database import acted, adm, import_tables, operations
from benchmarks import stage as servers
from benchmarks.imports import stage

TEMPLATE = "benchmark_history"
DAYS = 5 * 365
# Nothing of the past is within a year of what is imported now.
DAYS_SINCE = 364
# The copies of a row have ids so far from each other.
STRIDE = 100_000
SYNCS = DAYS
FINDINGS = 40
OF_ITS_OWN = {
    "code",
    "entity_id",
    "external_id",
    "mark",
    "partition",
    "sha256",
    "title",
    "title_key",
}
TABLES = (
    acted.tutorial_events,
    acted.tutorial_sessions,
    acted.tutorial_session_instructors,
    adm.events,
    adm.sessions,
    adm.api_audit_log,
    operations.calls,
    operations.runs,
    operations.changes,
    import_tables.workbooks,
    import_tables.imports,
    import_tables.events,
    import_tables.event_sessions,
    import_tables.event_groups,
    import_tables.steps,
)
# The course templates that there are, in the three ways that an event refers to one.
TEMPLATES = """
select count(*)::int as many, array_agg(tutorial_course_template_id order by id) as tutorial,
    array_agg(external_id order by id) as external, array_agg(id order by id) as bridge
from adm.course_templates where tutorial_course_template_id is not null
"""
OF_A_TEMPLATE = {
    "tutorial_course_template_id": "tutorial",
    "template_external_id": "external",
    "course_template_id": "bridge",
}
OLD_FINDINGS = f"""
insert into adm_sync.findings (workbook_id, severity, code, message, sheet, row, header, value)
select w.id, 'warning', 'old', 'An old finding.', 'Import', n, 'Session Title', 'Old ' || n
from adm_sync.workbooks w cross join generate_series(1, {FINDINGS}) n
"""


@contextmanager
def database_with_history(server: sa.URL, path: Path, imports: int) -> Iterator[None]:
    """The template database `TEMPLATE`: the company's, and `imports` old imports of a workbook."""
    with servers.database(server, TEMPLATE, servers.TEMPLATE) as url:
        with stage.company_sandbox(0.0) as access:
            stage.run(stage.job("adm_sync", url, access, path=str(path)))
        with psycopg.connect(url) as connection:
            multiply(connection, imports)
        servers.settle(url)
        yield


def multiply(connection: psycopg.Connection, imports: int) -> None:
    """Put so many old copies in the place of whatever was imported."""
    # References need not be looked up one by one: a copy refers to what was copied with it.
    connection.execute("set local session_replication_role = replica")
    for table in TABLES:
        copies = max(SYNCS, imports) if table is operations.runs else imports
        connection.execute(_copying(table, copies))
    for table in TABLES:
        connection.execute(f"delete from {table.fullname} where id < {STRIDE}")
        connection.execute(
            f"select setval(pg_get_serial_sequence('{table.fullname}', 'id'), max(id))"
            f" from {table.fullname} having max(id) > 0"
        )
    connection.execute(OLD_FINDINGS)


def _copying(table: sa.Table, copies: int) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    values = ", ".join(_copied(column, copies) for column in table.columns)
    return (
        f"insert into {table.fullname} ({names}) select {values}"
        f" from {table.fullname} t cross join generate_series(1, {copies}) n"
        f" cross join ({TEMPLATES}) templates"
    )


def _copied(column: sa.Column, copies: int) -> str:
    value = f't."{column.name}"'
    days = f"({DAYS_SINCE} + n * {DAYS} / {copies})"
    if column.name in OF_A_TEMPLATE:
        return f"templates.{OF_A_TEMPLATE[column.name]}[1 + n % templates.many]"
    if column.primary_key or any(key.column.table in TABLES for key in column.foreign_keys):
        return f"{value} + n * {STRIDE}"
    if isinstance(column.type, sa.DateTime):
        return f"{value} - {days} * interval '1 day'"
    if isinstance(column.type, sa.Date):
        return f"{value} - {days}"
    if column.name == "sitting":
        return f"2027 - {days} / 365 || 'A'"
    if column.name in OF_ITS_OWN:
        return f"{value} || '~' || n"
    return value
