"""Is every table in its place, with the columns needed?

What belongs here: looking, and saying what is wrong. What does not: mending (`migrating`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from adm_sync.database import acted, adm, alert_tables, import_tables, migrating, operations
from adm_sync.database.failures import UPGRADE, database_errors

TABLES = tuple(
    table
    for module in (acted, adm, operations, import_tables, alert_tables)
    for table in vars(module).values()
    if isinstance(table, sa.Table)
)

# Columns that db upgrade adds whenever they are missing.
MENDED = {
    "adm.events": {"tutorial_event_id"},
    "adm.sessions": {"external_id", "tutorial_session_id"},
}

Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a database holds: the columns that this role can see, and all tables that there are.

    `guarded` are those of which row security may hide rows from it.
    """

    role: str
    columns: dict[Name, set[str]]
    tables: set[Name]
    guarded: set[Name]


def check(engine: sa.Engine) -> list[str]:
    """What is wrong with the tables, one sentence each; empty when all is in place.

    Raises:
        DatabaseUnreachable: there is no connection.
    """
    applied = migrating.applied(engine)
    with database_errors(), engine.connect() as connection:
        found = _look(connection)
    faults = [*_migration_faults(applied), *_misquoted(found)]
    faults += _row_security(found)
    for table in TABLES:
        faults += _table_faults(table, found, settled=applied == migrating.HEAD)
    return faults


def _look(connection: sa.Connection) -> Layout:
    columns: dict[Name, set[str]] = {}
    for schema, table, column in connection.execute(
        sa.text("select table_schema, table_name, column_name from information_schema.columns")
    ):
        columns.setdefault((schema, table), set()).add(column)
    tables = connection.execute(
        sa.text(
            "select nspname, relname, relrowsecurity and row_security_active(pg_class.oid),"
            " format('%I', current_user) from pg_catalog.pg_class"
            " join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace"
            " where relkind in ('r', 'p', 'v', 'm', 'f')"
            " and nspname not in ('pg_catalog', 'information_schema')"
        )
    )
    rows = list(tables)
    return Layout(
        role=next((role for *_, role in rows), ""),
        columns=columns,
        tables={(schema, table) for schema, table, *_ in rows},
        guarded={(schema, table) for schema, table, is_guarded, _ in rows if is_guarded},
    )


def _migration_faults(applied: str | None) -> Iterator[str]:
    if applied is None:
        yield "The migrations of adm-sync have never run on this database. Run adm-sync db upgrade."
    elif applied < migrating.HEAD:
        yield (
            f"The database is at migration {applied} and has to be at {migrating.HEAD}. "
            "Run adm-sync db upgrade."
        )
    elif applied > migrating.HEAD:
        yield (
            f"The database is at migration {applied}, and this version of adm-sync knows them up "
            f"to {migrating.HEAD}. Install the newer version."
        )


def _row_security(found: Layout) -> Iterator[str]:
    """What is hidden would be taken for missing, and removed or made anew on the other side."""
    names = {(table.schema or "public", table.name): table.fullname for table in TABLES}
    guarded = [names[place] for place in names if place in found.guarded]
    if guarded:
        yield (
            f"Row security is active for the role {found.role} on {', '.join(guarded)}: it may "
            "hide rows, and what is hidden would be taken for missing. An administrator runs: "
            f"alter role {found.role} bypassrls; or adm-sync connects as the role that owns the "
            "tables."
        )


def _misquoted(found: Layout) -> Iterator[str]:
    ours = {table.fullname for table in TABLES}
    for schema, name in sorted(found.tables):
        if name in ours:
            yield (
                f'A table is literally named "{name}" in schema {schema}, made by a mistake in '
                f"quoting. Its rows belong into {name}. {UPGRADE}"
            )


def _table_faults(table: sa.Table, found: Layout, *, settled: bool) -> Iterator[str]:
    """Settled: the migrations have run, so they will not do again what was undone since."""
    place = (table.schema or "public", table.name)
    if place not in found.tables:
        elsewhere = sorted(schema for schema, name in found.tables if name == table.name)
        remedy = UPGRADE
        if settled and elsewhere:
            remedy = (
                f"If that is the one, its owner runs: alter table {elsewhere[0]}.{table.name} "
                f"set schema {table.schema or 'public'};"
            )
        elif settled and table.schema == migrating.VERSION_SCHEMA:
            remedy = "It was dropped since; restore it from a backup of this database."
        where = f" A table of this name is in schema {elsewhere[0]}." if elsewhere else ""
        yield f"The table {table.fullname} is missing.{where} {remedy}"
        return
    if place not in found.columns:
        yield f"This role may not see the table {table.fullname}. Grant it the right to."
        return
    needed = adm.THIN_COLUMNS.get(table, tuple(table.columns.keys()))
    missing = [name for name in needed if name not in found.columns[place]]
    if missing:
        remedy = UPGRADE
        if settled and not set(missing) <= MENDED.get(table.fullname, set()):
            remedy = "Rename them back, or restore the table from a backup of this database."
        yield f"The table {table.fullname} lacks {_listed(missing)}. {remedy}"


def _listed(columns: list[str]) -> str:
    noun = "the column" if len(columns) == 1 else "the columns"
    return f"{noun} {', '.join(columns)}"
