"""What most commands need: their options, and the open database and client.

What belongs here: opening things for a command. What does not: the commands.
"""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from adm_sync.database.engine import Database, database_errors, open_database
from adm_sync.reference.syncer import Syncer, open_syncer
from adm_sync.settings import Settings

EXIT_STATUS = {"succeeded": 0, "failed": 1, "held": 1, "partial": 3}

debug_option = click.option("--debug", is_flag=True, help="Show what happens in detail.")
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document on standard output."
)


@contextmanager
def open_everything(settings: Settings, **options: Any) -> Iterator[Syncer]:
    """The database and the client of the settings."""
    settings.administrate()
    with (
        database_errors(),
        open_database(settings) as database,
        open_syncer(settings, database, **options) as syncer,
    ):
        yield syncer


@contextmanager
def open_only_database(settings: Settings) -> Iterator[Database]:
    """The database alone; what it refuses ends in a sentence."""
    with database_errors(), open_database(settings) as database:
        yield database


def user_name() -> str:
    """Who is at work, as the machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
