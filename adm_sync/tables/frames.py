"""Each table as a frame of pandas, for a notebook.

    from adm_sync import tables
    open_ones = tables.discrepancies(is_open=True)
    open_ones.groupby("entity").size()

Without an engine they open the database of the settings, and close it again.

What belongs here: opening, and rows with their types. What does not: which rows there are (`rows`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from adm_sync.database import import_journal
from adm_sync.database.engine import database_errors, open_database
from adm_sync.errors import WorkbookError
from adm_sync.imports.looking import list_imports
from adm_sync.reference.entities import named
from adm_sync.settings import Settings
from adm_sync.tables import rows
from adm_sync.tables.declared import (
    CHANGES,
    DECISIONS,
    DISCREPANCIES,
    EVENTS,
    FINDINGS,
    IMPORTS,
    RUNS,
    STEPS,
    TypedTable,
)

if TYPE_CHECKING:
    import pandas as pd


def frame(table: TypedTable, values: Sequence[rows.Values]) -> "pd.DataFrame":
    """Rows of a table as a frame, each column of its declared type, however few rows there are."""
    import pandas as pd

    columns = zip(*values, strict=True) if values else ((),) * len(table.columns)
    return pd.DataFrame(
        {
            column.name: pd.Series(list(cells), dtype=column.type.dtype)
            for column, cells in zip(table.columns, columns, strict=True)
        }
    )


def discrepancies(
    entity: str | None = None, *, is_open: bool = False, engine: sa.Engine | None = None
) -> "pd.DataFrame":
    """What a person should look at after a sync.

    Args:
        entity: only of this reference entity.
        is_open: only what is open now.
        engine: of the database; by default that of the settings.

    Raises:
        SettingsError: there is no such entity, or a setting is wrong.
        WorkbookError: there is no such import.
        DatabaseError: the database cannot be read.
    """
    with _connected(engine) as connection:
        found = rows.discrepancies(connection, _entity(entity), is_open=is_open)
    return frame(DISCREPANCIES, found)


def decisions(
    entity: str | None = None, *, in_force: bool = False, engine: sa.Engine | None = None
) -> "pd.DataFrame":
    """What people have decided; raises as `discrepancies`.

    Args:
        entity: only about this reference entity.
        in_force: only what nobody has taken back.
        engine: of the database; by default that of the settings.
    """
    with _connected(engine) as connection:
        found = rows.decisions(connection, _entity(entity), in_force=in_force)
    return frame(DECISIONS, found)


def runs(entity: str | None = None, *, engine: sa.Engine | None = None) -> "pd.DataFrame":
    """The syncs; raises as `discrepancies`.

    Args:
        entity: only of this reference entity.
        engine: of the database; by default that of the settings.
    """
    with _connected(engine) as connection:
        found = rows.runs(connection, _entity(entity))
    return frame(RUNS, found)


def changes(
    entity: str | None = None, *, partition: str | None = None, engine: sa.Engine | None = None
) -> "pd.DataFrame":
    """Every value that a sync or a corrected workbook changed; raises as `discrepancies`.

    Args:
        entity: only of this reference entity; or `events` or `sessions`, which workbooks change.
        partition: only what this import changed.
        engine: of the database; by default that of the settings.
    """
    chosen = entity if entity in rows.OF_WORKBOOKS else _entity(entity)
    with _connected(engine) as connection:
        found = rows.changes(connection, chosen, _known(connection, partition))
    return frame(CHANGES, found)


def imports(*, engine: sa.Engine | None = None) -> "pd.DataFrame":
    """The imports, newest first, and how they stand; raises as `discrepancies`.

    Args:
        engine: of the database; by default that of the settings.
    """
    with _connected(engine) as connection:
        found = rows.imports(list_imports(connection))
    return frame(IMPORTS, found)


def findings(partition: str | None = None, *, engine: sa.Engine | None = None) -> "pd.DataFrame":
    """What the latest check of each workbook found; raises as `discrepancies`.

    Args:
        partition: only of this import.
        engine: of the database; by default that of the settings.
    """
    with _connected(engine) as connection:
        found = rows.findings(connection, _known(connection, partition))
    return frame(FINDINGS, found)


def events(partition: str | None = None, *, engine: sa.Engine | None = None) -> "pd.DataFrame":
    """The events that imports recorded; raises as `discrepancies`.

    Args:
        partition: only those that this import brought.
        engine: of the database; by default that of the settings.
    """
    with _connected(engine) as connection:
        found = rows.events(connection, _known(connection, partition))
    return frame(EVENTS, found)


def steps(partition: str | None = None, *, engine: sa.Engine | None = None) -> "pd.DataFrame":
    """What is done, or to be done, in Administrate; raises as `discrepancies`.

    Args:
        partition: only for the events that this workbook names.
        engine: of the database; by default that of the settings.
    """
    with _connected(engine) as connection:
        found = rows.steps(connection, _known(connection, partition))
    return frame(STEPS, found)


def _entity(name: str | None) -> str | None:
    return None if name is None else named(name).name


def _known(connection: sa.Connection, partition: str | None) -> str | None:
    """The partition; a misspelt one must not look like one with nothing in it."""
    if partition is not None and not import_journal.workbooks_with_latest(
        connection, partition=partition
    ):
        raise WorkbookError(f"There is no import «{partition}»; tables.imports() has them all.")
    return partition


@contextmanager
def _connected(engine: sa.Engine | None) -> Iterator[sa.Connection]:
    with database_errors():
        if engine is not None:
            with engine.connect() as connection:
                yield connection
            return
        with open_database(Settings.load()) as database, database.engine.connect() as connection:
            yield connection
