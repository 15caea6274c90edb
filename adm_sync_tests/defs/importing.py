"""Workbooks and an importer for the tests of this folder.

What belongs here: what several of its files need for an import. What does not: what is expected.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import dagster as dg

from adm_sync.database.engine import Database
from adm_sync.defs.build import build_defs
from adm_sync.defs.import_checks import WORKBOOKS
from adm_sync.imports.importing import Importer
from adm_sync.imports.opening import open_importer
from adm_sync.settings import Settings
from adm_sync.workbook.columns import Column
from adm_sync.workbook.sheet import Content
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.workbooks import TODAY, blended, workbook_bytes

GOOD = "CB1 London 27A-01"
BAD = "CB1 London 27A-02"


def good_rows(title: str = GOOD) -> list[dict[Column, object]]:
    """One event of two sessions that can be imported."""
    return blended("CB1_LO_6", title, 2)


def bad_rows() -> list[dict[Column, object]]:
    """The same with a person that nobody knows."""
    return blended("CB1_LO_6", BAD, 2, instructor="Nobody Atall", session_instructor="")


def content(rows: Iterable[Mapping[Column, object]] | bytes, name: str = "events.xlsx") -> Content:
    """A workbook as it arrives."""
    data = rows if isinstance(rows, bytes) else workbook_bytes(rows, blank_rows=0)
    return Content(name, data, hashlib.sha256(data).hexdigest())


@contextmanager
def opened_importer(place: Workplace) -> Iterator[Importer]:
    """An importer on the workplace's database, on a day before the events."""
    place.set(adm_sync_push_look_ups="0.05", adm_sync_push_retry_seconds="0.05")
    database = Database(place.engine, place.database_url, embedded=False)
    with open_importer(Settings.load(), database, "a test") as importer:
        importer.options = replace(importer.options, today=TODAY)
        yield importer


def sentence_of(result: dg.ExecuteInProcessResult, step: str) -> str:
    """Why a step failed, in its own words."""
    data = result.failure_data_for_node(step)
    assert data is not None
    assert data.user_failure_data is not None
    return data.user_failure_data.description or ""


class Runner:
    """Runs the import of workbooks, and tells what came of it."""

    def __init__(self, importer: Importer, instance: dg.DagsterInstance) -> None:
        self.importer, self.instance = importer, instance

    def run(
        self,
        workbook: Content,
        stages: Sequence[dg.AssetKey] | None = None,
        *,
        tags: dict[str, str] | None = None,
        config: dict[str, object] | None = None,
    ) -> dg.ExecuteInProcessResult:
        self.importer.keep(workbook, "a test")
        self.instance.add_dynamic_partitions(str(WORKBOOKS.name), [workbook.partition])
        return (
            build_defs(self.importer)
            .resolve_job_def("import_events")
            .execute_in_process(
                instance=self.instance,
                partition_key=workbook.partition,
                asset_selection=stages,
                tags=tags,
                run_config={"ops": config or {}},
                raise_on_error=False,
            )
        )
