"""Bringing the tables of a database up to date.

What belongs here: running the migrations, and telling whether they have run. What does not: what a
migration does; each is a file in `migrations/versions/`.

All migrations run in one transaction, under a lock: a database is either as it was or up to date,
and of two upgrades at once the second finds nothing to do.
"""

from pathlib import Path

import sqlalchemy as sa

from adm_sync.database.failures import database_errors
from adm_sync.errors import DatabaseLayoutError

# The last file of migrations/versions. Written down, because asking Alembic takes 0.2 s.
HEAD = "0022"
VERSION_SCHEMA = "adm_sync"
VERSION_TABLE = "schema_version"
MIGRATIONS = Path(__file__).parent / "migrations"

# The revisions that became the baseline, which brings whatever they left to its own state.
BEFORE_BASELINE = ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008"]

LOCK_KEY = 7_236_001
LOCK_SECONDS = 60


def upgrade(engine: sa.Engine) -> None:
    """Create what is missing and mend what is known to be wrong; nothing is ever removed.

    Raises:
        DatabaseLayoutError: a person has to decide first; the message says what.
        DatabaseRefused: the role may not change the tables.
        DatabaseUnreachable: no connection, or another process holds a table for too long.
    """
    # Alembic takes 0.2 s to import, and most processes find nothing to upgrade.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with database_errors(), engine.begin() as connection:
        connection.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
        connection.execute(sa.text(f"set local lock_timeout = '{LOCK_SECONDS}s'"))
        # So that every name has to be given in full, and is shown in full.
        connection.execute(sa.text("set local search_path = ''"))
        if connection.execute(sa.text("select to_regnamespace('adm_sync')")).scalar() is None:
            connection.execute(sa.text("create schema adm_sync"))
        config.attributes["connection"] = connection
        _begin_anew(connection)
        try:
            command.upgrade(config, "head")
            _mend(connection)
        except CommandError:
            raise DatabaseLayoutError(
                "This database was upgraded by a newer version of adm-sync. Install that version."
            ) from None


def _begin_anew(connection: sa.Connection) -> None:
    """A database at a revision that is no more begins with the baseline."""
    table = f"{VERSION_SCHEMA}.{VERSION_TABLE}"
    if connection.execute(sa.text("select to_regclass(:name)"), {"name": table}).scalar():
        # The name is a constant of this module.
        old = sa.text(f"delete from {table} where version_num = any(:old)")  # noqa: S608
        connection.execute(old, {"old": BEFORE_BASELINE})


def _mend(connection: sa.Connection) -> None:
    """What was misplaced or dropped since: the parts that find out themselves what is missing."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    from adm_sync.database.migrations.baseline import bridge_mends, misquoted, tutorial_layout

    with Operations.context(MigrationContext.configure(connection)):
        for part in (misquoted, tutorial_layout, bridge_mends):
            part.upgrade()


def is_current(engine: sa.Engine) -> bool:
    """Whether every migration has run.

    Raises:
        DatabaseUnreachable: no connection.
    """
    return applied(engine) == HEAD


def applied(engine: sa.Engine) -> str | None:
    """The last migration that has run, or None.

    Raises:
        DatabaseUnreachable: no connection.
    """
    table = f"{VERSION_SCHEMA}.{VERSION_TABLE}"
    with database_errors(), engine.connect() as connection:
        if connection.execute(sa.text("select to_regclass(:name)"), {"name": table}).scalar():
            # The name is a constant of this module.
            return connection.execute(sa.text(f"select version_num from {table}")).scalar()  # noqa: S608
        return None
