"""Everything an import works with, opened together and closed together.

What belongs here: making an importer out of the settings. What does not: importing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from adm_sync.administrate.paging import LARGEST_PAGE
from adm_sync.database.engine import Database
from adm_sync.folders import Folder
from adm_sync.imports.importing import Importer
from adm_sync.imports.options import ImportListener, ImportOptions
from adm_sync.imports.reporting import Reporter
from adm_sync.push.options import PushOptions
from adm_sync.settings import Settings
from adm_sync.settings.pushing import times
from adm_sync.tenant import check_placement, instance_of, open_client
from adm_sync.workbook.reading import Limits


@contextmanager
def open_importer(
    settings: Settings,
    database: Database,
    who: str = "",
    listener: ImportListener | None = None,
) -> Iterator[Importer]:
    """An importer for the tenant and the limits of the settings.

    Args:
        settings: must hold the access to Administrate.
        database: open, and the caller's to close.
        who: on whose behalf.
        listener: who hears how it goes.

    Raises:
        SettingsError: the access to Administrate is missing.
        DatabaseLayoutError: a table is missing or not up to date; says what to run.
    """
    check_placement(database)
    with open_client(settings, database, who) as client:
        options = import_options(settings, who)
        importer = Importer(database, client, options, listener or ImportListener())
        try:
            yield importer
        except BaseException as error:
            for partition in list(importer.begun):
                importer.break_off(partition, error)
            raise
        finally:
            importer.close()


def import_options(settings: Settings, who: str = "") -> ImportOptions:
    """The options that the settings come to."""
    return ImportOptions(
        limits=limits(settings),
        hidden_rows=settings.adm_sync_hidden_rows,
        push=push_options(settings),
        reports=reports_folder(settings),
        who=who,
        time_zone=settings.adm_sync_time_zone,
        same_titles=settings.adm_sync_same_titles,
        columns=settings.columns,
        # Whoever imports by hand needs neither it nor the inbox.
        outbox=settings.apart_from("adm_sync_outbox", "adm_sync_inbox").outbox,
    )


def open_reporter(
    settings: Settings,
    engine: sa.Engine,
    remark: Callable[[str], object] = lambda _sentence: None,
) -> Reporter:
    """Who writes reports again; needs no access to Administrate."""
    folder = reports_folder(settings)
    return Reporter(engine, folder, limits(settings), settings.columns, remark)


def reports_folder(settings: Settings) -> Folder:
    """Where the reports of all imports are."""
    return settings.storage.within("reports")


def limits(settings: Settings) -> Limits:
    """What a workbook may be."""
    return Limits(
        megabytes=settings.adm_sync_workbook_megabytes,
        rows=settings.adm_sync_workbook_rows,
        seconds=settings.adm_sync_workbook_seconds,
    )


def push_options(settings: Settings) -> PushOptions:
    """How events are pushed."""
    return PushOptions(
        instance=instance_of(settings),
        tax_type_id=settings.administrate_tax_type_id,
        workers=settings.adm_sync_concurrent_pushes,
        together=settings.adm_sync_push_together,
        attempts=settings.adm_sync_push_attempts,
        approve=settings.adm_sync_approve_instructors == "yes",
        mark=settings.adm_sync_push_mark,
        look_ups=times(settings.adm_sync_push_look_ups),
        retry=settings.adm_sync_push_retry_seconds,
        lease=settings.adm_sync_push_lease_seconds,
        page_size=min(settings.adm_sync_page_size, LARGEST_PAGE),
        max_records=settings.adm_sync_max_records,
    )
