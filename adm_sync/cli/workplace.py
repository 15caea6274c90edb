"""What most commands need: their options, and the open database and client.

What belongs here: opening things for a command. What does not: the commands.
"""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adm_sync.acting import user_name
from adm_sync.cli.import_progress import StageProgress
from adm_sync.cli.terminal import is_terminal, say_aside
from adm_sync.database.engine import Database, database_errors, open_database
from adm_sync.errors import WorkbookError
from adm_sync.files import put
from adm_sync.folders import Folder, folder_at
from adm_sync.reference.syncer import Syncer, open_syncer
from adm_sync.rehearsal import rehearsing
from adm_sync.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adm_sync.alerts.watching import Expected, Schedules
    from adm_sync.imports.importing import Importer

EXIT_STATUS = {
    "succeeded": 0,
    "failed": 1,
    "held": 1,
    "interrupted": 1,
    "partial": 3,
    "cancelled": 130,
}

# What only the reading of a workbook needs.
OF_WORKBOOKS = (
    *("adm_sync_workbook_megabytes", "adm_sync_workbook_rows", "adm_sync_workbook_seconds"),
    "adm_sync_hidden_rows",
)


class FolderType(click.ParamType[Folder]):
    """A folder, as a path or a URL."""

    name = "folder"

    def convert(self, value: Any, param: Any, ctx: Any) -> Folder:
        """The folder that is meant."""
        try:
            return folder_at(value)
        except ValueError as error:
            self.fail(f"The folder {error}.", param, ctx)


FOLDER = FolderType()

debug_option = click.option("--debug", is_flag=True, help="Show what happens in detail.")
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document on standard output."
)


@contextmanager
def open_everything(settings: Settings, **options: Any) -> Iterator[Syncer]:
    """The database and the client of the settings."""
    with (
        _reaching_administrate(settings) as reaching,
        open_only_database(reaching) as database,
        open_syncer(reaching, database, **{"who": user_name(), **options}) as syncer,
    ):
        yield syncer


@contextmanager
def open_importing(settings: Settings, progress: StageProgress) -> Iterator["Importer"]:
    """An importer for the database and the client of the settings; how it goes is shown."""
    from adm_sync.imports.opening import open_importer
    from adm_sync.imports.options import ImportListener

    listener = ImportListener(progress=progress.show, remark=say_aside)
    with (
        _reaching_administrate(settings) as reaching,
        open_only_database(reaching) as database,
        open_importer(reaching, database, user_name(), listener) as importer,
    ):
        yield importer


@contextmanager
def _reaching_administrate(settings: Settings) -> Iterator[Settings]:
    """The settings, once it is sure that they lead to a tenant; what is missing is named first."""
    with rehearsing(settings) as reaching:
        reaching.administrate()
        yield reaching


@contextmanager
def open_only_database(settings: Settings) -> Iterator[Database]:
    """The database alone; what it refuses ends in a sentence, and is told as all problems are."""
    with database_errors(), _opened(settings) as database, _telling(settings, database):
        yield database


def _opened(settings: Settings) -> AbstractContextManager[Database]:
    """The open database; that it is away is told, unless somebody is there to see it."""
    given = settings.apart_from("adm_sync_alerts", "adm_sync_alert_level")
    if given.adm_sync_alerts is None or is_terminal(sys.stdin):
        return open_database(settings)
    from adm_sync.alerts.telling import opened_or_told

    return opened_or_told(given)


@contextmanager
def open_quietly(settings: Settings) -> Iterator[Database]:
    """The same for a command that tells nobody of problems, or does so itself."""
    with database_errors(), open_database(settings) as database:
        yield database


@contextmanager
def _telling(settings: Settings, database: Database) -> Iterator[None]:
    """When the command has done its work, or failed, whoever is to be told of problems is told."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException:
        _tell(settings, database)
        raise
    else:
        _tell(settings, database)


def _tell(settings: Settings, database: Database) -> None:
    """Of schedules only if Dagster is loaded anyway: that takes longer than many commands."""
    # That it cannot be told is for doctor to say, and no reason to fail.
    given = settings.apart_from("adm_sync_alerts", "adm_sync_alert_level")
    if given.adm_sync_alerts is None:
        return
    from adm_sync.alerts.telling import look_quietly
    from adm_sync.alerts.watching import unknown

    look_quietly(given, database, schedules_of(given) if "dagster" in sys.modules else unknown)


def schedules_of(settings: Settings) -> "Schedules":
    """What each schedule should have started by now; Dagster is loaded only when that is asked."""

    def asked() -> "Mapping[str, Expected]":
        from adm_sync.defs.expecting import expected

        return expected(settings, datetime.now(UTC))

    return asked


def refuse_to_replace(file: Path, *, force: bool) -> None:
    """End in a sentence if a file that is to be written is there already, or has no folder."""
    if not file.absolute().parent.is_dir():
        raise WorkbookError(f"There is no folder {file.absolute().parent}.")
    if file.exists() and not force:
        raise WorkbookError(f"{file} is there already. Add --force to replace it.")


def write_file(file: Path, data: bytes, *, force: bool, private: bool = False) -> None:
    """Write what a command makes for its user; what the machine refuses ends in a sentence."""
    refuse_to_replace(file, force=force)
    try:
        put(file, data, private=private)
    except OSError as error:
        raise WorkbookError(f"{file} could not be written ({error.strerror}).") from None
