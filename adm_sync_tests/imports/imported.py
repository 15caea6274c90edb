"""An import that is already done, for tests of what comes after it; it is no run of Dagster's.

What belongs here: importing a workbook in this process. What does not: what is expected.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from adm_sync.database.engine import open_database
from adm_sync.imports.importing import Importer
from adm_sync.imports.opening import open_importer
from adm_sync.imports.options import ImportListener
from adm_sync.settings import Settings
from adm_sync.workbook.columns import Column
from adm_sync.workbook.sheet import Content
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.workbooks import TODAY, workbook_bytes


@contextmanager
def importer(
    place: Workplace, reached: Callable[[str], object] = lambda _point: None
) -> Iterator[Importer]:
    """An importer for the settings of the place; `reached` hears of each crash point."""
    settings = Settings.load()
    listener = ImportListener(reached=reached)
    with (
        open_database(settings) as database,
        open_importer(settings, database, "a test", listener) as opened,
    ):
        opened.options = replace(
            opened.options,
            today=TODAY,
            push=replace(opened.options.push, wait_for_grace=False, grace=0.0),
        )
        yield opened


def content(*rows: Mapping[Column, object], name: str = "events.xlsx") -> Content:
    """A workbook of these rows."""
    data = workbook_bytes(rows, blank_rows=0, lookup_sheet=False)
    return Content(name, data, hashlib.sha256(data).hexdigest())


def imported(place: Workplace, workbook: Content, *, push: bool = True) -> str:
    """Import a workbook, with or without its push; gives the partition."""
    with importer(place) as opened:
        opened.keep(workbook, "a test")
        opened.check(workbook.partition)
        opened.record(workbook.partition)
        if push:
            opened.push(workbook.partition)
        opened.summary(workbook.partition)
    return workbook.partition
