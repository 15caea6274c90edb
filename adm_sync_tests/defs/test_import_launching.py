"""Imports, pushes and comparisons of the command line on Dagster's real storage."""

from collections.abc import Iterator
from dataclasses import replace

import dagster as dg
import pytest

from adm_sync.database.engine import Database
from adm_sync.database.locks import exclusive
from adm_sync.defs.import_checks import WORKBOOKS
from adm_sync.defs.import_launching import run_import, run_push, run_reconcile
from adm_sync.defs.launching import dagster_instance
from adm_sync.errors import AdmSyncError, DatabaseRefused, SyncBusy, WorkbookError
from adm_sync.imports.importing import Importer
from adm_sync.imports.options import ImportListener
from adm_sync.settings import Settings
from adm_sync.workbook.findings import WorkbookRefused
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.defs.importing import GOOD, content, good_rows

pytestmark = pytest.mark.thorough(all_but_each=3)


@pytest.fixture
def instance(synced: Workplace) -> Iterator[dg.DagsterInstance]:
    database = Database(
        synced.engine,
        synced.database_url,
        embedded=False,
        settings=Settings.load(),
    )
    with dagster_instance(Settings.load(), database) as instance:
        yield instance


def the_run(instance: dg.DagsterInstance, run_id: str | None = None) -> dg.DagsterRun:
    """That run, or the latest."""
    if run_id is None:
        return instance.get_run_records(limit=1)[0].dagster_run
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run


def test_an_import_is_a_run_of_its_partition_among_those_of_its_job(
    importer: Importer, instance: dg.DagsterInstance, synced: Workplace
) -> None:
    workbook = content(good_rows())

    run = the_run(instance, run_import(importer, instance, workbook, sheet="Import"))

    assert run.is_success
    assert run.job_name == "import_events"
    assert run.tags["dagster/partition"] == workbook.partition
    assert run.tags[".dagster/repository"] == "__repository__@adm_sync"
    assert run.tags["adm_sync/started_from"] == "command_line"
    assert workbook.partition in instance.get_dynamic_partitions(str(WORKBOOKS.name))
    assert importer.pushed[workbook.partition].requests > 0
    assert importer.summary(workbook.partition).status == "succeeded"
    assert synced.execute("select sheet, source from adm_sync.workbooks") == [
        ("Import", "command_line")
    ]


def test_a_workbook_that_is_refused_comes_out_as_what_it_is(
    importer: Importer, instance: dg.DagsterInstance
) -> None:
    with pytest.raises(WorkbookRefused) as refusal:
        run_import(importer, instance, content(b"PK no workbook"))

    assert refusal.value.finding.code == "damaged_file"
    assert the_run(instance).is_failure
    assert the_run(instance).tags["dagster/will_retry"] == "false"


def test_a_workbook_that_is_being_imported_is_busy(
    importer: Importer, instance: dg.DagsterInstance, synced: Workplace
) -> None:
    workbook = content(good_rows())
    name = f"import {workbook.partition}"

    with (
        exclusive(synced.engine, name, 0, lambda _sentence: None),
        pytest.raises(SyncBusy, match="Try again when it has finished"),
    ):
        run_import(importer, instance, workbook)


def test_a_database_that_refuses_comes_out_as_what_it_is(
    importer: Importer, instance: dg.DagsterInstance, synced: Workplace
) -> None:
    synced.execute(
        "create function public.full() returns trigger language plpgsql as "
        "'begin raise exception using errcode = ''53100''; end'"
    )
    synced.execute(
        "create trigger full_disk before insert on acted.tutorial_events "
        "execute function public.full()"
    )

    with pytest.raises(AdmSyncError) as error:
        run_import(importer, instance, content(good_rows()))

    assert isinstance(error.value, DatabaseRefused)
    assert the_run(instance).is_failure


@pytest.mark.thorough
def test_a_run_that_is_stopped_is_canceled_and_the_same_again_goes_on(
    importer: Importer, instance: dg.DagsterInstance, synced: Workplace
) -> None:
    def stop(point: str) -> None:
        if point == "creation answered":
            raise KeyboardInterrupt

    listener, importer.listener = importer.listener, ImportListener(reached=stop)
    workbook = content(good_rows())
    with pytest.raises(KeyboardInterrupt):
        run_import(importer, instance, workbook)

    assert the_run(instance).status is dg.DagsterRunStatus.CANCELED
    assert the_run(instance).tags["dagster/will_retry"] == "false"

    importer.listener = listener
    assert the_run(instance, run_import(importer, instance, workbook)).is_success
    assert [event["title"] for event in synced.sandbox.store.all("Event")] == [GOOD]


def test_a_fault_of_ours_in_the_middle_is_no_success(
    importer: Importer, instance: dg.DagsterInstance
) -> None:
    def fail(point: str) -> None:
        raise ValueError(f"no room at {point}")

    importer.listener = ImportListener(reached=fail)

    with pytest.raises(AdmSyncError, match=r"Dagster itself failed in run .*no room at checked"):
        run_import(importer, instance, content(good_rows()))


@pytest.mark.thorough
def test_what_is_pending_is_pushed_for_one_workbook_or_for_all(
    importer: Importer, instance: dg.DagsterInstance, synced: Workplace
) -> None:
    synced.sandbox.faults.add("status", match="mutation", times=None)
    first, second = content(good_rows()), content(good_rows("CB1 London 27A-02"), "more.xlsx")
    for workbook in (first, second):
        assert the_run(instance, run_import(importer, instance, workbook)).is_success
    synced.sandbox.faults.clear()

    one = the_run(instance, run_push(importer, instance, first.partition))

    assert one.is_success
    assert one.job_name == "import_events"
    assert importer.summary(first.partition).status == "succeeded"
    assert importer.summary(second.partition).status == "partial"

    everything = the_run(instance, run_push(importer, instance))

    assert everything.is_success
    assert everything.job_name == "push_pending"
    assert len(importer.pushed[None].created) == 1
    assert importer.summary(second.partition).status == "succeeded"
    assert importer.unfinished(None) == []


@pytest.mark.thorough
def test_a_push_that_makes_a_step_fail_is_red_and_the_next_one_is_not(
    importer: Importer, instance: dg.DagsterInstance, synced: Workplace
) -> None:
    workbook = content(good_rows())
    importer.keep(workbook, "a test")
    importer.record(workbook.partition)
    synced.sandbox.faults.add("payload_errors", match="createBlended", message="No such price")

    red = the_run(instance, run_push(importer, instance))
    green = the_run(instance, run_push(importer, instance))

    assert red.is_failure
    assert green.is_success
    assert [step.state for step in importer.unfinished(None)].count("failed") == 1


def test_a_push_of_what_is_not_there_says_so(
    importer: Importer, instance: dg.DagsterInstance
) -> None:
    with pytest.raises(WorkbookError, match="There is no import «nothing»"):
        run_push(importer, instance, "nothing")


@pytest.mark.thorough
def test_a_comparison_is_a_run_that_lists_what_differs(
    importer: Importer, instance: dg.DagsterInstance, synced: Workplace
) -> None:
    run_import(importer, instance, content(good_rows()))
    (event,) = synced.sandbox.store.all("Event")
    synced.sandbox.store.remove(event["id"])

    run = the_run(instance, run_reconcile(importer, instance, ["2027A"]))

    assert run.is_success
    assert run.job_name == "reconcile"
    assert importer.reconciled is not None
    assert importer.reconciled.sittings == ("2027A",)
    (difference,) = importer.reconciled.differences
    assert difference.title == GOOD
    (listed,) = (
        str(one.dagster_event.step_output_data.metadata)
        for one in instance.all_logs(run.run_id)
        if one.step_key == "compare"
        and one.dagster_event
        and one.dagster_event.is_successful_output
    )
    assert difference.detail in listed


def test_nothing_of_a_job_is_left_in_a_file(
    importer: Importer, instance: dg.DagsterInstance
) -> None:
    importer.options = replace(importer.options, push=replace(importer.options.push, workers=1))

    run_push(importer, instance)
    run_reconcile(importer, instance)

    assert not list(Settings.load().home.glob("dagster/storage/*/*"))
