"""Bringing the tables of a database up to date.

What belongs here: running the migrations, and telling whether they have run. What does not: what a
migration does; each is a file in `migrations/versions/`.

All migrations run in one transaction, under a lock: a database is either as it was or up to date,
and of two upgrades at once the second finds nothing to do.
"""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from adm_sync.database.failures import database_errors
from adm_sync.errors import DatabaseLayoutError

# The last file of migrations/versions. Written down, because asking Alembic takes 0.2 s.
HEAD = "0010"
VERSION_SCHEMA = "adm_sync"
VERSION_TABLE = "schema_version"
MIGRATIONS = Path(__file__).parent / "migrations"

# These look before they change anything, and mend what happened after they ran first.
REPEATABLE = ("0001", "0002", "0003")

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
        try:
            command.upgrade(config, "head")
            _mend(connection, config)
        except CommandError:
            raise DatabaseLayoutError(
                "This database was upgraded by a newer version of adm-sync. Install that version."
            ) from None


def _mend(connection: sa.Connection, config: Any) -> None:
    """What was misplaced or dropped since: the parts that find out themselves what is missing."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(config)
    with Operations.context(MigrationContext.configure(connection)):
        for revision in REPEATABLE:
            found = scripts.get_revision(revision)
            if found is not None:
                found.module.upgrade()


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
