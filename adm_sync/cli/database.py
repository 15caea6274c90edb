"""`db upgrade`."""

import click

from adm_sync.cli.workplace import debug_option, log_to_stderr
from adm_sync.settings import Settings


@click.group()
def db() -> None:
    """Look after the database's tables."""


@db.command()
@debug_option
def upgrade(*, debug: bool) -> None:
    """Bring the database's tables up to date.

    Creates what is missing, in an empty database or beside the tutorial application's own tables;
    changes nothing that is there, but for the known faults of the older layout, which it mends.
    """
    from adm_sync.cli.printing import say
    from adm_sync.database import migrating, placement
    from adm_sync.database.engine import database_errors, open_database
    from adm_sync.errors import DatabaseLayoutError

    log_to_stderr(debug=debug)
    with open_database(Settings.load()) as database, database_errors():
        current = migrating.is_current(database.engine)
        migrating.upgrade(database.engine)
        faults = placement.check(database.engine)
    if faults:
        raise DatabaseLayoutError("\n".join(faults))
    say("The database was up to date." if current else "The database is up to date now.")
