"""`db upgrade`."""

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.terminal import say
from adm_sync.cli.workplace import debug_option, open_only_database
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
    Run it again after each update of adm-sync; a second time it finds nothing to do.

    \b
    Example:
      adm-sync db upgrade
    """
    from adm_sync.database import migrating, placement
    from adm_sync.errors import DatabaseLayoutError

    log_to_stderr(debug=debug)
    with open_only_database(Settings.load()) as database:
        current = migrating.is_current(database.engine)
        faults = placement.check(database.engine) if current else []
        if any("set schema" in fault for fault in faults):
            raise DatabaseLayoutError(
                "\n".join(faults)
            )  # no empty table in the place of a full one
        current = current and not faults
        migrating.upgrade(database.engine)
        faults = placement.check(database.engine)
    if faults:
        raise DatabaseLayoutError("\n".join(faults))
    say("The database was up to date." if current else "The database is up to date now.")
